// The papers' tables and figures, and the errors of both laws and of inversions, made again.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "search/base/control.hpp"
#include "search/io/text/inputs.hpp"
#include "search/io/text/json.hpp"

namespace perflaw {

// The figures drawn from the tables, by configs/figures/NAME.gnuplot.
inline constexpr const char* kFigures[] = {
    "figure-1", "figure-2", "figure-3", "laws", "inversion-calibration", "closed-models"};

// What `perflaw reproduce` prints as JSON, and the tables beside it.
struct ReproduceAnswer {  // NOLINT(bugprone-exception-escape)
  Json result;
  std::vector<std::pair<std::string, std::string>> tables;  // CSV: file name, content
  bool ok = true;                                           // every check holds
};

// Reads configs/laws, configs/models, configs/tables, configs/priors and configs/cases. Where control.stop ends it, "status" says so
// and tables are missing.
ReproduceAnswer Reproduce(Inputs& inputs, Control& control);

}  // namespace perflaw
