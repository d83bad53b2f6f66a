#include "search/invert/structure_prior.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>
#include <random>

#include "search/io/inputs/catalog.hpp"
#include "search/io/inputs/prior_file.hpp"
#include "search/io/inputs/run_file.hpp"

namespace perflaw {
namespace {

Traits Unit(std::size_t trait) {
  Traits one{};
  one[trait] = 1;
  return one;
}

// Of two traits with variances 4 and 9 and a covariance of 3.
Gaussian TwoTraits() {
  Gaussian g;
  g.mean[0] = 1;
  g.mean[1] = 2;
  g.covariance[0][0] = 4;
  g.covariance[1][1] = 9;
  g.covariance[0][1] = g.covariance[1][0] = 3;
  return g;
}

// The textbook's conditional distribution of two normal variables.
TEST(Gaussian, LearnsAsNormalVariablesDo) {
  Gaussian g = TwoTraits();
  const double density = g.Observe(Unit(1), 5, 0);
  EXPECT_NEAR(density, -0.5 * (1 + std::log(2 * std::numbers::pi * 9)), 1e-12);
  EXPECT_NEAR(g.mean[0], 1 + 3.0 / 9 * 3, 1e-12);
  EXPECT_NEAR(g.covariance[0][0], 4 - 9.0 / 9, 1e-12);
  EXPECT_NEAR(g.Deviation(1), 0, 1e-12);
}

TEST(Gaussian, TakesNoiseAndSumsIn) {
  Gaussian g = TwoTraits();
  Traits sum{};
  sum[0] = sum[1] = 1;
  g.Observe(sum, 10, 2);  // variance of the sum 19, of the noise 4
  EXPECT_NEAR(g.mean[0], 1 + 7.0 / 23 * 7, 1e-12);
  EXPECT_NEAR(g.covariance[1][1], 9 - 12.0 * 12 / 23, 1e-12);
}

TEST(Gaussian, KnowsWhatIsImpossible) {
  Gaussian g = TwoTraits();
  g.Observe(Unit(0), 3, 0);
  EXPECT_EQ(g.Observe(Unit(0), 3, 0), 0);
  EXPECT_EQ(g.Observe(Unit(0), 4, 0), -std::numeric_limits<double>::infinity());
}

TEST(Traits, AreThoseOfTheModel) {
  const TrainedModel m{Form::kMoe, 61, 7168, 2048, 18432, 14.8e12, 671e9, 37e9};
  const TrainedModel back = ModelAt(Form::kMoe, TraitsOf(m, 2024.5));
  EXPECT_NEAR(back.layers, 61, 1e-9);
  EXPECT_NEAR(back.ffn, 2048, 1e-9);
  EXPECT_NEAR(back.widest_ffn, 18432, 1e-8);
  EXPECT_NEAR(back.active_params, 37e9, 1);
  EXPECT_NEAR(back.tokens, 14.8e12, 1e3);
}

std::vector<ScoredRun> Published() {
  Inputs inputs;
  return ReadPublishedModels(inputs);
}

TEST(LearnPrior, KnowsWhatDenseModelsAre) {
  const StructurePrior prior = LearnPrior(Published());
  Gaussian dense = prior.of_kind[0];
  EXPECT_EQ(dense.mean[kTotalTrait], dense.mean[kActiveTrait]);
  EXPECT_EQ(dense.mean[kFfnTrait], dense.mean[kWidestTrait]);
  dense.Observe(Unit(kTotalTrait), std::log(70e9), 0);
  EXPECT_NEAR(dense.Deviation(kActiveTrait), 0, 1e-6);
  // Models of 70B have 80 layers of 8192.
  EXPECT_NEAR(std::exp(dense.mean[kLayersTrait]) / 80, 1, 0.2);
  EXPECT_NEAR(std::exp(dense.mean[kHiddenTrait]) / 8192, 1, 0.2);
}

TEST(LearnPrior, SeesMixturesOfExpertsRise) {
  const StructurePrior prior = LearnPrior(Published());
  EXPECT_LT(prior.MoeShare(2022), 0.05);
  EXPECT_GT(prior.MoeShare(2025.5), 0.3);
  const Traits& moe = prior.of_kind[1].mean;
  EXPECT_GT(moe[kTotalTrait] - moe[kActiveTrait], std::log(3));
}

// From models drawn from a distribution that distribution comes back.
TEST(LearnPrior, FindsWhatModelsWereDrawnFrom) {
  std::mt19937_64 random(1);
  std::normal_distribution<double> normal;
  std::vector<ScoredRun> runs;
  for (int i = 0; i < 4000; ++i) {
    const double date = 2024 + 0.5 * normal(random), size = 23 + 1.2 * normal(random);
    const bool moe = i % 10 == 0;
    Traits x{};
    x[kDateTrait] = date;
    x[kActiveTrait] = size;
    x[kTotalTrait] = size + (moe ? 2 + 0.3 * normal(random) : 0);
    x[kLayersTrait] = 3.8 + 0.3 * (size - 23) + 0.1 * normal(random);
    x[kHiddenTrait] = 8.5 + 0.35 * (size - 23) + 0.1 * normal(random);
    x[kWidestTrait] = x[kHiddenTrait] + 1.2 + 0.1 * normal(random);
    x[kFfnTrait] = x[kWidestTrait] - (moe ? 1 : 0);
    x[kTokensTrait] = 28.5 + (date - 2024) + 0.5 * normal(random);
    ScoredRun run;
    run.name = std::to_string(i);
    run.model = ModelAt(moe ? Form::kMoe : Form::kDense, x);
    run.mmlu = 60;
    run.recipe_date = date;
    runs.push_back(run);
  }
  const StructurePrior prior = LearnPrior(runs);
  const Gaussian& dense = prior.of_kind[0];
  EXPECT_NEAR(dense.mean[kTotalTrait], 23, 0.1);
  EXPECT_NEAR(dense.Deviation(kTotalTrait), 1.2, 0.15);
  EXPECT_NEAR(dense.Deviation(kTokensTrait), std::hypot(0.5, 0.5), 0.05);
  EXPECT_NEAR(dense.covariance[kTokensTrait][kDateTrait], 0.25, 0.03);
  EXPECT_NEAR(prior.of_kind[1].mean[kTotalTrait] - prior.of_kind[1].mean[kActiveTrait], 2, 0.1);
  EXPECT_NEAR(prior.MoeShare(2024), 0.1, 0.03);
}

TEST(LearnPrior, RefusesTooFewModels) {
  std::vector<ScoredRun> runs = Published();
  runs.resize(10);
  EXPECT_THROW(LearnPrior(runs), std::runtime_error);
}

// configs/priors/structures.json is what the published models teach.
TEST(StructuresFile, IsLearnedFromThePublishedModels) {
  Inputs inputs;
  const PriorFile file = LoadPrior(kDefaultPrior, inputs, "test", "prior");
  const StructurePrior learned = LearnPrior(Published());
  for (std::size_t kind = 0; kind < 2; ++kind) {
    for (std::size_t i = 0; i < kTraits; ++i) {
      EXPECT_NEAR(file.prior.of_kind[kind].mean[i], learned.of_kind[kind].mean[i], 1e-9);
      for (std::size_t j = 0; j < kTraits; ++j)
        EXPECT_NEAR(file.prior.of_kind[kind].covariance[i][j],
                    learned.of_kind[kind].covariance[i][j], 1e-9);
    }
  }
  EXPECT_NEAR(file.prior.moe_log_odds, learned.moe_log_odds, 1e-9);
  EXPECT_NEAR(file.prior.moe_log_odds_per_year, learned.moe_log_odds_per_year, 1e-9);
}

}  // namespace
}  // namespace perflaw
