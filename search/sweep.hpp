// Exhaustive search: every point of a study's space, scored one by one.
#pragma once

#include "search/parallel.hpp"
#include "search/summary.hpp"

namespace perflaw {

// Scores every point of the space on `options.threads` threads. The result does not depend on their
// number. control.stop ends it early with status kInterrupted and what was found so far.
SearchSummary Sweep(const ObjectiveFunction& objective, const SearchOptions& options,
                    Control& control);

}  // namespace perflaw
