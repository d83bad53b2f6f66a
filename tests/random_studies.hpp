// Small random studies for the tests of searches.
#pragma once

#include <algorithm>
#include <cmath>
#include <random>

#include "search/study/objective.hpp"
#include "tests/random_pattern.hpp"
#include "tests/studies.hpp"

namespace perflaw {

using Random = std::mt19937_64;

inline Count Pick(Random& random, Count least, Count most) {
  return std::uniform_int_distribution<Count>(least, most)(random);
}

// One of the documented objectives; those on layers, hidden or kv bytes tie on purpose.
inline Objective RandomObjective(Random& random, bool has_floor) {
  const Metric metrics[] = {
      Metric::kLayers,      Metric::kHidden,      Metric::kKvBytesPerToken,
      Metric::kTotalParams, Metric::kTrainFlops,  Metric::kMmlu,
      Metric::kLifetimeUsd, Metric::kActiveShare, Metric::kDecodeTokensPerSecond,
      Metric::kFfn};
  switch (Pick(random, 0, has_floor ? 5 : 3)) {
    case 0:
      return {};
    case 1:
      return {Goal::kBalance, Metric::kMmlu, true, "balance"};
    case 4:
      return {Goal::kShallowest, Metric::kMmlu, true, "shallowest"};
    case 5:
      return {Goal::kMetric, Metric::kTrainUsd, false, "cheapest"};
    default:
      return {Goal::kMetric, metrics[Pick(random, 0, 9)], Pick(random, 0, 1) == 0, "a metric"};
  }
}

// Limits stand at the values of some point, so they are neither empty nor idle. A `tight` study is
// often infeasible.
inline Study RandomStudy(Random& random, bool tight) {
  Study study = FullStudy();
  if (Pick(random, 0, 3) == 0) study.base.pattern = RandomPattern(random, study.base);
  if (Pick(random, 0, 3) == 0) study.moe_base.shared_ffn = Pick(random, 1, 12'000);
  Space& space = study.space;
  space.axes[kLayersAxis] = Axis(Pick(random, 16, 24), 48, Pick(random, 4, 9));
  if (Pick(random, 0, 2) == 0) {
    space.ffn_times_hidden = {3, 2, 3.01, 4};
    space.ffn_multiple_of = 512;
    space.axes[kFfnAxis] = Axis(0, 3, 1);
  }
  space.token_rule = TokenRule{static_cast<int>(Pick(random, 0, 2))};
  if (space.token_rule != TokenRule::kAxis) space.axes[kTokensAxis] = Axis(0);
  study.budget.train_flops = std::pow(10.0, static_cast<double>(Pick(random, 225, 240)) / 10);
  if (Pick(random, 0, 1) == 0) study.budget.max_tokens = 5e12;
  study.inside_domain = Pick(random, 0, 1) == 0;
  const bool floor = space.token_rule == TokenRule::kLeast || Pick(random, 0, 1) == 0;
  if (floor)
    study.limits.push_back({Metric::kMmlu, false, static_cast<double>(Pick(random, 40, 75))});
  const ObjectiveFunction probe(study);
  for (Count i = Pick(random, 0, 2) + (tight ? 2 : 0); i-- > 0;) {
    const auto design = probe.Describe(Pick(random, 0, space.Size() - 1));
    const Metric metric{
        static_cast<int>(Pick(random, 0, static_cast<Count>(Metric::kLifetimeUsd)))};
    const bool is_max = Pick(random, 0, 1) == 0;
    const bool twin = std::any_of(study.limits.begin(), study.limits.end(), [&](const Limit& l) {
      return l.metric == metric && l.is_max == is_max;
    });
    if (design && !twin) study.limits.push_back({metric, is_max, probe.Value(metric, *design)});
  }
  study.objective = RandomObjective(random, floor);
  study.top = Pick(random, 1, 8);
  return study;
}

}  // namespace perflaw
