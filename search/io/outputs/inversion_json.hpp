// Inversions as JSON.
#pragma once

#include <string>
#include <vector>

#include "engine/cost.hpp"
#include "search/io/inputs/case_file.hpp"

namespace perflaw {

// What training is priced at: an upper estimate for whoever owns its accelerators. `defaults` says it.
TrainingRun PricedRun(Inputs& inputs, std::vector<std::string>& defaults);

// The keys of `invert`. `run` says what training FLOPs cost.
Json InversionJson(const CaseFile& file, const Inversion& inversion, const TrainingRun& run);

}  // namespace perflaw
