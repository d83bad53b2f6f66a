#include "search/health/course.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <random>

#include "search/statistics/distributions.hpp"

namespace perflaw {
namespace {

std::vector<Sample> Samples(int count, const std::function<double(double)>& residual) {
  std::vector<Sample> samples;
  for (int i = 0; i < count; ++i) {
    const double t = std::log(1e12) + 0.1 * i;
    samples.push_back({t, 50, residual(t), 0});
  }
  return samples;
}

// In closed form: a mean has the error sigma / sqrt(n).
TEST(CurveFit, RegressionGivesAMeanAndItsError) {
  const std::vector<Sample> samples =
      Samples(4, [](double t) { return std::fmod(std::round((t - std::log(1e12)) * 10), 2) * 8; });
  const auto mean = Regression(Basis(), samples).Of(Column(4, 1));
  ASSERT_TRUE(mean);
  EXPECT_NEAR(mean->value, 4, 1e-12);
  EXPECT_NEAR(mean->squares, 64, 1e-12);
  EXPECT_EQ(mean->freedom, 3);
  EXPECT_NEAR(mean->sigma, std::sqrt(64.0 / 3), 1e-12);
  EXPECT_NEAR(mean->error, mean->sigma / 2, 1e-12);
}

TEST(CurveFit, RegressionRefusesWhatCannotBeTold) {
  const std::vector<Sample> samples = Samples(3, [](double) { return 1; });
  EXPECT_FALSE(Regression(Trend(samples, 1, true), samples).Of(Column(3, 1)));
  EXPECT_FALSE(Regression(Trend(samples, 2, true), samples).Of({0, 0, 1}));
}

TEST(CurveFit, ErrorsHoldTheTruthNineTimesInTen) {
  int held = 0;
  for (std::uint64_t seed = 0; seed < 400; ++seed) {
    std::mt19937_64 random(seed);
    std::normal_distribution<double> noise(0, 1);
    const std::vector<Sample> samples =
        Samples(20, [&](double t) { return 3 + 2 * (t - 28) + noise(random); });
    Column slope;
    for (const Sample& s : samples) slope.push_back(s.log_tokens - 28);
    const auto effect = Regression(Trend(samples, 0, true), samples).Of(slope);
    held += std::abs(effect->value - 2) <= StudentQuantile(0.05, effect->freedom) * effect->error;
  }
  EXPECT_GE(held, 340);
  EXPECT_LE(held, 385);
}

TEST(CurveFit, NeighboursThatStrayTogetherWidenAnError) {
  const std::vector<Sample> apart = Samples(40, [i = 0](double) mutable { return ++i % 2; });
  const std::vector<Sample> together =
      Samples(40, [i = 0](double) mutable { return ++i / 10 % 2; });
  const Column ones(40, 1);
  EXPECT_GT(Regression(Basis(), together).Of(ones)->error,
            1.5 * Regression(Basis(), apart).Of(ones)->error);
}

TEST(CurveFit, ADifferenceFollowsAnyBendOfItsReferences) {
  const auto bent = [](double t) { return 70 - 30 * std::exp(-(t - std::log(1e12))); };
  const std::vector<Sample> run = Samples(60, [&](double t) { return bent(t) - 2; });
  std::vector<Sample> references;
  for (Sample s : Samples(60, bent)) s.curve = 1, references.push_back(s);
  for (Sample s : Samples(30, bent)) s.curve = 2, s.residual += 4, references.push_back(s);
  const Difference difference = Beside(run, references);
  ASSERT_EQ(difference.run.size(), 60u);
  std::vector<double> weights(60);
  for (const Difference::Share& share : difference.shares) weights[share.sample] += share.weight;
  for (std::size_t i = 0; i < 60; ++i) {
    EXPECT_NEAR(difference.run[i].residual, -4, 1e-9) << i;  // of the mean of 0 and +4
    EXPECT_NEAR(weights[i], 1, 1e-12) << i;
  }
}

// Of sparse references each score enters many of the run's.
TEST(CurveFit, SharedReferenceScoresWidenAnError) {
  int held = 0;
  for (std::uint64_t seed = 0; seed < 400; ++seed) {
    std::mt19937_64 random(seed);
    std::normal_distribution<double> noise(0, 1);
    const auto noisy = [&](double) { return noise(random); };
    const std::vector<Sample> run = Samples(101, noisy);
    std::vector<Sample> references;
    for (Sample s : Samples(101, noisy))
      if (references.empty() || s.log_tokens > references.back().log_tokens + 0.95)
        s.curve = 1, references.push_back(s);
    ASSERT_EQ(references.size(), 11u);
    const Difference apart = Beside(run, references);
    const auto mean = Regression(Basis(), apart).Of(Column(101, 1));
    held += std::abs(mean->value) <= StudentQuantile(0.05, 10) * mean->error;
  }
  EXPECT_GE(held, 340);
}

TEST(CurveFit, AScoresNoiseIsThatOfItsQuestions) {
  // 0.5 of 14042 questions.
  EXPECT_NEAR(BinomialSigma(Samples(3, [](double) { return 0; })), 50 / std::sqrt(14042), 1e-9);
}

}  // namespace
}  // namespace perflaw
