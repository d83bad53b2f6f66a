// Exhaustive search: every point of a study's space, scored one by one.
#pragma once

#include "search/parallel.hpp"
#include "search/summary.hpp"

namespace perflaw {

// Scores every point of the space on `options.threads` threads. The result does not depend on their
// number. control.stop ends it early with status kInterrupted and what was found so far.
SearchSummary Sweep(const ObjectiveFunction& objective, const SearchOptions& options,
                    Control& control);

// The highest goal of "least" tokens that some point reaches. A lower goal changes the tokens of every
// point, so this takes a pass of its own. Nothing also when stopped.
std::optional<double> HighestGoal(const ObjectiveFunction& objective, int threads,
                                  const Control& control);

}  // namespace perflaw
