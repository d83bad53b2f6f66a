#include "search/study/variant.hpp"

#include <algorithm>

namespace perflaw {

Study Without(const Study& study, const Rule& rule) {
  Study without = study;
  switch (rule.kind) {
    case Rule::Kind::kLimit:
    case Rule::Kind::kGoal:
      std::erase_if(without.limits, [&](const Limit& l) {
        return l.metric == rule.limit->metric && l.is_max == rule.limit->is_max;
      });
      break;
    case Rule::Kind::kBudget:
      without.budget.train_flops.reset();
      break;
    case Rule::Kind::kMaxTokens:
      without.budget.max_tokens.reset();
      break;
    case Rule::Kind::kDomain:
      without.inside_domain = false;
      break;
    case Rule::Kind::kBuild:
      break;
  }
  return without;
}

Study Nearest(const Study& study, const Rule& rule) {
  Study nearest = Without(study, rule);
  nearest.front.clear();
  switch (rule.kind) {
    case Rule::Kind::kLimit:
    case Rule::Kind::kGoal:
    case Rule::Kind::kMaxTokens:
      nearest.objective = {Goal::kMetric, rule.limit->metric, !rule.limit->is_max, rule.name};
      break;
    case Rule::Kind::kBudget:
      nearest.objective = {Goal::kMetric, Metric::kTrainFlops, false, rule.name};
      break;
    case Rule::Kind::kDomain:
      nearest.objective = {Goal::kNearestToDomain, Metric::kMmlu, true, rule.name};
      break;
    case Rule::Kind::kBuild:
      break;
  }
  return nearest;
}

}  // namespace perflaw
