// When and how far to grow a model, as JSON.
#pragma once

#include "search/growth/expand.hpp"
#include "search/io/text/json.hpp"

namespace perflaw {

// The keys of `expand`. `gain` is of raw scores, `gain_mmlu` of reported ones, which the law's ceiling holds down; `advice` is "grow"
// where both the tokens before the switch and the gain are above nothing. Precondition: result.best.
Json ExpansionJson(const ExpansionStudy& study, const Expansion& result);

// Targets by why they are out, the first that holds: "shape" cannot be built, "shrinks" is smaller than `from` in a size,
// "domain" lies outside the law's at every moment, "growth" has r outside [0, 1] at every moment.
Json RejectedJson(const Expansion& result);

}  // namespace perflaw
