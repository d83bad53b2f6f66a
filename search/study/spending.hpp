// How many tokens a study's designs are trained on.
#pragma once

#include <optional>

#include "search/base/control.hpp"
#include "search/study/conditions.hpp"

namespace perflaw {

// What TokenRule::kLeast spends for, as a raw score; 0 under another rule. Throws InputError where the study asks for no score that
// tokens can reach.
double LeastRaw(const Study& study);

// Sets the design's tokens by the study's rule, and its score. Precondition: it is built.
void SpendTokens(const Study& study, double least_raw, Design& design);

// The highest goal, mmlu, of "least" tokens that some point reaches, 0 when none does: for which it would be feasible, spending the
// most tokens that every other rule admits. A lower goal changes the tokens of every point, so this looks at all of them. Nothing
// when stopped.
std::optional<double> HighestGoal(const Study& study, const Conditions& conditions, int threads,
                                  const Control& control);

}  // namespace perflaw
