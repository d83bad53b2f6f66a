#include "search/sweep/sweep.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <tuple>

#include "search/base/control.hpp"
#include "search/base/error.hpp"
#include "tests/random_studies.hpp"

namespace perflaw {
namespace {

// The order of the contract, from values alone: better objective, rounded, then the score where
// layers tie, then the index.
Merit MeritByHand(const ObjectiveFunction& objective, const Design& d) {
  const Objective& wanted = objective.study().objective;
  Merit merit{0, 0, d.index};
  if (wanted.goal == Goal::kShallowest) {
    merit = {-d.model.layers, RoundForOrder(d.law.raw), d.index};
  } else if (wanted.goal == Goal::kBalance) {
    merit.value = d.law.raw * std::abs(d.law.raw) / std::log(1 + d.model.layers);
  } else {
    const double value =
        wanted.metric == Metric::kMmlu ? d.law.raw : objective.Value(wanted.metric, d);
    merit.value = wanted.maximize ? value : -value;
  }
  merit.value = RoundForOrder(merit.value);
  return merit;
}

struct Naive {
  std::vector<Merit> sorted;
  std::map<std::string, Count> rejected;
  Merit dense, moe;
};

Naive SolveByHand(const ObjectiveFunction& objective) {
  Naive naive;
  const auto before = [](const Merit& a, const Merit& b) {
    return std::tuple(-a.value, -a.tie, a.index) < std::tuple(-b.value, -b.tie, b.index);
  };
  for (Count i = 0; i < objective.study().space.Size(); ++i) {
    const auto failures = objective.Failures(i);
    if (!failures.empty()) {
      ++naive.rejected[objective.Rules()[static_cast<std::size_t>(failures.front().rule)].name];
      continue;
    }
    const Design design = *objective.Describe(i);
    naive.sorted.push_back(MeritByHand(objective, design));
    Merit& best = IsMoe(design.architecture) ? naive.moe : naive.dense;
    if (best.index < 0 || before(naive.sorted.back(), best)) best = naive.sorted.back();
  }
  std::sort(naive.sorted.begin(), naive.sorted.end(), before);
  return naive;
}

SearchSummary Solve(const Study& study, int threads = 2, std::optional<Count> asked = {}) {
  Control control;
  const ObjectiveFunction objective(study);
  SearchSummary summary = Sweep(objective, {threads, asked}, control);
  EXPECT_EQ(control.done, summary.evaluated);
  return summary;
}

void ExpectAsByHand(const Naive& naive, const SearchSummary& found,
                    const ObjectiveFunction& objective) {
  const std::size_t listed =
      std::min(naive.sorted.size(), static_cast<std::size_t>(objective.study().top));
  ASSERT_EQ(found.best.size(), listed);
  for (std::size_t i = 0; i < listed; ++i)
    ASSERT_EQ(found.best[i].index, naive.sorted[i].index) << i;
  EXPECT_EQ(found.status, listed == 0 ? Status::kInfeasible : Status::kOptimal);
  EXPECT_EQ(found.best_dense ? found.best_dense->index : -1, naive.dense.index);
  EXPECT_EQ(found.best_moe ? found.best_moe->index : -1, naive.moe.index);
  EXPECT_EQ(found.feasible, static_cast<Count>(naive.sorted.size()));
  EXPECT_EQ(found.evaluated, found.space_points);
  EXPECT_EQ((std::map<std::string, Count>(found.rejected.begin(), found.rejected.end())),
            naive.rejected);
  Count points = found.feasible.value_or(0);
  for (const auto& [rule, count] : found.rejected) points += count;
  EXPECT_EQ(points, objective.study().space.Size());
  ASSERT_EQ(found.upper_bound.has_value(), naive.sorted.size() > listed);
  if (found.upper_bound) {
    const double next = objective.ToUser(naive.sorted[listed].value);
    EXPECT_NEAR(*found.upper_bound, next, 1e-9 * (1 + std::abs(next)));
  }
  EXPECT_EQ(found.gap, 0);
}

TEST(Sweep, IsTheNaiveSortOfAllPoints) {
  Random random(7);
  int ties = 0, feasible = 0;
  for (int trial = 0; trial < 160; ++trial) {
    SCOPED_TRACE(trial);
    const Study study = RandomStudy(random, false);
    const ObjectiveFunction objective(study);
    const Naive naive = SolveByHand(objective);
    ASSERT_NO_FATAL_FAILURE(ExpectAsByHand(naive, Solve(study), objective));
    feasible += naive.sorted.empty() ? 0 : 1;
    ties += naive.sorted.size() > 1 && naive.sorted[0].value == naive.sorted[1].value ? 1 : 0;
  }
  EXPECT_GT(feasible, 80);
  EXPECT_GT(ties, 10);
}

TEST(Sweep, RankOfAnAskedPointIsItsPlaceInTheSort) {
  Random random(8);
  for (int trial = 0; trial < 20; ++trial) {
    const Study study = RandomStudy(random, false);
    const ObjectiveFunction objective(study);
    const Naive naive = SolveByHand(objective);
    for (std::size_t i = 0; i < naive.sorted.size(); i += 7) {
      ASSERT_EQ(Solve(study, 2, naive.sorted[i].index).rank, static_cast<Count>(i) + 1);
    }
    for (Count index = 0; index < study.space.Size(); index += 50) {
      if (objective.Failures(index).empty()) continue;
      ASSERT_EQ(Solve(study, 2, index).rank, std::nullopt);
    }
  }
}

void ExpectSameSummary(const SearchSummary& a, const SearchSummary& b) {
  ASSERT_EQ(a.best.size(), b.best.size());
  for (std::size_t i = 0; i < a.best.size(); ++i) {
    ASSERT_EQ(a.best[i].index, b.best[i].index);
    ASSERT_EQ(a.best[i].law.raw, b.best[i].law.raw);
  }
  EXPECT_EQ(a.status, b.status);
  EXPECT_EQ(a.evaluated, b.evaluated);
  EXPECT_EQ(a.feasible, b.feasible);
  EXPECT_EQ(a.rejected, b.rejected);
  EXPECT_EQ(a.binding, b.binding);
  EXPECT_EQ(a.upper_bound, b.upper_bound);
  EXPECT_EQ(a.rank, b.rank);
  ASSERT_EQ(a.relaxation.size(), b.relaxation.size());
  for (std::size_t i = 0; i < a.relaxation.size(); ++i)
    EXPECT_EQ(a.relaxation[i].limit, b.relaxation[i].limit);
}

// Over many blocks of points, with ties across them.
TEST(Sweep, IsTheSameForAnyNumberOfThreads) {
  Random random(9);
  for (int trial = 0; trial < 6; ++trial) {
    Study study = RandomStudy(random, trial % 2 == 0);
    study.space.axes[kLayersAxis] = Axis(17, 80, 1);
    study.space.axes[kHiddenAxis] = Axis(1024, 12288, 1024);
    if (trial > 3) study.objective = {Goal::kMetric, Metric::kHidden, false, "minimize hidden"};
    if (trial > 3) study.limits.clear(), study.space.token_rule = TokenRule::kBudget;
    ASSERT_GT(study.space.Size(), 40'000);
    const Count asked = Pick(random, 0, study.space.Size() - 1);
    const SearchSummary one = Solve(study, 1, asked);
    for (const int threads : {2, 3, 8}) ExpectSameSummary(one, Solve(study, threads, asked));
  }
}

// The study without one of its rules; nothing for a rule that cannot be dropped.
std::optional<Study> Without(Study study, const std::string& rule) {
  if (rule == "domain") {
    study.inside_domain = false;
    return study;
  }
  if (rule == "budget") {
    study.budget.train_flops.reset();
    return study;
  }
  if (rule == "max_tokens") {
    study.budget.max_tokens.reset();
    return study;
  }
  for (std::size_t i = 0; i < study.limits.size(); ++i) {
    const Limit& limit = study.limits[i];
    if (std::string(MetricName(limit.metric)) + (limit.is_max ? ".max" : ".min") != rule) continue;
    if (limit.metric == Metric::kMmlu && study.space.token_rule == TokenRule::kLeast) return {};
    study.limits.erase(study.limits.begin() + static_cast<std::ptrdiff_t>(i));
    return study;
  }
  ADD_FAILURE() << "no rule " << rule;
  return {};
}

Merit BestByHand(const Study& study) {
  const Naive naive = SolveByHand(ObjectiveFunction(study));
  return naive.sorted.empty() ? Merit{} : naive.sorted.front();
}

TEST(Sweep, BindingIsWhatSolvingWithoutTheRuleImproves) {
  Random random(10);
  int binding = 0, idle = 0;
  for (int trial = 0; trial < 60; ++trial) {
    const Study study = RandomStudy(random, trial % 2 == 0);
    const ObjectiveFunction objective(study);
    const SearchSummary found = Solve(study);
    const std::map<std::string, double> named(found.binding.begin(), found.binding.end());
    const Merit best = BestByHand(study);
    for (const Rule& rule : objective.Rules()) {
      if (!rule.CanRelax()) continue;
      const auto relaxed = Without(study, rule.name);
      if (!relaxed) continue;
      const Merit other = BestByHand(*relaxed);
      const bool better = other.index >= 0 && (best.index < 0 || other.value > best.value ||
                                               (other.value == best.value && other.tie > best.tie));
      ASSERT_EQ(named.contains(rule.name), better) << trial << ' ' << rule.name;
      ASSERT_TRUE(!better || named.at(rule.name) == objective.ToUser(other.value)) << rule.name;
      ++(better ? binding : idle);
    }
  }
  EXPECT_GT(binding, 20);
  EXPECT_GT(idle, 20);
}

// The study with one limit moved to `value`.
Study WithLimit(Study study, const std::string& rule, double value) {
  if (rule == "budget") study.budget.train_flops = value;
  if (rule == "max_tokens") study.budget.max_tokens = value;
  for (Limit& limit : study.limits) {
    if (std::string(MetricName(limit.metric)) + (limit.is_max ? ".max" : ".min") == rule)
      limit.limit = value;
  }
  return study;
}

TEST(Sweep, RelaxationIsTheSmallestChangeThatAdmitsAPoint) {
  Random random(11);
  int moved = 0, hopeless = 0;
  for (int trial = 0; trial < 400; ++trial) {
    const Study study = RandomStudy(random, true);
    const SearchSummary found = Solve(study, 1);
    if (found.status != Status::kInfeasible) {
      ASSERT_TRUE(found.relaxation.empty());
      continue;
    }
    for (const auto& [rule, limit] : found.relaxation) {
      const auto dropped = Without(study, rule);
      if (!dropped) continue;
      SCOPED_TRACE(testing::Message() << trial << ' ' << rule);
      ASSERT_EQ(Solve(*dropped, 1).feasible > 0, limit.has_value());
      ++(limit ? moved : hopeless);
      if (!limit || rule == "domain") continue;
      const double slack = (rule.ends_with(".min") ? 1e-9 : -1e-9) * std::abs(*limit);
      ASSERT_GT(Solve(WithLimit(study, rule, *limit), 1).feasible, 0);
      ASSERT_EQ(Solve(WithLimit(study, rule, *limit + slack), 1).feasible, 0);
    }
  }
  EXPECT_GT(moved, 20);
  EXPECT_GT(hopeless, 20);
}

// A lower goal lowers every point's tokens, so other limits that hold at the old goal's tokens may not bind.
TEST(Sweep, RelaxationOfTheGoalIsTheHighestThatAPointReaches) {
  Random random(12);
  int moved = 0;
  for (int trial = 0; trial < 300; ++trial) {
    Study study = RandomStudy(random, true);
    study.space.token_rule = TokenRule::kLeast;
    std::erase_if(study.limits, [](const Limit& l) { return l.metric == Metric::kMmlu; });
    study.limits.push_back({Metric::kMmlu, false, static_cast<double>(Pick(random, 70, 95))});
    if (trial % 3 == 0) study.limits.push_back({Metric::kTokensPerParam, true, 120});
    if (trial % 3 == 1) study.budget.train_flops = 1e22;
    const SearchSummary found = Solve(study, 1);
    if (found.status != Status::kInfeasible) continue;
    std::optional<double> goal;
    for (const auto& [rule, limit] : found.relaxation) {
      if (rule == "mmlu.min") goal = limit;
    }
    SCOPED_TRACE(trial);
    const double above = goal.value_or(25.0) * (1 + 1e-8);
    ASSERT_EQ(Solve(WithLimit(study, "mmlu.min", above), 1).feasible, 0);
    if (!goal) continue;
    ASSERT_GT(Solve(WithLimit(study, "mmlu.min", *goal), 1).feasible, 0) << *goal;
    ++moved;
  }
  EXPECT_GT(moved, 50);
}

TEST(Sweep, RelaxationOfTheDomainIsTheLeastDistance) {
  Study study = PlainStudy();
  study.inside_domain = true;
  study.law.domain.box[0] = {60, 126};
  const SearchSummary found = Solve(study);
  ASSERT_EQ(found.relaxation.size(), 1u);
  double least = INFINITY;
  const ObjectiveFunction objective(study);
  for (Count i = 0; i < study.space.Size(); ++i) {
    if (const auto design = objective.Describe(i))
      least = std::min(least, study.law.domain.Distance(design->model));
  }
  EXPECT_EQ(found.relaxation[0].limit, least);
}

TEST(Sweep, StopMarksTheSummaryInterrupted) {
  const Study study = PlainStudy();
  Control control;
  control.stop = true;
  const SearchSummary found = Sweep(ObjectiveFunction(study), {2, {}}, control);
  EXPECT_EQ(found.status, Status::kInterrupted);
  EXPECT_EQ(found.evaluated, 0);
  EXPECT_TRUE(found.best.empty());
  EXPECT_EQ(found.upper_bound, std::nullopt);
  EXPECT_EQ(StatusName(found.status), "interrupted");
}

TEST(SearchOptions, NameWhatTheyDoNotTake) {
  const ObjectiveFunction objective(PlainStudy());
  const Count points = objective.study().space.Size();
  const auto refusal = [&](const SearchOptions& options) -> std::string {
    try {
      Check(options, objective.study().space);
    } catch (const InputError& error) {
      return error.what();
    }
    return "";
  };
  EXPECT_EQ(refusal({1, points - 1}), "");
  EXPECT_EQ(refusal({0, {}}), "search options: threads = 0: must be at least 1");
  EXPECT_EQ(refusal({1, -1}), "search options: asked = -1: must be a point of the space");
  Control control;
  EXPECT_THROW(Sweep(objective, {1, points}, control), InputError);
}

}  // namespace
}  // namespace perflaw
