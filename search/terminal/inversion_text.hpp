// What an inversion says to people, and its intervals as a table.
#pragma once

#include "search/io/text/json.hpp"
#include "search/terminal/printout.hpp"

namespace perflaw {

// `answer` holds the keys of `invert`.
Printout InversionPrintout(const Json& answer);

// A row for each interval: name, its quantiles in base units, and how far it is identified (null where that is not asked).
Json IntervalRows(const Json& answer);

}  // namespace perflaw
