// What a search says to people.
#pragma once

#include <string>
#include <vector>

#include "search/io/json.hpp"
#include "search/io/printout.hpp"

namespace perflaw {

// `result` as --json prints it; `front_metrics` are those of the study's front, none without one.
Printout SearchPrintout(const Json& result, const std::vector<std::string>& front_metrics);

}  // namespace perflaw
