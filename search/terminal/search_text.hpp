// What a search says to people.
#pragma once

#include "search/io/text/json.hpp"
#include "search/terminal/printout.hpp"

namespace perflaw {

// `result` as --json prints it.
Printout SearchPrintout(const Json& result);

}  // namespace perflaw
