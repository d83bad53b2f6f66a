// Evidence that contradicts the rest.
#pragma once

#include <atomic>

#include "search/invert/case.hpp"

namespace perflaw {

// Each piece of evidence that all the others, the prior and the law give a chance of less than 1 in 1,000.
std::vector<Conflict> FindConflicts(const ClosedCase& closed, const InversionOptions& options,
                                    const std::atomic<bool>& stop);

}  // namespace perflaw
