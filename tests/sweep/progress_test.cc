#include "search/sweep/progress.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <set>

#include "search/base/control.hpp"
#include "search/sweep/sweep.hpp"
#include "tests/studies.hpp"

namespace perflaw {
namespace {

TEST(ChunkSet, IsTheSetOfWhatWasAddedWhateverTheOrder) {
  std::mt19937_64 random(3);
  for (int trial = 0; trial < 300; ++trial) {
    const Count chunks = std::uniform_int_distribution<Count>(1, 40)(random);
    ChunkSet found;
    std::set<Count> wanted;
    for (int i = 0; i < trial % 12; ++i) {
      const Count first = std::uniform_int_distribution<Count>(0, chunks - 1)(random);
      const Count end = std::uniform_int_distribution<Count>(first + 1, chunks)(random);
      found.Add({first, end});
      for (Count chunk = first; chunk < end; ++chunk) wanted.insert(chunk);
    }
    ASSERT_EQ(found.Size(), static_cast<Count>(wanted.size()));
    std::vector<Count> missing;
    for (Count chunk = 0; chunk < chunks; ++chunk) {
      if (!wanted.contains(chunk)) missing.push_back(chunk);
    }
    ASSERT_EQ(found.Missing(chunks), missing);
    for (std::size_t i = 1; i < found.Ranges().size(); ++i)
      ASSERT_LT(found.Ranges()[i - 1].end, found.Ranges()[i].first);  // touching ranges are one
  }
}

Study FrontStudy() {
  Study study = FullStudy();
  study.top = 7;
  study.limits.push_back({Metric::kTotalParams, true, 3e10});
  study.front = {{Metric::kMmlu, true, 0}, {Metric::kActiveParams, false, 0}};
  return study;
}

Progress Swept(const ObjectiveFunction& objective, const Merit& asked) {
  Progress progress(objective, asked);
  for (Count i = 0; i < objective.study().space.Size(); ++i)
    progress.tally.Add(objective.Evaluate(i));
  progress.finished.Add({0, 3});
  progress.finished.Add({5, 6});
  progress.highest_goal = 61.0 + 1.0 / 3;
  return progress;
}

TEST(Pack, KeepsEveryBit) {
  const ObjectiveFunction objective(FrontStudy());
  const Merit asked = objective.Evaluate(0).merit;
  const Progress progress = Swept(objective, asked);
  ASSERT_GT(progress.tally.front.Points().size(), 3u);
  ASSERT_GT(progress.tally.top.Sorted().size(), 7u);
  const std::string bytes = Pack(progress);
  const Progress back = Unpack(bytes, objective, asked);
  EXPECT_EQ(Pack(back), bytes);
  EXPECT_EQ(back.highest_goal, progress.highest_goal);
  EXPECT_EQ(back.finished.Missing(7), (std::vector<Count>{3, 4, 6}));
  SearchSummary before, after;
  Report(progress.tally, before);
  Report(back.tally, after);
  ASSERT_EQ(after.best.size(), 7u);
  for (std::size_t i = 0; i < 7; ++i) EXPECT_EQ(after.best[i].index, before.best[i].index);
  EXPECT_EQ(after.rejected, before.rejected);
  EXPECT_EQ(after.binding, before.binding);
  EXPECT_EQ(after.upper_bound, before.upper_bound);
  EXPECT_EQ(after.front.size(), before.front.size());
}

TEST(Pack, KeepsInfinitiesAndWhatIsNotThere) {
  const ObjectiveFunction objective(FrontStudy());
  const Progress empty(objective, {});
  const Progress back = Unpack(Pack(empty), objective, {});
  EXPECT_EQ(back.tally.best_dense.value, -INFINITY);
  EXPECT_EQ(back.tally.best_dense.index, -1);
  EXPECT_EQ(back.highest_goal, std::nullopt);
  EXPECT_EQ(back.tally.rules.front().nearest, std::nullopt);
}

TEST(Unpack, RefusesWhatIsCutOffOrOfOtherRules) {
  const ObjectiveFunction objective(FrontStudy()), other(PlainStudy());
  const std::string bytes = Pack(Swept(objective, {}));
  for (std::size_t size = 0; size < bytes.size(); ++size)
    ASSERT_THROW(Unpack(bytes.substr(0, size), objective, {}), std::runtime_error) << size;
  EXPECT_THROW(Unpack(bytes + "x", objective, {}), std::runtime_error);
  EXPECT_THROW(Unpack(bytes, other, {}), std::runtime_error);
}

// Remembers what was saved, and may fail.
class Memory : public Checkpoint {
 public:
  std::string Load() override { return saves.empty() ? "" : saves.back(); }
  void Save(const Progress& progress) override {
    if (static_cast<int>(saves.size()) == fail_at) throw std::runtime_error("no room");
    saves.push_back(Pack(progress));
  }
  std::vector<std::string> saves;
  int fail_at = -1;
};

// Several chunks of points.
Study LongStudy() {
  Study study = FrontStudy();
  study.space.axes[kLayersAxis] = Axis(17, 80, 1);
  study.space.axes[kHiddenAxis] = Axis(1024, 32768, 1024);
  study.space.axes[kFfnAxis] = Axis(1024, 10240, 1024);
  return study;
}

TEST(Checkpoint, ARunGoesOnFromAnySaveAndEndsTheSame) {
  const ObjectiveFunction objective(LongStudy());
  const Count asked = 12345;
  Control control;
  Memory whole;
  const SearchSummary once = Sweep(objective, {2, asked, &whole}, control);
  ASSERT_GT(whole.saves.size(), 1u);
  for (std::size_t kept = 0; kept <= whole.saves.size(); ++kept) {
    Memory part;
    if (kept > 0) part.saves = {whole.saves[kept - 1]};
    Control again;
    const SearchSummary found = Sweep(objective, {3, asked, &part}, again);
    EXPECT_EQ(part.saves.back(), whole.saves.back()) << kept;
    EXPECT_EQ(found.evaluated, once.evaluated);
    EXPECT_EQ(found.rank, once.rank);
    EXPECT_EQ(found.best.front().index, once.best.front().index);
    EXPECT_EQ(again.done, found.evaluated);
    EXPECT_EQ(found.resumed > 0, kept > 0);
  }
}

TEST(Checkpoint, AFailedSaveEndsTheSweepAndLosesNothingSavedBefore) {
  const ObjectiveFunction objective(LongStudy());
  Memory memory;
  memory.fail_at = 1;
  Control control;
  EXPECT_THROW(Sweep(objective, {2, {}, &memory}, control), std::runtime_error);
  ASSERT_EQ(memory.saves.size(), 1u);
  memory.fail_at = -1;
  Control again;
  EXPECT_EQ(Sweep(objective, {2, {}, &memory}, again).evaluated, objective.study().space.Size());
}

TEST(Checkpoint, AFinishedSearchIsNotSweptAgain) {
  Study study = LongStudy();
  study.space.token_rule = TokenRule::kLeast;
  study.space.axes[kTokensAxis] = Axis(0);
  study.budget.train_flops = 1e20;
  study.limits.push_back({Metric::kMmlu, false, 90});
  const ObjectiveFunction objective(study);
  Memory memory;
  Control control, again;
  const SearchSummary once = Sweep(objective, {2, {}, &memory}, control);
  ASSERT_EQ(once.status, Status::kInfeasible);
  const std::size_t saves = memory.saves.size();
  again.stop = true;  // so that a point looked at would be missed
  const SearchSummary found = Sweep(objective, {2, {}, &memory}, again);
  EXPECT_EQ(found.status, Status::kInfeasible);
  EXPECT_EQ(found.resumed, study.space.Size());
  EXPECT_EQ(memory.saves.size(), saves);
  ASSERT_EQ(found.relaxation.size(), once.relaxation.size());
  for (std::size_t i = 0; i < found.relaxation.size(); ++i)
    EXPECT_EQ(found.relaxation[i].limit, once.relaxation[i].limit);
}

}  // namespace
}  // namespace perflaw
