// Where a training curve leaves the course of its earlier part.
#pragma once

#include <optional>
#include <vector>

#include "engine/units.hpp"
#include "search/curve_fit.hpp"

namespace perflaw {

struct Departure {
  Tokens onset = 0;
  double depth = 0;   // MMLU points missing at the end
  bool step = false;  // a fall at once; else a bend
};
// The sharpest step down or downward bend of the residuals beside a straight course. With normal noise at most 0.5 % of
// healthy curves have one (Bonferroni over the candidates). Nothing in curves under eight points.
std::optional<Departure> FindDeparture(const std::vector<Sample>& run);

}  // namespace perflaw
