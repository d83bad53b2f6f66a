#include "search/invert/conflicts.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "search/io/inputs/run_file.hpp"
#include "tests/invert/inversion_cases.hpp"

namespace perflaw {
namespace {

bool Blames(const std::vector<Conflict>& conflicts, const std::string& evidence) {
  return std::any_of(conflicts.begin(), conflicts.end(),
                     [&](const Conflict& c) { return c.evidence == evidence; });
}

TEST(FindConflicts, SaysWhatContradicts) {
  InversionOptions options;
  options.threads = 2;
  options.draws = 1 << 13;
  ClosedCase closed = OpenCase();
  closed.score = Mmlu(92);
  closed.known[kTotalTrait] = Exactly(1e9);
  std::vector<Conflict> conflicts = FindConflicts(closed, options, kGoOn);
  EXPECT_TRUE(Blames(conflicts, "mmlu"));
  EXPECT_TRUE(Blames(conflicts, "total_params"));

  closed.score = Mmlu(79);
  closed.known[kTotalTrait] = Exactly(70e9);
  conflicts = FindConflicts(closed, options, kGoOn);
  EXPECT_TRUE(conflicts.empty());

  SoftEvidence size{"size", {}, std::log(20e12), 0.8};
  size.coefficients[kTotalTrait] = 1;
  closed.soft.push_back(size);
  conflicts = FindConflicts(closed, options, kGoOn);
  EXPECT_TRUE(Blames(conflicts, "size"));
}

// What is true of a published model hardly ever counts as a contradiction.
TEST(FindConflicts, SeldomBlamesTheTruth) {
  Inputs inputs;
  InversionOptions options;
  options.draws = 1 << 10;
  options.threads = 2;
  int models = 0, blamed = 0;
  for (const ScoredRun& run : ReadPublishedModels(inputs)) {
    if (run.mmlu < kTellingScore || run.distilled || ++models % 4 != 0) continue;
    ClosedCase closed = OpenCase();
    closed.score = Mmlu(run.mmlu);
    closed.known[kTokensTrait] = Exactly(run.model.tokens);
    closed.known[kDateTrait] = Limits{*run.recipe_date, *run.recipe_date};
    blamed += FindConflicts(closed, options, kGoOn).empty() ? 0 : 1;
  }
  ASSERT_GT(models / 4, 15);
  EXPECT_LE(blamed, 2);
}

}  // namespace
}  // namespace perflaw
