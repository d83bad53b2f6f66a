#include "search/invert/errors.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "search/io/inputs/catalog.hpp"
#include "search/io/inputs/run_file.hpp"

namespace perflaw {
namespace {

class LeftOutModels : public testing::Test {
 protected:
  static std::vector<InvertedRun> Inverted(KnownTokens tokens) {
    InversionOptions options;
    options.threads = 2;
    options.draws = 1 << 12;
    Control go_on;
    return InvertLeftOut(Paper(), Runs(), {}, tokens, options, go_on);
  }
  static const Law& Paper() {
    static Inputs inputs;
    static const Law law = LoadLaw("performance-law-2024", inputs, "test", "law");
    return law;
  }
  static const std::vector<ScoredRun>& Runs() {
    static Inputs inputs;
    static const std::vector<ScoredRun> runs = ReadPublishedModels(inputs);
    return runs;
  }
};

void ExpectHonest(const Calibration& c, const char* what) {
  EXPECT_GE(c.held_90, 0.85) << what;
  EXPECT_LE(c.held_90, 0.95) << what;
  EXPECT_GE(c.held_50, 0.42) << what;
  EXPECT_LE(c.held_50, 0.58) << what;
}

// Every published model above 35 MMLU with a known shape, by what was learned without its family: the intervals hold what they say.
TEST_F(LeftOutModels, LieInTheirIntervalsAsOftenAsThoseSay) {
  const auto inverted = Inverted(KnownTokens::kNo);
  ASSERT_GE(inverted.size(), 85u);
  ExpectHonest(CalibrationOf(inverted, Quantity::kTotalParams), "total_params");
  ExpectHonest(CalibrationOf(inverted, Quantity::kLayers), "layers");
  ExpectHonest(CalibrationOf(inverted, Quantity::kHidden), "hidden");
  ExpectHonest(CalibrationOf(inverted, Quantity::kTokens), "tokens");
  // A regression on the score alone errs by 0.48 in the middle.
  EXPECT_LE(CalibrationOf(inverted, Quantity::kTotalParams).median_error, 0.40);
}

TEST_F(LeftOutModels, AreToldBetterWithTheirTokens) {
  const Calibration total = CalibrationOf(Inverted(KnownTokens::kYes), Quantity::kTotalParams);
  EXPECT_LE(total.median_error, 0.28);
  EXPECT_GE(total.held_90, 0.85);
  EXPECT_LE(total.held_90, 0.95);
}

// The shares given to mixtures of experts add up to how many there are, within two standard deviations, also among the half of the
// models that are given the larger shares.
TEST_F(LeftOutModels, AreMixturesOfExpertsAsOftenAsSaid) {
  auto inverted = Inverted(KnownTokens::kNo);
  std::sort(inverted.begin(), inverted.end(), [](const InvertedRun& a, const InvertedRun& b) {
    return a.found.moe_share > b.found.moe_share;
  });
  double expected = 0, variance = 0, seen = 0;
  for (std::size_t i = 0; i < inverted.size(); ++i) {
    const double share = inverted[i].found.moe_share;
    expected += share;
    variance += share * (1 - share);
    seen += inverted[i].run->model.form == Form::kMoe ? 1 : 0;
    if (i + 1 == inverted.size() / 2 || i + 1 == inverted.size()) {
      EXPECT_NEAR(seen, expected, 2 * std::sqrt(variance)) << i;
    }
  }
}

TEST(SigmaOfTelling, HoldsNineInTen) {
  Law law;
  std::vector<ScoredRun> runs(20);
  std::vector<double> raw(20);
  for (std::size_t i = 0; i < 20; ++i) {
    runs[i].mmlu = 60;
    raw[i] = 60 + static_cast<double>(i);  // errors of 0 to 19
  }
  EXPECT_DOUBLE_EQ(SigmaOfTelling(law, runs, raw),
                   10.4);  // 17/1.645 = 10.33: 18 of 20 err by at most 17
  runs[19].distilled = runs[18].distilled = true;
  EXPECT_DOUBLE_EQ(SigmaOfTelling(law, runs, raw), 9.8);  // 16/1.645 = 9.73: 17 of 18
}

}  // namespace
}  // namespace perflaw
