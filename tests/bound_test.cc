#include "search/bound.hpp"

#include <gtest/gtest.h>

#include "search/sweep.hpp"
#include "tests/bound_studies.hpp"

namespace perflaw {
namespace {

std::vector<Count> IndicesOf(const std::vector<Design>& designs) {
  std::vector<Count> indices;
  for (const Design& design : designs) indices.push_back(design.index);
  return indices;
}

Count IndexOf(const std::optional<Design>& design) { return design ? design->index : -1; }

Count SumOf(const std::vector<std::pair<std::string, Count>>& rejected) {
  Count sum = 0;
  for (const auto& [rule, points] : rejected) sum += points;
  return sum;
}

// A law with a random w[3] may not go with "least".
std::optional<ObjectiveFunction> Checked(const Study& study) {
  try {
    return ObjectiveFunction(study);
  } catch (const InputError&) {
    return std::nullopt;
  }
}

TEST(Bound, FindsWhatASweepFinds) {
  int feasible = 0, infeasible = 0;
  for (std::uint64_t seed = 0; feasible + infeasible < (getenv("N") ? atoi(getenv("N")) : 600);
       ++seed) {
    StudyMaker maker(seed);
    Study study;
    try {
      study = maker.Make();
    } catch (const InputError&) {
      continue;
    }
    if (study.space.Size() > 40'000) continue;
    const auto objective = Checked(study);
    if (!objective) continue;
    SCOPED_TRACE(fmt::format("seed {}, {} points", seed, study.space.Size()));
    Control control;
    const SearchSummary swept = Sweep(*objective, {2, {}}, control);
    const SearchSummary found = Bound(*objective, {2, {}}, control);
    ++(swept.best.empty() ? infeasible : feasible);
    ASSERT_EQ(IndicesOf(found.best), IndicesOf(swept.best));
    ASSERT_EQ(IndexOf(found.best_dense), IndexOf(swept.best_dense));
    ASSERT_EQ(IndexOf(found.best_moe), IndexOf(swept.best_moe));
    EXPECT_EQ(found.status, swept.status);
    EXPECT_EQ(found.upper_bound, swept.upper_bound);
    EXPECT_EQ(found.gap, swept.gap);
    EXPECT_EQ(found.binding, swept.binding);
    ASSERT_EQ(found.relaxation.size(), swept.relaxation.size());
    for (std::size_t i = 0; i < found.relaxation.size(); ++i) {
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
    if (HasFailure()) break;
  }
  EXPECT_GT(feasible, 200);
  EXPECT_GT(infeasible, 100);
}

}  // namespace
}  // namespace perflaw
