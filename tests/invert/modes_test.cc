#include "search/invert/modes.hpp"

#include <gtest/gtest.h>

#include "search/io/inputs/run_file.hpp"
#include "tests/invert/inversion_cases.hpp"

namespace perflaw {
namespace {

// All of a published model but one trait.
ClosedCase AllBut(std::size_t hidden, const ScoredRun& run) {
  ClosedCase closed = OpenCase("performance-law-2024");
  closed.kind = run.model.form;
  const Traits x = TraitsOf(run.model, *run.recipe_date);
  for (std::size_t i = 0; i < kTraits; ++i)
    if (i != hidden) closed.known[i] = Limits{x[i], x[i]};
  if (run.model.form == Form::kDense) {
    // They are one and the same.
    closed.known[kActiveTrait].reset();
    closed.known[kWidestTrait].reset();
  }
  closed.score = Mmlu(PredictScore(closed.law, run.model, 1).raw, 0, 5e-11);
  return closed;
}

double SizeOf(const TrainedModel& m, std::size_t trait) {
  return trait == kLayersTrait ? m.layers : trait == kHiddenTrait ? m.hidden : m.ffn;
}

// The inverse of forward: from the exact score and all but one size, that size comes back to the integer.
TEST(FindModes, GiveTheOneUnknownSizeBack) {
  Inputs inputs;
  int asked = 0;
  for (const ScoredRun& run : ReadPublishedModels(inputs)) {
    const double raw = PredictScore(OpenCase("performance-law-2024").law, run.model, 1).raw;
    // The reported score is the raw one there.
    if (raw < 30 || raw > 89 || asked >= 150) continue;
    for (const std::size_t trait : {kLayersTrait, kHiddenTrait, kFfnTrait}) {
      const auto modes = FindModes(AllBut(trait, run), 2, kGoOn);
      const double truth = SizeOf(run.model, trait);
      const bool back = std::any_of(modes.begin(), modes.end(), [&](const Structure& mode) {
        return std::abs(SizeOf(mode.model, trait) - truth) < 1e-6 &&
               std::abs(mode.raw - raw) < 1e-6;
      });
      EXPECT_TRUE(back) << run.name << ' ' << TraitName(trait) << ' ' << truth << " not among "
                        << modes.size();
      // Few others, if any, have exactly that score.
      EXPECT_LE(modes.size(), 3u) << run.name << ' ' << TraitName(trait);
      ++asked;
    }
  }
  EXPECT_GE(asked, 150);
}

TEST(FindModes, GiveTheTokensBack) {
  Inputs inputs;
  int asked = 0;
  for (const ScoredRun& run : ReadPublishedModels(inputs)) {
    const double raw = PredictScore(OpenCase("performance-law-2024").law, run.model, 1).raw;
    // Past saturation more tokens score the same.
    const double most = 1e3 * std::sqrt(run.model.total_params * run.model.active_params);
    if (raw < 30 || raw > 89 || run.model.tokens > 0.99 * most || ++asked > 40) continue;
    const auto modes = FindModes(AllBut(kTokensTrait, run), 2, kGoOn);
    ASSERT_FALSE(modes.empty()) << run.name;
    EXPECT_NEAR(modes.front().model.tokens / run.model.tokens, 1, 1e-6) << run.name;
  }
  EXPECT_GE(asked, 20);
}

// With a score that was rounded to a tenth the set that it cannot tell apart comes back.
TEST(FindModes, GiveAllThatARoundedScoreCannotTellApart) {
  ClosedCase closed = OpenCase("performance-law-2024");
  closed.kind = Form::kDense;
  const TrainedModel m{Form::kDense, 80, 8192, 28672, 28672, 15e12, 70e9, 70e9};
  const Traits x = TraitsOf(m, 2024.5);
  for (const std::size_t trait :
       {kDateTrait, kTotalTrait, kLayersTrait, kHiddenTrait, kTokensTrait})
    closed.known[trait] = Limits{x[trait], x[trait]};
  const double raw = PredictScore(closed.law, m, 1).raw;
  closed.score = Mmlu(std::round(10 * raw) / 10, 0, 0.05);
  const auto modes = FindModes(closed, 1, kGoOn);
  EXPECT_GT(modes.size(), 3u);
  bool truth = false;
  for (const Structure& mode : modes) {
    EXPECT_NEAR(mode.raw, closed.score->mmlu, 0.0501);
    truth = truth || std::abs(mode.model.ffn - 28672) < 1e-6;
  }
  EXPECT_TRUE(truth);
}

TEST(FindModes, HaveTheScoreInRoundSizes) {
  ClosedCase closed = OpenCase();
  closed.score = Mmlu(80);
  const auto modes = FindModes(closed, 2, kGoOn);
  ASSERT_FALSE(modes.empty());
  double total = 0;
  for (const Structure& mode : modes) {
    EXPECT_NEAR(Bounded(closed.law, mode.raw), 80, 0.06);
    EXPECT_NEAR(mode.model.layers, std::round(mode.model.layers), 1e-6);
    EXPECT_NEAR(std::fmod(mode.model.hidden + 1e-6, 128), 0, 1e-4);
    total += mode.weight;
  }
  EXPECT_NEAR(total, 1, 1e-12);
}

}  // namespace
}  // namespace perflaw
