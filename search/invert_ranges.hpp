// The profile ranges of an inversion.
#pragma once

#include "search/kind_posterior.hpp"

namespace perflaw {

// The smallest and largest value of each trait that is not known with -2 ln(posterior/its greatest) <= 2.706: 90 % profile ranges.
std::vector<ProfileRange> FindRanges(const ClosedCase& closed, int threads,
                                     const std::atomic<bool>& stop);

}  // namespace perflaw
