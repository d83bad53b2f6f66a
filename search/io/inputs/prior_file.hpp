// configs/priors: what structures.json knows of real models, learned by `perflaw prior`, and evidence-*.json of prices and settings.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "search/invert/case.hpp"
#include "search/io/text/inputs.hpp"

namespace perflaw {

struct PriorFile {
  StructurePrior prior;
  // By law: the standard deviation of its raw score, for scores above kTellingScore. Other laws have their own.
  std::map<std::string, double> law_sigma;
};

inline constexpr const char* kDefaultPrior = "structures";

// By name (configs/priors) or path. `file` and `key` say where the name stands. Throws InputError.
PriorFile LoadPrior(const std::string& name_or_path, Inputs& inputs, const std::string& file,
                    const std::string& key);
// The text that LoadPrior reads back.
std::string FormatPrior(const PriorFile& prior, const std::string& source);

struct EvidenceModels {
  PowerLaw price, speed;
  double instruct_gain = 0, instruct_sigma = 0, pro_sigma = 0, mmlu_sigma = 0;
};
EvidenceModels LoadEvidenceModels(Inputs& inputs);

}  // namespace perflaw
