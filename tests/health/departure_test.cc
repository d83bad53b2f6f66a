#include "search/health/departure.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <random>

namespace perflaw {
namespace {

// A law that gains 5 MMLU with each e-fold of tokens from 40 on; `beside` is what the curve has beside it at the
// share x of the run.
std::vector<Sample> RunOf(int points, double sigma, std::uint64_t seed,
                          const std::function<double(double)>& beside, std::size_t curve = 0) {
  std::mt19937_64 random(seed);
  std::normal_distribution<double> noise(0, sigma);
  std::vector<Sample> run;
  for (int i = 1; i <= points; ++i) {
    const double x = double(i) / points, t = std::log(1e13 * x);
    run.push_back({t, 40 + 5 * (t - std::log(1e11)), beside(x) + noise(random), curve});
  }
  return run;
}
double Flat(double) { return 0; }
double StepAtHalf(double x) { return x > 0.5 ? -8 : 0; }
double Sagging(double x) { return -20 * x * x; }

TEST(Departure, HealthyRunsSeldomHaveOne) {
  int alone = 0, beside = 0;
  for (std::uint64_t seed = 0; seed < 400; ++seed) {
    const std::vector<Sample> run = RunOf(30, 1, 2 * seed, Flat);
    alone += FindDeparture(run).has_value();
    beside += FindDeparture(run, RunOf(30, 1, 2 * seed + 1, Flat, 1)).has_value();
  }
  EXPECT_LE(alone, 6);  // 0.5 % are allowed: 2, and their own noise
  EXPECT_LE(beside, 6);
}

TEST(Departure, AStepIsDatedAndMeasured) {
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    const std::vector<Sample> run = RunOf(30, 1, seed, StepAtHalf);
    const auto found = FindDeparture(run);
    ASSERT_TRUE(found) << seed;
    EXPECT_TRUE(found->step);
    EXPECT_NEAR(double(found->at), 15, 1) << seed;
    EXPECT_DOUBLE_EQ(found->onset, std::exp(run[found->at].log_tokens));
    EXPECT_NEAR(found->depth, 8, 4) << seed;
    EXPECT_GT(found->fall, 2) << seed;
  }
}

TEST(Departure, ABendThatStillHoldsItsScoreHasNoFall) {
  const auto level = [](double x) { return x > 0.4 ? -5 * std::log(x / 0.4) : 0; };
  const auto decline = [](double x) {
    return x > 0.4 ? -5 * std::log(x / 0.4) - 15 * (x - 0.4) : 0;
  };
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    const auto flat = FindDeparture(RunOf(60, 0.3, seed, level));
    ASSERT_TRUE(flat) << seed;
    EXPECT_LT(flat->fall, 1) << seed;
    const auto falling = FindDeparture(RunOf(60, 0.3, seed, decline));
    ASSERT_TRUE(falling) << seed;
    EXPECT_GT(falling->fall, 4) << seed;
  }
}

TEST(Departure, WhatReferencesDoAsWellIsNone) {
  int alone = 0, beside = 0, broken = 0;
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    std::vector<Sample> references = RunOf(40, 0.5, 3 * seed, Sagging, 1);
    // Another level, as of another seed of the same recipe.
    const auto other = RunOf(
        25, 0.5, 3 * seed + 1, [](double x) { return Sagging(x) + 3; }, 2);
    references.insert(references.end(), other.begin(), other.end());
    const std::vector<Sample> run = RunOf(40, 0.5, 3 * seed + 2, Sagging);
    alone += FindDeparture(run).has_value();
    beside += FindDeparture(run, references).has_value();
    const auto found = FindDeparture(
        RunOf(40, 0.5, 3 * seed + 2, [](double x) { return Sagging(x) + 0.5 * StepAtHalf(x); }),
        references);
    broken += found && std::abs(double(found->at) - 20) <= 2;
  }
  EXPECT_GE(alone, 40);
  EXPECT_LE(beside, 1);
  EXPECT_GE(broken, 49);
}

// No polynomial follows ten e-folds of a saturating curve.
TEST(Departure, ARunHasNoneFromItself) {
  const auto saturating = [](double x) { return -30 * std::exp(-4 * x); };
  for (const int points : {10, 40, 200, 20'000}) {
    const std::vector<Sample> run = RunOf(points, 0.5, 7, saturating),
                              reference = RunOf(points, 0.5, 7, saturating, 1);
    EXPECT_FALSE(FindDeparture(run, reference)) << points;
    EXPECT_FALSE(FindDeparture(run, RunOf(points, 0.5, 8, saturating, 1))) << points;
    EXPECT_FALSE(FindDeparture(run, RunOf(points / 2 + 4, 0.5, 8, saturating, 1))) << points;
  }
}

TEST(Departure, FewPointsTellNone) {
  EXPECT_FALSE(FindDeparture(RunOf(7, 0.1, 1, StepAtHalf)));
  EXPECT_TRUE(FindDeparture(RunOf(12, 0.1, 1, StepAtHalf)));
  EXPECT_FALSE(FindDeparture(RunOf(12, 0.1, 1, StepAtHalf), RunOf(7, 0.1, 2, Flat, 1)));
}

TEST(Departure, DenseRunsAreDatedAsWell) {
  const auto found = FindDeparture(RunOf(20'000, 1, 1, StepAtHalf));
  ASSERT_TRUE(found);
  EXPECT_NEAR(double(found->at), 10'000, 100);
  EXPECT_GT(found->fall, 2);
}

}  // namespace
}  // namespace perflaw
