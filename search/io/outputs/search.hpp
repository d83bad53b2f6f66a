// What a search found, as JSON: base units, counts exact, reals at 12 significant digits, null where nothing is defined.
#pragma once

#include "search/io/text/json.hpp"
#include "search/study/summary.hpp"

namespace perflaw {

// The keys of `search`, to be merged behind an envelope. A front's rows, of which there may be thousands, are made on `threads`
// threads.
Json SearchJson(const ObjectiveFunction& objective, const SearchSummary& summary, int threads = 1);

}  // namespace perflaw
