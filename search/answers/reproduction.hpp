// What `reproduce` gathers: checks, and tables to write.
#pragma once

#include <string>
#include <utility>
#include <vector>

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

}  // namespace perflaw
