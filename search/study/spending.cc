#include "search/study/spending.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "engine/cost.hpp"
#include "search/base/error.hpp"
#include "search/base/parallel.hpp"
#include "search/study/metric_value.hpp"

namespace perflaw {
namespace {

LawTerms<double> ScoreOf(const Study& study, const Design& d) {
  return EvaluateLaw(study.law, d.model.form, ToLawInput(d.model, study.gamma));
}

// The most tokens that upper limits, budget and domain admit; every metric of tokens is affine in them.
Tokens MostTokens(const Study& study, const Conditions& conditions, Design d) {
  const auto at = [&](Metric metric, Tokens tokens) {
    d.model.tokens = tokens;
    return Value(metric, study, d);
  };
  Tokens most = kInfinity;
  for (const Condition& c : conditions.All()) {
    if (!c.is_max || !c.NeedsTokens()) continue;
    if (const Feature* feature = std::get_if<Feature>(&c.subject)) {
      most =
          std::min(most, *feature == Feature::kTokens ? c.limit : c.limit * d.model.total_params);
      continue;
    }
    const Metric metric = std::get<Metric>(c.subject);
    if (metric == Metric::kMmlu) continue;
    const double without = at(metric, 0), slope = (at(metric, kTokensUnit) - without) / kTokensUnit;
    most = std::min(most, (c.limit - without) / slope);
  }
  return most;
}

// See HighestGoal; nothing when there is none above chance.
std::optional<double> ReachableGoal(const Study& study, const Conditions& conditions, Count index) {
  Design design;
  if (Build(study, index, design) != kNoRule) return std::nullopt;
  // A hair under the limits, for the hair that SpendTokens adds.
  const Tokens most = MostTokens(study, conditions, design) * (1 - 1e-11);
  if (!(most > 0)) return std::nullopt;
  design.model.tokens = most;
  design.law = ScoreOf(study, design);
  // Past saturation there is nothing to spend for.
  design.model.tokens = std::min(most, kTokensUnit * std::exp(design.law.log_tokens));
  double goal = Bounded(study.law, design.law.raw);
  for (const Rule& rule : conditions.Rules()) {
    if (!rule.CanRelax()) continue;
    const bool of_score = rule.limit && rule.limit->metric == Metric::kMmlu;
    if (of_score && rule.limit->is_max) goal = std::min(goal, rule.limit->limit);
    if (!of_score && conditions.Excess(study, rule, design)) return std::nullopt;
  }
  return goal > kChance ? std::optional(goal) : std::nullopt;
}

}  // namespace

double LeastRaw(const Study& study) {
  if (study.space.token_rule != TokenRule::kLeast) return 0;
  const auto wanted = std::find_if(study.limits.begin(), study.limits.end(), [](const Limit& l) {
    return l.metric == Metric::kMmlu && !l.is_max;
  });
  if (wanted == study.limits.end() ||
      !(wanted->limit > kChance && wanted->limit < HighestScore(study.law))) {
    throw InputError(study.file, "space.tokens", "least",
                     fmt::format("needs constraints.mmlu.min above {} and below {}", kChance,
                                 HighestScore(study.law)));
  }
  if (!(study.law.w[3] > 0)) {
    throw InputError(study.file, "space.tokens", "least",
                     "needs a law whose score grows with tokens (w[3] > 0)");
  }
  return Unbounded(study.law, wanted->limit);
}

void SpendTokens(const Study& study, double least_raw, Design& d) {
  if (study.space.token_rule == TokenRule::kBudget) {
    d.model.tokens = std::min(study.budget.max_tokens.value_or(kInfinity),
                              TokensFor(*study.budget.train_flops, d.model.active_params));
  } else if (study.space.token_rule == TokenRule::kLeast) {
    // Below saturation the raw score is linear in ln T, so the fewest tokens have a closed form. A
    // score out of reach spends up to saturation and fails its constraint.
    d.model.tokens = kInfinity;
    const auto saturated = ScoreOf(study, d);
    const double log_fraction = std::min(0.0, (least_raw - saturated.raw) / study.law.w[3]);
    // Not under one token, where a double no longer holds the score.
    d.model.tokens =
        std::max(1.0, kTokensUnit * std::exp(saturated.log_tokens + log_fraction) * (1 + 1e-12));
  }
  d.law = ScoreOf(study, d);
}

std::optional<double> HighestGoal(const Study& study, const Conditions& conditions, int threads,
                                  const Control& control) {
  constexpr Count kBlock = 1 << 14;
  const Count points = study.space.Size();
  std::vector<double> best(static_cast<std::size_t>(threads), 0);
  ForEachBlock((points - 1) / kBlock + 1, threads, control.stop, [&](Count block, int slot) {
    double& highest = best[static_cast<std::size_t>(slot)];
    for (Count i = block * kBlock; i < std::min(points, (block + 1) * kBlock); ++i)
      highest = std::max(highest, ReachableGoal(study, conditions, i).value_or(0));
  });
  if (control.stop) return std::nullopt;
  return *std::max_element(best.begin(), best.end());
}

}  // namespace perflaw
