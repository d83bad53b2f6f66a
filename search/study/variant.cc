#include "search/study/variant.hpp"

#include <algorithm>

namespace perflaw {

Study Without(const Study& study, const Rule& rule) {
  Study without = study;
  if (rule.name == "domain") {
    without.inside_domain = false;
  } else if (rule.name == "budget") {
    without.budget.train_flops.reset();
  } else if (rule.name == "max_tokens") {
    without.budget.max_tokens.reset();
  } else {
    const auto same = [&](const Limit& l) {
      return l.metric == rule.limit->metric && l.is_max == rule.limit->is_max;
    };
    std::erase_if(without.limits, same);
  }
  return without;
}

Study Nearest(const Study& study, const Rule& rule) {
  Study nearest = Without(study, rule);
  nearest.front.clear();
  if (rule.limit) {
    nearest.objective = {Goal::kMetric, rule.limit->metric, !rule.limit->is_max, rule.name};
  } else if (rule.name == "budget") {
    nearest.objective = {Goal::kMetric, Metric::kTrainFlops, false, rule.name};
  } else {
    nearest.objective = {Goal::kNearestToDomain, Metric::kMmlu, true, rule.name};
  }
  return nearest;
}

}  // namespace perflaw
