#include "search/bound/near_best.hpp"

#include <gtest/gtest.h>

#include "search/base/control.hpp"
#include "search/bound/certified.hpp"
#include "search/sweep/sweep.hpp"
#include "tests/bound/bound_studies.hpp"

namespace perflaw {
namespace {

// A random study of the score; nothing when a seed gives none that is small.
std::optional<Study> ScoreStudy(std::uint64_t seed, Count most) {
  StudyMaker maker(seed);
  const auto study = StudyOf(maker, most, [](Study& made) { made.objective = {}; });
  return study && study->space.token_rule != TokenRule::kLeast ? study : std::nullopt;
}

// The least by a metric, of equals the smallest index.
Count LeastBy(const ObjectiveFunction& objective, const std::vector<Design>& designs,
              Metric metric) {
  Merit best;
  for (const Design& design : designs) {
    const Merit merit{RoundForOrder(-objective.Value(metric, design)), 0, design.index};
    if (Better(merit, best)) best = merit;
  }
  return best.index;
}

void ExpectBruteForce(const ObjectiveFunction& objective, bool small) {
  const SearchSummary summary = Swept(objective);
  ASSERT_FALSE(summary.best.empty());
  Control control;
  const auto near = FindNearBest(objective, summary, 2, control);
  ASSERT_EQ(near.size(), 3U);
  std::vector<Design> feasible;
  for (Count index = 0; index < objective.study().space.Size(); ++index) {
    if (objective.Evaluate(index).rule == kNoRule) feasible.push_back(*objective.Describe(index));
  }
  double best = -1e300;
  for (const Design& design : feasible) best = std::max(best, design.law.raw);
  const Metric cost =
      objective.Defined(Metric::kTrainUsd) ? Metric::kTrainUsd : Metric::kTrainFlops;
  const double withins[] = {0.1, 0.5, 1.0};
  for (std::size_t i = 0; i < near.size(); ++i) {
    EXPECT_EQ(near[i].within, withins[i]);
    std::vector<Design> close;
    for (const Design& design : feasible) {
      if (Bounded(objective.study().law, design.law.raw) >=
          Bounded(objective.study().law, best) - withins[i])
        close.push_back(design);
    }
    const Count count = static_cast<Count>(close.size());
    EXPECT_LE(near[i].at_least, count);
    EXPECT_GE(near[i].at_most, count);
    if (small) {
      EXPECT_EQ(near[i].at_least, near[i].at_most);
    }
    EXPECT_EQ(IndexOf(near[i].cheapest), LeastBy(objective, close, cost));
    EXPECT_EQ(IndexOf(near[i].shallowest), LeastBy(objective, close, Metric::kLayers));
    EXPECT_EQ(IndexOf(near[i].smallest_kv), LeastBy(objective, close, Metric::kKvBytesPerToken));
  }
}

TEST(NearBest, IsWhatBruteForceFinds) {
  int studies = 0;
  for (std::uint64_t seed = 0; studies < 100; ++seed) {
    const auto study = ScoreStudy(seed, 8000);
    if (!study) continue;
    const ObjectiveFunction objective(*study);
    if (Swept(objective).best.empty()) continue;
    SCOPED_TRACE(fmt::format("seed {}, {} points", seed, study->space.Size()));
    ++studies;
    ExpectBruteForce(objective, true);
    if (HasFailure()) return;
  }
}

// Boxes that are feasible as a whole are counted unseen.
TEST(NearBest, CountsWholeBoxes) {
  Study study = PlainStudy();
  study.space.axes[kLayersAxis] = Axis(20, 60, 1);
  study.space.axes[kHiddenAxis] = Axis(2048, 8192, 256);
  study.space.axes[kFfnAxis] = Axis(8192, 24576, 512);
  study.space.axes[kExpertsAxis] = Axis(1);
  study.space.axes[kActiveAxis] = Axis(1);
  study.space.axes[kSharedAxis] = Axis(0);
  study.space.axes[kTokensAxis] = AxisOf({2'000'000'000'000});
  study.limits.push_back({Metric::kTotalParams, true, 3e10});
  const ObjectiveFunction objective(study);
  ExpectBruteForce(objective, true);
  // All designs saturate under chance: all score 25.
  study.law.b = -1000;
  ExpectBruteForce(ObjectiveFunction(study), true);
}

// 2e9 points, far more than boxes can count one by one.
TEST(NearBest, CountsAtLeastWhatIsListedInALargeSpace) {
  Study study = FullStudy();
  study.space.axes[kLayersAxis] = Axis(16, 126, 1);
  study.space.axes[kHiddenAxis] = Axis(1024, 16384, 1024);
  study.space.axes[kFfnAxis] = Axis(1024, 65536, 8);
  study.space.axes[kExpertsAxis] = AxisOf({1, 8, 16, 32, 64, 128, 256});
  study.space.axes[kActiveAxis] = AxisOf({1, 2, 3, 4, 6, 8});
  study.space.token_rule = TokenRule::kBudget;
  study.space.axes[kTokensAxis] = Axis(0);
  study.budget.train_flops = 1e24;
  study.top = 100;
  const ObjectiveFunction objective(study);
  Control control;
  const SearchSummary summary = SearchCertified(objective, {1, {}}, control);
  const auto near = FindNearBest(objective, summary, 1, control),
             again = FindNearBest(objective, summary, 3, control);
  ASSERT_EQ(near.size(), 3U);
  for (std::size_t i = 0; i < near.size(); ++i) {
    const double least = summary.best.front().law.raw - near[i].within;
    Count listed = 0;
    for (const Design& design : summary.best) listed += design.law.raw >= least ? 1 : 0;
    EXPECT_GE(listed, 1);
    EXPECT_GE(near[i].at_least, listed);
    EXPECT_GE(near[i].at_most, near[i].at_least);
    EXPECT_EQ(near[i].at_least, again[i].at_least);
    EXPECT_EQ(near[i].at_most, again[i].at_most);
  }
}

TEST(NearBest, IsOfScoresOnly) {
  Control control;
  Study study = PlainStudy();
  const SearchSummary best = Swept(ObjectiveFunction(study));
  EXPECT_EQ(FindNearBest(ObjectiveFunction(study), best, 1, control).size(), 3U);
  study.objective = {Goal::kMetric, Metric::kTotalParams, false, "total_params"};
  const ObjectiveFunction other(study);
  EXPECT_TRUE(FindNearBest(other, Swept(other), 1, control).empty());
  study.objective = {};
  study.limits.push_back({Metric::kLayers, true, 1});
  const ObjectiveFunction none(study);
  EXPECT_TRUE(FindNearBest(none, Swept(none), 1, control).empty());
  control.stop = true;
  EXPECT_TRUE(FindNearBest(ObjectiveFunction(PlainStudy()), best, 1, control).empty());
}

}  // namespace
}  // namespace perflaw
