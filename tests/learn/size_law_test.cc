#include "search/learn/size_law.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <stdexcept>

#include "tests/studies.hpp"

namespace perflaw {
namespace {

// y = 9 + 3 x + 0.2 sin(5 i), x = 0.05 i.
std::vector<SizedModel> Waves() {
  std::vector<SizedModel> models;
  for (int i = 0; i < 14; ++i) {
    const double x = 0.05 * i;
    models.push_back({fmt::format("{}{:02}", i % 2 == 0 ? 'm' : 'M', i),
                      i < 7 ? "one" : "two",
                      std::pow(10, 9 + 3 * x + 0.2 * std::sin(5.0 * i)),
                      {x}});
  }
  return models;
}

// Expected values: NumPy 1.24, numpy.random.RandomState(7).permutation and numpy.polyfit.
TEST(SizeLaw, SplitsAreTheMersenneTwistersOfThePublishedSeed) {
  std::vector<SizedModel> models = Waves();
  std::reverse(models.begin(), models.end());  // the order is the names'
  const SizeErrors errors = SplitErrors(models, true, kPublishedSeed);
  EXPECT_NEAR(errors.r2, 0.9284592142003578, 1e-12);
  EXPECT_NEAR(errors.mae / 7993669116.657137, 1, 1e-12);
  EXPECT_NEAR(errors.rmse / 14825146438.280493, 1, 1e-12);
  EXPECT_NE(SplitErrors(models, true, 8).r2, errors.r2);
}

TEST(SizeLaw, LineAndLeaveOneOutAreThoseOfTheNormalEquations) {
  const SizeLaw law = FitSize({"x"}, Waves(), false);
  EXPECT_NEAR(law.intercept, 8.9614352, 1e-7);
  EXPECT_NEAR(law.slopes[0], 3.09086429, 1e-8);
  EXPECT_NEAR(law.sigma, 0.14862794639482566, 1e-10);
  const LeftOutErrors errors = LeaveModelsOut(Waves(), false);
  EXPECT_NEAR(errors.r2, 0.9371850547963246, 1e-10);
  EXPECT_NEAR(errors.rmse_dex, 0.15990118772347514, 1e-10);
}

TEST(SizeLaw, NonnegativeClampsWhatWouldBeNegative) {
  std::vector<SizedModel> models = Waves();
  std::mt19937 random(1);
  for (SizedModel& model : models) {
    const double share = std::uniform_real_distribution<>(0, 1)(random);
    model.features.push_back(share);
    model.total *= std::pow(10, -0.7 * share);
  }
  const SizeLaw free = FitSize({"x", "share"}, models, false);
  EXPECT_LT(free.slopes[1], -0.3);
  const SizeLaw clamped = FitSize({"x", "share"}, models, true);
  EXPECT_EQ(clamped.slopes[1], 0);
  for (SizedModel& model : models) model.features.pop_back();
  const SizeLaw alone = FitSize({"x"}, models, true);
  EXPECT_NEAR(clamped.slopes[0], alone.slopes[0], 1e-10);
  EXPECT_NEAR(clamped.intercept, alone.intercept, 1e-10);
  for (SizedModel& model : models) model.features[0] *= -1;
  EXPECT_EQ(FitSize({"x"}, models, true).slopes[0], 0);
}

TEST(SizeLaw, IntervalsHoldNineInTen) {
  std::mt19937 random(2);
  std::normal_distribution<> normal;
  std::uniform_real_distribution<> score(0, 1);
  int held = 0;
  const int trials = Trials(3000);
  for (int trial = 0; trial < trials; ++trial) {
    std::vector<SizedModel> models;
    for (int i = 0; i < 12; ++i) {
      const double x = score(random);
      models.push_back({"m", "", std::pow(10, 10 + 2 * x + 0.3 * normal(random)), {x}});
    }
    const SizePrediction p = PredictSize(FitSize({"x"}, models, false), {0.9});
    const double truth = 10 + 2 * 0.9 + 0.3 * normal(random);
    held += truth >= p.low90 && truth <= p.high90 ? 1 : 0;
  }
  EXPECT_NEAR(held / double(trials), 0.9, trials < 1000 ? 0.06 : 0.02);
}

TEST(SizeLaw, CombiningRespectsWhatBenchmarksShare) {
  const SizePrediction one{11, 10, 12, {}}, other{12, 11, 13, {"far"}};
  const SizePrediction apart = Combine({one, other}, {{1, 0}, {0, 1}});
  EXPECT_NEAR(apart.log10_total, 11.5, 1e-12);
  EXPECT_NEAR(apart.high90 - apart.log10_total, 1 / std::sqrt(2.0), 1e-12);
  EXPECT_EQ(apart.warnings.size(), 1u);
  const SizePrediction alike = Combine({one, other}, {{1, 0.999}, {0.999, 1}});
  EXPECT_NEAR(alike.high90 - alike.log10_total, 1, 1e-3);  // the second adds nothing
}

TEST(SizeLaw, TooLittleIsRefused) {
  std::vector<SizedModel> models = Waves();
  models.resize(3);
  EXPECT_THROW(FitSize({"x"}, models, false), std::invalid_argument);
  models = Waves();
  for (SizedModel& model : models) model.features[0] = 1;
  EXPECT_THROW(FitSize({"x"}, models, false), std::invalid_argument);
  EXPECT_FALSE(PredictSize(FitSize({"x"}, Waves(), false), {0.9}).warnings.empty());
  EXPECT_TRUE(PredictSize(FitSize({"x"}, Waves(), false), {0.3}).warnings.empty());
  EXPECT_TRUE(LeaveVendorsOut(Waves(), false) == std::nullopt);  // of two vendors
}

}  // namespace
}  // namespace perflaw
