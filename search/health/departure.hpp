// Where a training curve leaves the course of its earlier part.
#pragma once

#include <optional>
#include <vector>

#include "engine/units.hpp"
#include "search/health/course.hpp"

namespace perflaw {

struct Departure {
  std::size_t at = 0;  // the first sample of the run after a fall, or where the curve bends
  Tokens onset = 0;    // its tokens
  double depth = 0;    // MMLU points missing at the end
  // MMLU points that the scores themselves fell by, at the step or from the bend to the end; 0 where that is within
  // their noise.
  double fall = 0;
  bool step = false;  // a fall at once; else a bend
};

// The sharpest step down or downward bend of the run's residuals beside a straight course. With normal noise at most
// 0.5 % of curves that the law's slope is right for have one (Bonferroni over the candidates); as no law knows a real curve's
// bends, the scores themselves also have to fall, or to rise by less than a quarter of what the law says. Nothing in runs
// under eight points. At most some 200 places are tried, so time is linear in the points.
// Precondition: tokens increase.
std::optional<Departure> FindDeparture(const std::vector<Sample>& run);

// The same of the run minus `references` (see Beside), runs known to be healthy: what they do as well is no departure, and
// what the run alone does is one without any demand on its scores. Nothing where the references have under eight scores.
// Range: of the run only samples whose tokens the references' cover.
std::optional<Departure> FindDeparture(const std::vector<Sample>& run,
                                       const std::vector<Sample>& references);

}  // namespace perflaw
