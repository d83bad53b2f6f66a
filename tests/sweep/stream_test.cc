#include "search/sweep/stream.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "search/base/control.hpp"
#include "tests/studies.hpp"

namespace perflaw {
namespace {

Study SomeFeasible() {
  Study study = FullStudy();
  study.space.axes[kLayersAxis] = Axis(17, 60, 1);
  study.limits.push_back({Metric::kTotalParams, true, 3e10});
  return study;
}

std::string Streamed(const ObjectiveFunction& objective, int threads, Count& rows) {
  Control control;
  std::string text;
  rows = StreamFeasible(
      objective, threads, control,
      [](const Design& d) { return fmt::format("{} {}\n", d.index, d.total_params); },
      [&](const std::string& texts) { text += texts; });
  EXPECT_EQ(control.done, objective.study().space.Size());
  return text;
}

TEST(StreamFeasible, WritesEveryFeasiblePointInOrderForAnyNumberOfThreads) {
  const ObjectiveFunction objective(SomeFeasible());
  std::string wanted;
  Count feasible = 0;
  for (Count i = 0; i < objective.study().space.Size(); ++i) {
    if (!objective.Failures(i).empty()) continue;
    wanted += fmt::format("{} {}\n", i, objective.Describe(i)->total_params);
    ++feasible;
  }
  ASSERT_GT(feasible, 1000);
  ASSERT_LT(feasible, objective.study().space.Size() - 1000);
  for (const int threads : {1, 2, 3, 8}) {
    Count rows = 0;
    EXPECT_EQ(Streamed(objective, threads, rows), wanted) << threads;
    EXPECT_EQ(rows, feasible);
  }
}

TEST(StreamFeasible, WritesNothingWhereNothingIsFeasible) {
  Study study = SomeFeasible();
  study.limits.push_back({Metric::kTotalParams, false, 1e18});
  Count rows = -1;
  EXPECT_EQ(Streamed(ObjectiveFunction(study), 2, rows), "");
  EXPECT_EQ(rows, 0);
}

// What was written before a stop is a part from the start on, without holes.
TEST(StreamFeasible, StopLeavesABeginning) {
  const ObjectiveFunction objective(SomeFeasible());
  Count rows = 0;
  const std::string whole = Streamed(objective, 2, rows);
  Control control;
  std::string text;
  std::atomic<int> encoded{0};
  const Count written = StreamFeasible(
      objective, 2, control,
      [&](const Design& d) {
        if (++encoded == 2500) control.stop = true;
        return fmt::format("{} {}\n", d.index, d.total_params);
      },
      [&](const std::string& texts) { text += texts; });
  EXPECT_GT(written, 0);
  EXPECT_LT(written, rows);
  EXPECT_EQ(text, whole.substr(0, text.size()));
}

TEST(StreamFeasible, RethrowsWhatWritingThrows) {
  const ObjectiveFunction objective(SomeFeasible());
  Control control;
  EXPECT_THROW(StreamFeasible(
                   objective, 2, control, [](const Design&) { return std::string("x"); },
                   [](const std::string&) { throw std::runtime_error("full"); }),
               std::runtime_error);
}

}  // namespace
}  // namespace perflaw
