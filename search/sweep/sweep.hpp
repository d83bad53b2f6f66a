// Exhaustive search: every point of a study's space, scored one by one.
#pragma once

#include "search/base/control.hpp"
#include "search/study/summary.hpp"
#include "search/sweep/progress.hpp"
#include "search/sweep/ranks.hpp"

namespace perflaw {

// Scores every point of the space on `options.threads` threads. The result does not depend on their
// number, nor on how many ranks share the sweep or how many runs it took by way of a checkpoint, which is
// saved about once a second and at the end. control.stop on any rank ends it early with status kInterrupted
// and what was found so far. Other ranks than 0 return an empty summary.
SearchSummary Sweep(const ObjectiveFunction& objective, const SearchOptions& options,
                    Control& control);

}  // namespace perflaw
