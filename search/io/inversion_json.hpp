// Inversions as JSON.
#pragma once

#include "engine/cost.hpp"
#include "search/io/case_file.hpp"

namespace perflaw {

// The keys of `invert`. `run` says what training FLOPs cost.
Json InversionJson(const CaseFile& file, const Inversion& inversion, const TrainingRun& run);

}  // namespace perflaw
