// The modes of an inversion.
#pragma once

#include <atomic>

#include "search/invert/kind_posterior.hpp"

namespace perflaw {

// The most plausible structures that the law, without its error, gives the score: the least distance |z| from the prior under
// raw(x(z)) = y, from several starts of each kind. Layers are rounded to integers and widths to multiples of 128, or finer where the
// score pins them; what else is free is then solved again. Where only one size is free, all its integers that the score, as it was
// rounded, cannot tell apart.
std::vector<Structure> FindModes(const ClosedCase& closed, int threads,
                                 const std::atomic<bool>& stop);

}  // namespace perflaw
