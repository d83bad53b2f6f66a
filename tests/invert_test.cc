#include "search/invert.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <boost/math/distributions/normal.hpp>
#include <random>

#include "search/io/run_file.hpp"
#include "search/kind_posterior.hpp"
#include "tests/inversion_cases.hpp"

namespace perflaw {
namespace {

const std::atomic<bool> kGoOn{false};

Inversion Posterior(const ClosedCase& closed, std::uint64_t seed = 0, int threads = 2) {
  InversionOptions options;
  options.seed = seed;
  options.threads = threads;
  return InvertPosterior(closed, options, kGoOn);
}

// A law of nothing but ln T: with a Gaussian prior the posterior of ln T is the textbook's.
TEST(InvertPosterior, IsTheTextbooksWhereTheLawIsLinear) {
  ClosedCase closed = OpenCase();
  closed.kind = Form::kDense;
  closed.law = Law();
  closed.gamma = 0;  // no discount
  closed.law.w = {0, 0, 0, 10};
  closed.law.b = 40;
  closed.law.log_saturation = 50;
  closed.law.sigma = 6;
  closed.score = Mmlu(70, 0);
  const Gaussian& prior = closed.prior.of_kind[0];
  const double variance = prior.covariance[kTokensTrait][kTokensTrait];
  const double middle = prior.mean[kTokensTrait];
  const double seen = std::log(1e12) + (70 - 40) / 10.0, noise = 0.36;
  const double mean = (middle / variance + seen / noise) / (1 / variance + 1 / noise);
  const double deviation = 1 / std::sqrt(1 / variance + 1 / noise);
  const Quantiles q = Of(Posterior(closed), Quantity::kTokens);
  const boost::math::normal expected(mean, deviation);
  EXPECT_NEAR(std::log(q.q05), quantile(expected, 0.05), 0.01);
  EXPECT_NEAR(std::log(q.q25), quantile(expected, 0.25), 0.005);
  EXPECT_NEAR(std::log(q.q50), mean, 0.005);
  EXPECT_NEAR(std::log(q.q95), quantile(expected, 0.95), 0.01);
}

// A range cuts the prior off: the share of a truncated normal.
TEST(InvertPosterior, StaysInRanges) {
  ClosedCase closed = OpenCase();
  closed.kind = Form::kDense;
  const Gaussian& prior = closed.prior.of_kind[0];
  const double middle = prior.mean[kTotalTrait], deviation = prior.Deviation(kTotalTrait);
  closed.known[kTotalTrait] = Bounds{middle, middle + deviation};
  const Quantiles q = Of(Posterior(closed), Quantity::kTotalParams);
  const boost::math::normal standard;
  const double share = cdf(standard, 1.0) - 0.5;
  EXPECT_NEAR(std::log(q.q50), middle + deviation * quantile(standard, 0.5 + share / 2),
              0.01 * deviation);
  EXPECT_GE(std::log(q.q05), middle);
  EXPECT_LE(std::log(q.q95), middle + deviation);
}

// Against draws from the prior by another generator, weighed by the likelihood alone, with no tangent.
TEST(InvertPosterior, IsWhatPlainWeighingFinds) {
  ClosedCase closed = OpenCase("performance-law-2024");
  closed.kind = Form::kDense;
  closed.score = Mmlu(75);
  const KindPosterior kind(closed, Form::kDense);
  const Factor f = FactorOf(kind.gaussian(), {});
  std::mt19937_64 random(1);
  std::normal_distribution<double> normal;
  std::vector<std::pair<double, double>> weighted;
  double total = 0;
  for (int n = 0; n < 400'000; ++n) {
    Traits z, x;
    for (double& v : z) v = normal(random);
    for (std::size_t i = 0; i < kTraits; ++i) {
      x[f.order[i]] = f.mean[f.order[i]];
      for (std::size_t j = 0; j <= i; ++j) x[f.order[i]] += f.rows[i][j] * z[j];
    }
    const double misfit = (kind.Raw(x) - kind.TargetRaw()) / kind.Sigma();
    weighted.emplace_back(std::exp(x[kTotalTrait]), std::exp(-misfit * misfit / 2));
    total += weighted.back().second;
  }
  std::sort(weighted.begin(), weighted.end());
  const Quantiles q = Of(Posterior(closed), Quantity::kTotalParams);
  double sum = 0;
  std::size_t i = 0;
  for (const auto& [share, found] :
       {std::pair(0.05, q.q05), {0.25, q.q25}, {0.5, q.q50}, {0.75, q.q75}, {0.95, q.q95}}) {
    while (sum < share * total) sum += weighted[i++].second;
    EXPECT_NEAR(found / weighted[i - 1].first, 1, 0.03) << share;
  }
}

bool SameBytes(const Inversion& a, const Inversion& b) {
  for (std::size_t i = 0; i < kQuantities; ++i) {
    if (a.posterior[i].has_value() != b.posterior[i].has_value()) return false;
    if (a.posterior[i] &&
        (a.posterior[i]->q05 != b.posterior[i]->q05 || a.posterior[i]->q95 != b.posterior[i]->q95))
      return false;
  }
  for (std::size_t i = 0; i < a.modes.size(); ++i)
    if (a.modes[i].model.tokens != b.modes.at(i).model.tokens) return false;
  for (std::size_t i = 0; i < a.ranges.size(); ++i)
    if (a.ranges[i].lo != b.ranges.at(i).lo || a.ranges[i].hi != b.ranges.at(i).hi) return false;
  return a.moe_share == b.moe_share && a.effective_draws == b.effective_draws;
}

TEST(Invert, DependsOnNoNumberOfThreads) {
  ClosedCase closed = OpenCase();
  closed.score = Mmlu(78);
  InversionOptions options;
  options.draws = 1 << 14;
  const Inversion one = Invert(closed, options, kGoOn);
  for (const int threads : {1, 2, 3, 8}) {
    options.threads = threads;
    EXPECT_TRUE(SameBytes(one, Invert(closed, options, kGoOn))) << threads;
  }
}

TEST(InvertPosterior, IsStableBetweenSeeds) {
  ClosedCase closed = OpenCase();
  closed.score = Mmlu(78);
  const Inversion first = Posterior(closed, 0);
  for (const std::uint64_t seed : {1u, 2u, 3u}) {
    const Inversion other = Posterior(closed, seed);
    for (const Quantity quantity : {Quantity::kTotalParams, Quantity::kLayers, Quantity::kHidden,
                                    Quantity::kTokens, Quantity::kTrainFlops}) {
      const Quantiles a = Of(first, quantity), b = Of(other, quantity);
      EXPECT_NEAR(b.q05 / a.q05, 1, 0.02) << QuantityName(quantity);
      EXPECT_NEAR(b.q50 / a.q50, 1, 0.02) << QuantityName(quantity);
      EXPECT_NEAR(b.q95 / a.q95, 1, 0.02) << QuantityName(quantity);
    }
    EXPECT_NEAR(other.moe_share, first.moe_share, 0.02);
  }
}

TEST(Invert, WithoutEvidenceSaysThatNothingIsIdentified) {
  InversionOptions options;
  options.threads = 2;
  const Inversion inversion = Invert(OpenCase(), options, kGoOn);
  for (std::size_t i = 0; i < kQuantities; ++i) {
    if (static_cast<Quantity>(i) == Quantity::kMmlu || !inversion.posterior[i]) continue;
    const bool date = static_cast<Quantity>(i) == Quantity::kReleased;
    EXPECT_NEAR(Identified(*inversion.posterior[i], *inversion.prior[i], !date), 0, 0.03)
        << QuantityName(static_cast<Quantity>(i));
  }
  EXPECT_TRUE(inversion.conflicts.empty());
}

bool Blames(const Inversion& inversion, const std::string& evidence) {
  return std::any_of(inversion.conflicts.begin(), inversion.conflicts.end(),
                     [&](const Conflict& c) { return c.evidence == evidence; });
}

TEST(Invert, SaysWhatContradicts) {
  InversionOptions options;
  options.threads = 2;
  options.draws = 1 << 13;
  ClosedCase closed = OpenCase();
  closed.score = Mmlu(92);
  closed.known[kTotalTrait] = Exactly(1e9);
  Inversion inversion = Invert(closed, options, kGoOn);
  EXPECT_TRUE(Blames(inversion, "mmlu"));
  EXPECT_TRUE(Blames(inversion, "total_params"));

  closed.score = Mmlu(79);
  closed.known[kTotalTrait] = Exactly(70e9);
  inversion = Invert(closed, options, kGoOn);
  EXPECT_TRUE(inversion.conflicts.empty());

  SoftEvidence size{"size", {}, std::log(20e12), 0.8};
  size.coefficients[kTotalTrait] = 1;
  closed.soft.push_back(size);
  inversion = Invert(closed, options, kGoOn);
  EXPECT_TRUE(Blames(inversion, "size"));
}

// What is true of a published model hardly ever counts as a contradiction.
TEST(Invert, SeldomBlamesTheTruth) {
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
    closed.known[kDateTrait] = Bounds{*run.recipe_date, *run.recipe_date};
    blamed += Invert(closed, options, kGoOn).conflicts.empty() ? 0 : 1;
  }
  ASSERT_GT(models / 4, 15);
  EXPECT_LE(blamed, 2);
}

}  // namespace
}  // namespace perflaw
