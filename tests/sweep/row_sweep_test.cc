#include "search/sweep/row_sweep.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "search/sweep/sweep.hpp"
#include "tests/random_studies.hpp"
#include "tests/simd_targets.hpp"

namespace perflaw {
namespace {

Merit AskedOf(const ObjectiveFunction& objective, Count index) {
  const Outcome outcome = objective.Evaluate(index);
  return outcome.rule == kNoRule ? outcome.merit : Merit{};
}

// Every point by the objective function alone.
SearchSummary SolveByScalar(const ObjectiveFunction& objective, Count asked) {
  Tally tally(objective, AskedOf(objective, asked));
  for (Count i = 0; i < objective.study().space.Size(); ++i) tally.Add(objective.Evaluate(i));
  SearchSummary summary;
  Report(tally, summary);
  return summary;
}

// In blocks of odd sizes, each into one of two tallies.
SearchSummary SolveByRows(const ObjectiveFunction& objective, Count asked, Random& random) {
  const std::optional<RowTables> tables = TablesOf(objective);
  std::vector<Tally> tallies(2, Tally(objective, AskedOf(objective, asked)));
  const Count size = objective.study().space.Size(), most = Pick(random, 1, size);
  for (Count first = 0; first < size;) {
    const Count end = std::min(size, first + Pick(random, 1, most));
    SweepBlock(objective, tables, tallies[static_cast<std::size_t>(Pick(random, 0, 1))], first,
               end);
    first = end;
  }
  tallies[0].Merge(tallies[1]);
  SearchSummary summary;
  Report(tallies[0], summary);
  return summary;
}

void ExpectSameDesigns(const std::vector<Design>& a, const std::vector<Design>& b) {
  ASSERT_EQ(a.size(), b.size());
  for (std::size_t i = 0; i < a.size(); ++i) {
    ASSERT_EQ(a[i].index, b[i].index) << i;
    ASSERT_EQ(a[i].law.raw, b[i].law.raw) << i;
  }
}

std::vector<Design> Listed(const std::optional<Design>& design) {
  return design ? std::vector{*design} : std::vector<Design>{};
}

void ExpectSame(const SearchSummary& a, const SearchSummary& b) {
  ASSERT_EQ(a.evaluated, b.evaluated);
  ASSERT_EQ(a.feasible, b.feasible);
  ASSERT_EQ(a.rejected, b.rejected);
  ASSERT_NO_FATAL_FAILURE(ExpectSameDesigns(a.best, b.best));
  ASSERT_NO_FATAL_FAILURE(ExpectSameDesigns(Listed(a.best_dense), Listed(b.best_dense)));
  ASSERT_NO_FATAL_FAILURE(ExpectSameDesigns(Listed(a.best_moe), Listed(b.best_moe)));
  ASSERT_NO_FATAL_FAILURE(ExpectSameDesigns(a.front, b.front));
  ASSERT_EQ(a.binding, b.binding);
  ASSERT_EQ(a.upper_bound, b.upper_bound);
  ASSERT_EQ(a.gap, b.gap);
  ASSERT_EQ(a.rank, b.rank);
  ASSERT_EQ(a.relaxation.size(), b.relaxation.size());
  for (std::size_t i = 0; i < a.relaxation.size(); ++i) {
    ASSERT_EQ(a.relaxation[i].rule, b.relaxation[i].rule);
    ASSERT_EQ(a.relaxation[i].limit, b.relaxation[i].limit) << a.relaxation[i].rule;
  }
}

// Studies with what the screen looks at: longer rows, FFN sizes that tensor parallelism doesn't divide or that repeat, leading dense
// layers, laws of any sign, limits that points meet exactly, fronts.
Study ScreenedStudy(Random& random) {
  Study study = RandomStudy(random, Pick(random, 0, 2) == 0);
  Space& space = study.space;
  if (!space.ffn_times_hidden.empty()) {
    space.ffn_times_hidden = {2, 2.67, 3, 3.01, 4, 6};
    space.axes[kFfnAxis] = Axis(0, 5, 1);
  } else {
    space.axes[kFfnAxis] = Axis(Pick(random, 500, 2000), 16000, Pick(random, 100, 700));
    if (Pick(random, 0, 1) == 0) space.axes[kFfnAxis] = Axis(1024, 20480, 512);
  }
  space.axes[kHiddenAxis] = AxisOf({2048, 5120});
  space.axes[kLayersAxis] = AxisOf({24, 40});
  if (space.token_rule == TokenRule::kAxis && Pick(random, 0, 1) == 0)
    space.axes[kTokensAxis] = Axis(400'000'000'000, 20'000'000'000'000, 800'000'000'000);
  if (Pick(random, 0, 2) == 0) study.training->tensor = Pick(random, 0, 1) == 0 ? 1 : 16;
  if (Pick(random, 0, 3) == 0) {
    study.base.ffn = 12288;
    study.moe_base.dense_layers = 2;
  }
  if (Pick(random, 0, 1) == 0) study.objective = {};
  if (Pick(random, 0, 3) == 0 && space.token_rule != TokenRule::kLeast) {
    for (double& w : study.law.w) w = static_cast<double>(Pick(random, -15, 15));
  }
  if (Pick(random, 0, 3) == 0)
    study.front = {{Metric::kMmlu, true, 0}, {Metric::kActiveParams, false, 0}};
  return study;
}

TEST(RowSweep, SaysWhatScoringEveryPointSays) {
  Random random(21);
  int fast = 0, feasible = 0, single = 0;
  for (int trial = 0; trial < Trials(300); ++trial) {
    const Study study = ScreenedStudy(random);
    const ObjectiveFunction objective(study);
    const Count asked = Pick(random, 0, study.space.Size() - 1);
    const SearchSummary expected = SolveByScalar(objective, asked);
    ForEachSimdTarget([&] {
      SCOPED_TRACE(trial);
      ASSERT_NO_FATAL_FAILURE(ExpectSame(expected, SolveByRows(objective, asked, random)));
    });
    if (!TablesOf(objective)) continue;
    ++fast;
    feasible += expected.feasible > 0 ? 1 : 0;
    single += expected.binding.empty() ? 0 : 1;
  }
  EXPECT_GT(fast, Trials(120));
  EXPECT_GT(feasible, Trials(60));
  EXPECT_GT(single, Trials(30));
}

}  // namespace
}  // namespace perflaw
