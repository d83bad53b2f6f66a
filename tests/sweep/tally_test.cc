#include "search/sweep/tally.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "tests/bound/bound_studies.hpp"

namespace perflaw {
namespace {

bool Same(const Merit& a, const Merit& b) {
  return a.index == b.index && a.value == b.value && a.tie == b.tie;
}

TEST(TopK, IsTheFirstOfASort) {
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    StudyMaker maker(seed);
    std::vector<Merit> merits;
    for (Count i = 0; i < maker.Pick(0, 60); ++i)  // with many ties
      merits.push_back(
          {static_cast<double>(maker.Pick(0, 5)), static_cast<double>(maker.Pick(0, 2)), i});
    const Count k = maker.Pick(1, 20);
    TopK one(k), other(k);
    for (const Merit& merit : merits) (maker.Flip() ? one : other).Add(merit);
    one.Merge(other);
    one.Merge(other);  // twice is as once
    std::sort(merits.begin(), merits.end(), Better);
    if (merits.size() > static_cast<std::size_t>(k)) merits.resize(static_cast<std::size_t>(k));
    const std::vector<Merit> top = one.Sorted();
    ASSERT_EQ(top.size(), merits.size()) << "seed " << seed;
    for (std::size_t i = 0; i < top.size(); ++i) ASSERT_TRUE(Same(top[i], merits[i])) << seed;
    EXPECT_EQ(one.Full(), static_cast<Count>(top.size()) == k);
    EXPECT_TRUE(Same(one.Best(), top.empty() ? Merit{} : top.front()));
    EXPECT_TRUE(Same(one.Worst(), top.empty() ? Merit{} : top.back()));
  }
}

std::string Told(const SearchSummary& summary) {
  std::string text = fmt::format("{} {}", summary.evaluated, *summary.feasible);
  const auto add = [&](const std::vector<Design>& designs) {
    text += " |";
    for (const Design& design : designs) text += fmt::format(" {}", design.index);
  };
  add(summary.best);
  add(summary.front);
  for (const auto& design : {summary.best_dense, summary.best_moe})
    text += fmt::format(" {}", design ? design->index : -1);
  for (const auto& [rule, points] : summary.rejected) text += fmt::format(" {} {}", rule, points);
  for (const auto& [rule, value] : summary.binding) text += fmt::format(" {} {}", rule, value);
  for (const auto& [rule, limit] : summary.relaxation)
    text += fmt::format(" {} {}", rule, limit.value_or(-1));
  return text + fmt::format(" {}", summary.rank.value_or(-1));
}

// Shares merge in any order into what one tally holds, and every point is counted once.
TEST(Tally, SharesMergeIntoTheWhole) {
  int checked = 0;
  for (std::uint64_t seed = 0; checked < 100; ++seed) {
    StudyMaker maker(seed);
    const auto study = StudyOf(maker, 3000, [](Study& made) {
      made.front = {{Metric::kMmlu, true, 0}, {Metric::kTotalParams, false, 0}};
    });
    if (!study) continue;
    ++checked;
    const ObjectiveFunction objective(*study);
    const auto asked = objective.Describe(maker.Pick(0, study->space.Size() - 1));
    const Merit merit = asked ? objective.MeritOf(*asked) : Merit{};
    Tally whole(objective, merit);
    std::vector<Tally> shares(4, whole);
    for (Count index = 0; index < study->space.Size(); ++index) {
      const Outcome outcome = objective.Evaluate(index);
      whole.Add(outcome);
      shares[static_cast<std::size_t>(maker.Pick(0, 3))].Add(outcome);
    }
    for (const std::size_t first : {0U, 3U}) {
      Tally merged(objective, merit);
      for (std::size_t i = 0; i < shares.size(); ++i) merged.Merge(shares[(first + i) % 4]);
      SearchSummary one, other;
      Report(whole, one);
      Report(merged, other);
      ASSERT_EQ(Told(other), Told(one)) << "seed " << seed;
      Count counted = *one.feasible;
      for (const auto& [rule, points] : one.rejected) counted += points;
      ASSERT_EQ(counted, study->space.Size()) << "seed " << seed;
    }
  }
}

}  // namespace
}  // namespace perflaw
