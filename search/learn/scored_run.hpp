// A finished training run: a model and what it scored. Rows of the tables that `fit` and `audit` read.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/law.hpp"

namespace perflaw {

struct ScoredRun {
  std::string name, family;  // family may be empty: then the run is one of its own
  TrainedModel model;
  double mmlu = 0;                      // reported, in percent, in [0, 100)
  double weight = 1;                    // >= 0; of its squared residual
  std::optional<double> recipe_date{};  // in years; default: the law's
  bool distilled = false;  // a teacher went in: its tokens do not say what it learned from
};

inline std::string FamilyOf(const ScoredRun& run) {
  return run.family.empty() ? run.name : run.family;
}

// The law for the run's recipe.
inline Law LawOf(const Law& law, const ScoredRun& run) {
  return run.recipe_date ? AtRecipeDate(law, *run.recipe_date) : law;
}

// The smallest box that holds the runs, features of MoE from these alone; of a feature that none has, the fallback's.
// Its least discount is by the dense form at gamma.
Domain DomainOf(const Domain& fallback, const std::vector<ScoredRun>& runs, double gamma);

// Under this a reported score says little: guessing gives 25, and repeated guessing up to 2 points more.
inline constexpr double kNearChance = 27;

}  // namespace perflaw
