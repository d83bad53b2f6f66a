// The paper's tables, figures and examples made again, and how far both laws err on published models.
// Source: C. Wu, R. Tang, "Performance Law of Large Language Models", 2024.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "search/io/text/inputs.hpp"
#include "search/io/text/json.hpp"

namespace perflaw {

struct ReproductionCheck {
  std::string what;
  Json expected;  // a number, or a rule in words
  double got = 0;
  bool ok = false;
};

struct Reproduction {
  std::vector<ReproductionCheck> checks;
  std::vector<std::pair<std::string, std::string>> tables;  // CSV: file name, content
};

// The figures drawn from the tables, by configs/figures/NAME.gnuplot.
inline constexpr const char* kFigures[] = {
    "figure-1", "figure-2", "figure-3", "laws", "inversion-calibration", "closed-models"};

// Reads configs/laws, configs/models and configs/tables.
Reproduction Reproduce(Inputs& inputs);

}  // namespace perflaw
