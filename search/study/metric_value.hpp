// What each metric of a study is worth for a design, and which inputs it needs.
#pragma once

#include <string>

#include "search/study/study.hpp"

namespace perflaw {

// What the study lacks to define the metric, as a phrase; empty when it lacks nothing.
std::string MissingInput(Metric metric, const Study& study);

// In base units. Preconditions, of both: MissingInput is empty; of the first also: the design has its tokens and score where the
// metric needs them; of the second: the metric is kOfFlops.
double Value(Metric metric, const Study& study, const Design& design);
double ValueOfFlops(Metric metric, const Study& study, Flops flops);

}  // namespace perflaw
