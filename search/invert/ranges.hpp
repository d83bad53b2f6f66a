// The profile ranges of an inversion.
#pragma once

#include <atomic>

#include "search/invert/kind_posterior.hpp"

namespace perflaw {

// The smallest and largest value of each trait that is not known with -2 ln(posterior/its greatest) <= 2.706: 90 % profile
// ranges, each kind by itself, over the kinds that have 5 % of the odds or more; `moe_share` says what MoE has.
std::vector<ProfileRange> FindRanges(const ClosedCase& closed, double moe_share, int threads,
                                     const std::atomic<bool>& stop);

}  // namespace perflaw
