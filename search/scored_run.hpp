// A finished training run: a model and what it scored. Rows of the tables that `fit` and `audit` read.
#pragma once

#include <string>

#include "engine/domain.hpp"

namespace perflaw {

struct ScoredRun {
  std::string name, family;  // family may be empty: then the run is one of its own
  TrainedModel model;
  double mmlu = 0;    // reported, in percent, in [0, 100)
  double weight = 1;  // >= 0; of its squared residual
};

// Under this a reported score says little: guessing gives 25, and repeated guessing up to 2 points more.
inline constexpr double kNearChance = 27;

}  // namespace perflaw
