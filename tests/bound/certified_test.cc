#include "search/bound/certified.hpp"

#include <gtest/gtest.h>

#include <thread>

#include "search/base/control.hpp"
#include "search/sweep/sweep.hpp"
#include "tests/bound/bound_studies.hpp"

namespace perflaw {
namespace {

std::vector<Count> IndicesOf(const std::vector<Design>& designs) {
  std::vector<Count> indices;
  for (const Design& design : designs) indices.push_back(design.index);
  return indices;
}

Count SumOf(const std::vector<std::pair<std::string, Count>>& rejected) {
  Count sum = 0;
  for (const auto& [rule, points] : rejected) sum += points;
  return sum;
}

// Returns whether a point is feasible.
bool ExpectAsSwept(const Study& study) {
  Control control;
  const ObjectiveFunction objective(study);
  const SearchSummary swept = Sweep(objective, {2, {}}, control);
  const SearchSummary found = SearchCertified(objective, {2, {}}, control);
  EXPECT_EQ(IndicesOf(found.best), IndicesOf(swept.best));
  EXPECT_EQ(IndexOf(found.best_dense), IndexOf(swept.best_dense));
  EXPECT_EQ(IndexOf(found.best_moe), IndexOf(swept.best_moe));
  EXPECT_EQ(found.status, swept.status);
  EXPECT_EQ(found.upper_bound, swept.upper_bound);
  EXPECT_EQ(found.gap, swept.gap);
  EXPECT_EQ(found.binding, swept.binding);
  EXPECT_EQ(found.relaxation.size(), swept.relaxation.size());
  for (std::size_t i = 0; i < std::min(found.relaxation.size(), swept.relaxation.size()); ++i) {
    EXPECT_EQ(found.relaxation[i].rule, swept.relaxation[i].rule);
    EXPECT_EQ(found.relaxation[i].limit.has_value(), swept.relaxation[i].limit.has_value())
        << found.relaxation[i].rule;
    if (found.relaxation[i].limit && swept.relaxation[i].limit) {
      EXPECT_NEAR(*found.relaxation[i].limit, *swept.relaxation[i].limit,
                  2e-9 * (1 + std::abs(*swept.relaxation[i].limit)))
          << found.relaxation[i].rule;
    }
  }
  if (swept.best.empty()) {
    EXPECT_EQ(SumOf(found.rejected), study.space.Size());
  }
  return !swept.best.empty();
}

TEST(Bound, FindsWhatASweepFinds) {
  int feasible = 0, infeasible = 0;
  for (std::uint64_t seed = 0; feasible + infeasible < Trials(600); ++seed) {
    StudyMaker maker(seed);
    const auto study = StudyOf(maker, 40'000);
    if (!study) continue;
    SCOPED_TRACE(fmt::format("seed {}, {} points", seed, study->space.Size()));
    ++(ExpectAsSwept(*study) ? feasible : infeasible);
    if (HasFailure()) break;
  }
  EXPECT_GT(feasible, Trials(200));
  EXPECT_GT(infeasible, Trials(100));
}

TEST(Bound, FindsWhatASweepFindsInPatterns) {
  int feasible = 0;
  for (std::uint64_t seed = 70'000; feasible < Trials(250); ++seed) {
    StudyMaker maker(seed);
    const auto study = StudyOf(maker, 40'000, [&](Study& made) { maker.Pattern(made); });
    if (!study) continue;
    SCOPED_TRACE(fmt::format("seed {}, {} points", seed, study->space.Size()));
    feasible += ExpectAsSwept(*study) ? 1 : 0;
    if (HasFailure()) break;
  }
}

TEST(Bound, FindsWhatASweepFindsByTodaysLaw) {
  int feasible = 0;
  for (std::uint64_t seed = 50'000; feasible < Trials(200); ++seed) {
    StudyMaker maker(seed);
    const auto study = StudyOf(maker, 40'000, [](Study& made) { made.law = TodaysLaw(); });
    if (!study) continue;
    SCOPED_TRACE(fmt::format("seed {}, {} points", seed, study->space.Size()));
    feasible += ExpectAsSwept(*study) ? 1 : 0;
    if (HasFailure()) break;
  }
}

// Where exponentials of a score overflow there is no plane to go by: boxes are split by their size and swept.
TEST(Bound, EndsWhereNothingCanBeBoundedTightly) {
  Law steep = TodaysLaw();
  steep.w = {1663, -1350, -2514, -2521};
  steep.ceiling = 60;
  for (const Law& law : {TodaysLaw(), steep}) {
    for (const double gamma : {1.0, 20.0, 100.0, 1000.0}) {
      Study study = PlainStudy();
      study.law = law;
      study.gamma = gamma;
      study.objective = {Goal::kBalance, Metric::kMmlu, true, "balance"};
      study.space.token_rule = TokenRule::kBudget;
      study.space.axes[kTokensAxis] = Axis(0);
      study.budget.train_flops = 1e24;
      study.space.axes[kLayersAxis] = AxisOf({20, 60, 120});
      study.space.axes[kHiddenAxis] = Axis(1024, 9216, 1024);
      study.space.axes[kFfnAxis] = Axis(1024, 4096, 1024);
      study.space.axes[kExpertsAxis] = Axis(1);
      study.space.axes[kActiveAxis] = Axis(1);
      study.space.axes[kSharedAxis] = Axis(0);
      SCOPED_TRACE(fmt::format("gamma {}, w[0] {}", gamma, law.w[0]));
      EXPECT_TRUE(ExpectAsSwept(study));
      Control control;
      EXPECT_LE(SearchCertified(ObjectiveFunction(study), {1, {}}, control).boxes,
                study.space.Size());
    }
  }
}

// 2 to 4 metrics in either direction, of those whose inputs the study has.
void AddFront(StudyMaker& maker, Study& study) {
  const std::size_t metrics =
      static_cast<std::size_t>(maker.Pick(0, 3) == 0 ? maker.Pick(3, 4) : 2);
  const ObjectiveFunction probe(study);
  while (study.front.size() < metrics) {
    const Metric metric{static_cast<int>(maker.Pick(0, kMetrics - 1))};
    const bool twice = std::any_of(study.front.begin(), study.front.end(),
                                   [&](const FrontMetric& f) { return f.metric == metric; });
    if (!twice && probe.Defined(metric)) study.front.push_back({metric, maker.Flip(), 0});
  }
  if (maker.Flip()) study.front[0] = {Metric::kMmlu, true, 0};
  if (study.front[1].metric == Metric::kMmlu) study.front[1] = {Metric::kLayers, false, 0};
  if (metrics > 2) study.front.resize(2), study.front.push_back({Metric::kTotalParams, false, 0});
}

TEST(Bound, FindsTheFrontOfASweep) {
  int fronts = 0;
  std::size_t largest = 0;
  for (std::uint64_t seed = 10'000; fronts < Trials(300); ++seed) {
    StudyMaker maker(seed);
    auto study = StudyOf(maker, 20'000, [&](Study& made) { AddFront(maker, made); });
    if (!study) continue;
    SCOPED_TRACE(fmt::format("seed {}, {} points", seed, study->space.Size()));
    Control control;
    const SearchSummary swept = Sweep(ObjectiveFunction(*study), {2, {}}, control);
    const SearchSummary found = SearchCertified(ObjectiveFunction(*study), {2, {}}, control);
    ASSERT_EQ(IndicesOf(found.front), IndicesOf(swept.front));
    fronts += swept.front.empty() ? 0 : 1;
    largest = std::max(largest, swept.front.size());

    // At a resolution the list may be shorter, but covers every point of the exact front.
    for (FrontMetric& metric : study->front) metric.resolution = maker.Uniform(0, 1);
    const ObjectiveFunction coarse(*study);
    for (const SearchSummary& thin :
         {Sweep(coarse, {2, {}}, control), SearchCertified(coarse, {2, {}}, control)}) {
      EXPECT_LE(thin.front.size(), swept.front.size());
      std::vector<FrontValues> listed;
      for (const Design& design : thin.front) listed.push_back(coarse.FrontOf(design));
      for (const Design& exact : swept.front) {
        const FrontValues values = coarse.FrontOf(exact), slack = coarse.FrontResolution();
        const bool covered = std::any_of(listed.begin(), listed.end(), [&](const FrontValues& v) {
          return Covers(v, values, slack);
        });
        ASSERT_TRUE(covered) << MethodName(thin.method) << " leaves out " << exact.index;
      }
    }
  }
  EXPECT_GT(largest, 20U);
}

TEST(Bound, DependsOnNoNumberOfThreads) {
  int checked = 0;
  for (std::uint64_t seed = 0; checked < 5; ++seed) {
    StudyMaker maker(seed);
    const auto study = StudyOf(maker, 40'000, [](Study& made) {
      made.front = {{Metric::kMmlu, true, 0.01}, {Metric::kLayers, false, 0}};
    });
    if (!study) continue;
    const ObjectiveFunction objective(*study);
    ++checked;
    Control control;
    const SearchSummary one = SearchCertified(objective, {1, {}}, control);
    for (const int threads : {2, 3, 8}) {
      const SearchSummary many = SearchCertified(objective, {threads, {}}, control);
      EXPECT_EQ(IndicesOf(many.best), IndicesOf(one.best));
      EXPECT_EQ(IndicesOf(many.front), IndicesOf(one.front));
      EXPECT_EQ(many.rejected, one.rejected);
      EXPECT_EQ(many.binding, one.binding);
      EXPECT_EQ(many.evaluated, one.evaluated);
      EXPECT_EQ(many.boxes, one.boxes);
    }
  }
}

// The search for the front's ends and for relaxations drops what asked for serving costs, not the rule that comes
// with them.
TEST(Bound, KeepsTheRuleOnServingMemoryInEveryQuestion) {
  Study study = FullStudy();
  study.inference->serving.count = 1;
  study.objective = {Goal::kMetric, Metric::kLifetimeUsd, false, "cheap"};
  study.front = {{Metric::kTotalParams, true, 0}, {Metric::kActiveParams, true, 0}};
  Control control;
  const auto both = [&](const Study& asked) {
    const ObjectiveFunction objective(asked);
    return std::pair(Sweep(objective, {2, {}}, control),
                     SearchCertified(objective, {2, {}}, control));
  };
  const auto [swept, found] = both(study);
  ASSERT_FALSE(swept.front.empty());
  EXPECT_EQ(IndicesOf(found.front), IndicesOf(swept.front));
  study.limits = {{Metric::kTotalParams, false, 1e15}};
  const auto [none, proved] = both(study);
  ASSERT_EQ(none.status, Status::kInfeasible);
  ASSERT_EQ(proved.relaxation.size(), none.relaxation.size());
  ASSERT_TRUE(none.relaxation.front().limit);
  EXPECT_EQ(proved.relaxation.front().limit, none.relaxation.front().limit);
}

// Near 100 many raw scores are reported alike.
TEST(Bound, AgreesAboutScoresReportedAsNearlyAHundred) {
  for (const double limit : {99.9, 99.99999999999997, 100.0}) {
    for (const bool is_max : {false, true}) {
      Study study = PlainStudy();
      study.law.w = {100, 0, 0, 0};
      study.law.b = -100;
      study.limits = {{Metric::kMmlu, is_max, limit}};
      Control control;
      const ObjectiveFunction objective(study);
      EXPECT_EQ(IndicesOf(SearchCertified(objective, {2, {}}, control).best),
                IndicesOf(Sweep(objective, {2, {}}, control).best))
          << limit << is_max;
    }
  }
}

TEST(Bound, StopsAndStillBoundsWhatIsLeft) {
  Study study = PlainStudy();
  study.space.axes[kLayersAxis] = Axis(8, 200, 1);
  study.space.axes[kHiddenAxis] = Axis(1024, 32768, 1024);
  study.space.axes[kFfnAxis] = Axis(256, 65536, 1);
  Control control;
  control.stop = true;
  const SearchSummary stopped = SearchCertified(ObjectiveFunction(study), {2, {}}, control);
  EXPECT_EQ(stopped.status, Status::kInterrupted);
  control.stop = false;
  const SearchSummary whole = SearchCertified(ObjectiveFunction(study), {2, {}}, control);
  EXPECT_EQ(whole.status, Status::kOptimal);
  EXPECT_EQ(whole.gap, 0);
  EXPECT_LT(whole.evaluated, whole.space_points / 1'000'000);
}

// As the exhaustive method does.
TEST(Bound, KeepsTheFrontThatAStopCutsShort) {
  Study study = FullStudy();
  study.inside_domain = false;
  study.space.axes[kLayersAxis] = Axis(2, 200, 2);
  study.space.axes[kHiddenAxis] = Axis(1024, 32768, 1024);
  study.space.axes[kFfnAxis] = Axis(1024, 65536, 8);
  study.space.token_rule = TokenRule::kBudget;
  study.space.axes[kTokensAxis] = Axis(0);
  study.budget.train_flops = 1e24;
  study.front = {
      {Metric::kMmlu, true, 0}, {Metric::kLayers, false, 0}, {Metric::kTotalParams, false, 0}};
  const ObjectiveFunction objective(study);
  Control control;
  std::thread stopper([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(800));
    control.stop = true;
  });
  const SearchSummary found = SearchCertified(objective, {1, {}}, control);
  stopper.join();
  ASSERT_EQ(found.status, Status::kInterrupted);
  ASSERT_GT(found.front.size(), 1U);
  std::vector<FrontPoint> points;
  for (const Design& design : found.front)
    points.push_back({objective.FrontOf(design), design.index});
  EXPECT_EQ(NonDominated(points, study.front.size()).size(), points.size());
}

}  // namespace
}  // namespace perflaw
