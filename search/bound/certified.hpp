// Certified search: the provably best points of a space, by branch and bound, without looking at all of them.
#pragma once

#include "search/base/control.hpp"
#include "search/study/summary.hpp"

namespace perflaw {

// Finds what Sweep finds: the same best designs, and a proof that no other is better. Boxes of the lattice are
// split, best bound first, until none can hold a better point than the worst one listed; boxes of a few points
// are swept. The result depends on no number of threads. control.stop ends it early with status kInterrupted,
// the best so far and a bound of what is left.
SearchSummary SearchCertified(const ObjectiveFunction& objective, const SearchOptions& options,
                              Control& control);

}  // namespace perflaw
