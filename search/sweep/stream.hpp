// Every feasible point of a study's space, one after the other.
#pragma once

#include <functional>
#include <string>

#include "search/base/control.hpp"
#include "search/study/objective.hpp"

namespace perflaw {

// Calls encode(design) for each feasible point, on up to `threads` threads at once, and write(texts) with the
// joined texts in order of the index, on the caller's thread. What is written does not depend on `threads`; memory
// is that of some thousand texts a thread. Returns the number of points written; control.stop ends it early.
Count StreamFeasible(const ObjectiveFunction& objective, int threads, Control& control,
                     const std::function<std::string(const Design&)>& encode,
                     const std::function<void(const std::string&)>& write);

}  // namespace perflaw
