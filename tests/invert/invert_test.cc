#include "search/invert/invert.hpp"

#include <gtest/gtest.h>

#include <boost/math/distributions/normal.hpp>

#include "search/base/error.hpp"
#include "tests/invert/inversion_cases.hpp"

namespace perflaw {
namespace {

Control go_on;

Inversion Posterior(const ClosedCase& closed, std::uint64_t seed = 0, int threads = 2) {
  InversionOptions options;
  options.seed = seed;
  options.threads = threads;
  return InvertPosterior(closed, options, go_on);
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
  closed.known[kTotalTrait] = Limits{middle, middle + deviation};
  const Quantiles q = Of(Posterior(closed), Quantity::kTotalParams);
  const boost::math::normal standard;
  const double share = cdf(standard, 1.0) - 0.5;
  EXPECT_NEAR(std::log(q.q50), middle + deviation * quantile(standard, 0.5 + share / 2),
              0.01 * deviation);
  EXPECT_GE(std::log(q.q05), middle);
  EXPECT_LE(std::log(q.q95), middle + deviation);
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
  const Inversion one = Invert(closed, options, go_on);
  for (const int threads : {1, 2, 3, 8}) {
    options.threads = threads;
    EXPECT_TRUE(SameBytes(one, Invert(closed, options, go_on))) << threads;
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
  const Inversion inversion = Invert(OpenCase(), options, go_on);
  for (std::size_t i = 0; i < kQuantities; ++i) {
    if (static_cast<Quantity>(i) == Quantity::kMmlu || !inversion.posterior[i]) continue;
    const bool date = static_cast<Quantity>(i) == Quantity::kReleased;
    EXPECT_NEAR(Identified(*inversion.posterior[i], *inversion.prior[i], !date), 0, 0.03)
        << QuantityName(static_cast<Quantity>(i));
  }
  EXPECT_TRUE(inversion.conflicts.empty());
}

TEST(Invert, StoppedItSaysSoAndMakesNothingUp) {
  ClosedCase closed = OpenCase();
  closed.score = Mmlu(78);
  Control control;
  control.stop = true;
  const Inversion inversion = Invert(closed, {}, control);
  EXPECT_EQ(inversion.status, Status::kInterrupted);
  EXPECT_TRUE(std::isnan(inversion.moe_share));
  for (const auto& quantiles : inversion.posterior) EXPECT_FALSE(quantiles);
  EXPECT_TRUE(inversion.structures.empty() && inversion.sample.empty());
  EXPECT_TRUE(inversion.modes.empty() && inversion.ranges.empty() && inversion.conflicts.empty());
  EXPECT_EQ(Posterior(closed, 0).status, Status::kOptimal);
}

TEST(InversionOptions, NameWhatTheyDoNotTake) {
  const auto refusal = [](const InversionOptions& options) -> std::string {
    try {
      Check(options);
    } catch (const InputError& error) {
      return error.what();
    }
    return "";
  };
  EXPECT_EQ(refusal({}), "");
  EXPECT_EQ(refusal({0, 0, 256}), "inversion options: threads = 0: must be at least 1");
  EXPECT_EQ(refusal({1, 0, 0}), "inversion options: draws = 0: must be from 1 to 16777216");
  EXPECT_EQ(refusal({1, 0, kMostInversionDraws + 1}),
            "inversion options: draws = 16777217: must be from 1 to 16777216");
  EXPECT_THROW(Invert(OpenCase(), {1, 0, -5}, go_on), InputError);
}

}  // namespace
}  // namespace perflaw
