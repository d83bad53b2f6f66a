#include "search/invert/case.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

namespace perflaw {
namespace {

double Left(const SoftEvidence& e, const Traits& x) {
  return std::inner_product(x.begin(), x.end(), e.coefficients.begin(), 0.0) - e.value;
}
double InItsUnit(const SoftEvidence& e, double value) {
  return e.scale * std::exp(e.power * value);
}

TEST(Joined, WeighsByNoise) {
  const ScoreEvidence one{"a", 80, 1, 0.05}, other{"b", 83, 2, 0.5};
  const ScoreEvidence both = Joined(one, other);
  EXPECT_EQ(both.name, "a and b");
  EXPECT_DOUBLE_EQ(both.mmlu, 80.6);  // weights 4 to 1
  EXPECT_DOUBLE_EQ(both.noise, std::sqrt(0.8));
  EXPECT_EQ(both.rounding, 0.5);
}

TEST(Contradict, IsBeyondWhatNoiseDoesOnceInTwoHundred) {
  EXPECT_FALSE(Contradict({"a", 80, 3, 0}, {"b", 80 + 13.9, 4, 0}));
  EXPECT_TRUE(Contradict({"a", 80, 3, 0}, {"b", 80 - 14.1, 4, 0}));
}

TEST(MarketEvidence, IsThePowerLawTurnedAround) {
  const PowerLaw law{1.8, 0.75, 1.3};
  const SoftEvidence e = MarketEvidence("price", 1.8 * std::pow(2, 0.75), law);
  Traits x{};
  x[kActiveTrait] = std::log(140e9);
  EXPECT_NEAR(Left(e, x), 0, 1e-12);
  EXPECT_NEAR(InItsUnit(e, x[kActiveTrait]), 1.8 * std::pow(2, 0.75), 1e-12);
  EXPECT_NEAR(e.sigma, 1.3 / 0.75, 1e-12);
}

// Source: configs/models/mixtral-8x7b.json: 46.7e9 parameters, 12.9e9 of them activated.
TEST(ExpertsEvidence, IsWithinItsErrorOfMixtral) {
  Traits x{};
  x[kTotalTrait] = std::log(46.7e9);
  x[kActiveTrait] = std::log(12.9e9);
  x[kLayersTrait] = std::log(32);
  x[kHiddenTrait] = std::log(4096);
  x[kFfnTrait] = std::log(14336);
  const SoftEvidence all = ExpertsEvidence("experts", Experts::kAll, 8),
                     active = ExpertsEvidence("experts_active", Experts::kActive, 2);
  EXPECT_LT(std::abs(Left(all, x)), all.sigma);
  EXPECT_LT(std::abs(Left(active, x)), active.sigma);
  EXPECT_NEAR(InItsUnit(all, all.value), 8, 1e-12);
  EXPECT_NEAR(InItsUnit(active, active.value), 2, 1e-12);
}

TEST(SizeEvidence, IsInNaturalLogarithms) {
  const SoftEvidence e = SizeEvidence({11, 10.5, 11.5, {}});
  Traits x{};
  x[kTotalTrait] = std::log(1e11);
  EXPECT_NEAR(Left(e, x), 0, 1e-12);
  EXPECT_NEAR(e.sigma * kNormalQuantile95, std::log(10) / 2, 1e-12);
}

}  // namespace
}  // namespace perflaw
