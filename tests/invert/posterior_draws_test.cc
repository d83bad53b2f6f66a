#include "search/invert/posterior_draws.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <numeric>
#include <random>
#include <thread>

#include "tests/invert/inversion_cases.hpp"

namespace perflaw {
namespace {

// Against draws from the prior by another generator, weighed by the likelihood alone, with no tangent.
TEST(DrawAll, FindsWhatPlainWeighingFinds) {
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
  const Draws draws = DrawAll(closed, true, {2, 0, 1 << 17}, kGoOn);
  std::vector<std::pair<double, double>> drawn;
  for (std::size_t i = 0; i < draws.traits.size(); ++i)
    drawn.emplace_back(std::exp(draws.traits[i][kTotalTrait]), draws.weight[i]);
  const Quantiles q = QuantilesOf(drawn).value();
  double sum = 0;
  std::size_t i = 0;
  for (const auto& [share, found] :
       {std::pair(0.05, q.q05), {0.25, q.q25}, {0.5, q.q50}, {0.75, q.q75}, {0.95, q.q95}}) {
    while (sum < share * total) sum += weighted[i++].second;
    EXPECT_NEAR(found / weighted[i - 1].first, 1, 0.03) << share;
  }
}

TEST(DrawAll, KeepsRangesAndNeverActivatesMoreThanThereIs) {
  ClosedCase closed = OpenCase();
  closed.score = Mmlu(75);
  closed.known[kTotalTrait] = Limits{std::log(20e9), std::log(30e9)};
  closed.known[kActiveTrait] = Limits{std::log(15e9), std::log(100e9)};
  const Draws draws = DrawAll(closed, true, {1, 0, 1 << 12}, kGoOn);
  double total = 0;
  for (std::size_t i = 0; i < draws.traits.size(); ++i) {
    if (draws.weight[i] == 0) continue;
    const Traits& x = draws.traits[i];
    total += draws.weight[i];
    EXPECT_GE(x[kTotalTrait], closed.known[kTotalTrait]->lo - 1e-6);
    EXPECT_LE(x[kTotalTrait], closed.known[kTotalTrait]->hi + 1e-6);
    EXPECT_LE(x[kActiveTrait], x[kTotalTrait] + 1e-9);
    if (draws.IsMoe(i)) continue;
    EXPECT_NEAR(x[kActiveTrait], x[kTotalTrait], 1e-9);
  }
  EXPECT_GT(total, 0);
}

// Whenever it comes.
TEST(DrawAll, AStopLeavesAsManyDrawsOfEachKind) {
  ClosedCase closed = OpenCase();
  closed.score = Mmlu(75);
  for (const int milliseconds : {0, 1, 3, 10, 30}) {
    std::atomic<bool> stop{false};
    std::thread stopper([&] {
      std::this_thread::sleep_for(std::chrono::milliseconds(milliseconds));
      stop = true;
    });
    const Draws draws = DrawAll(closed, true, {3, 0, 1 << 19}, stop);
    stopper.join();
    std::size_t drawn[2] = {0, 0};
    for (std::size_t i = 0; i < draws.traits.size(); ++i) {
      const bool made = draws.traits[i][kDateTrait] != 0;
      drawn[draws.IsMoe(i) ? 1 : 0] += made ? 1 : 0;
      if (!made) {
        EXPECT_EQ(draws.weight[i], 0);
      }
    }
    EXPECT_EQ(drawn[0], drawn[1]) << milliseconds;
  }
}

TEST(EquallyWeighted, StandsForTheWeightsToWithinOneDraw) {
  Draws draws;
  std::mt19937_64 random(3);
  std::exponential_distribution<double> weight;
  for (int i = 0; i < 500; ++i) draws.weight.push_back(i % 7 == 0 ? 0 : weight(random));
  constexpr std::size_t kPlaces = 400;
  const std::vector<std::size_t> places = EquallyWeighted(draws, kPlaces);
  ASSERT_EQ(places.size(), kPlaces);
  EXPECT_TRUE(std::is_sorted(places.begin(), places.end()));
  // Any run of draws is as heavy as its share of the places.
  for (std::size_t end = 1; end <= draws.weight.size(); ++end) {
    const double share =
        std::accumulate(draws.weight.begin(),
                        draws.weight.begin() + static_cast<std::ptrdiff_t>(end), 0.0) /
        draws.Total();
    const auto held = std::count_if(places.begin(), places.end(), [&](auto p) { return p < end; });
    EXPECT_NEAR(static_cast<double>(held), share * kPlaces, 1) << end;
    if (draws.weight[end - 1] == 0) {
      EXPECT_EQ(std::count(places.begin(), places.end(), end - 1), 0);
    }
  }
}

TEST(EquallyWeighted, IsNothingWhereAllWeightsAreZero) {
  Draws draws;
  draws.weight = {0, 0};
  EXPECT_TRUE(EquallyWeighted(draws, 10).empty());
  EXPECT_TRUE(EquallyWeighted(Draws{}, 10).empty());
}

TEST(EffectiveDraws, CountsWeights) {
  Draws draws;
  draws.weight = {1, 1, 1, 1};
  EXPECT_DOUBLE_EQ(EffectiveDraws(draws), 4);
  draws.weight = {1, 0, 0, 0};
  EXPECT_DOUBLE_EQ(EffectiveDraws(draws), 1);
}

}  // namespace
}  // namespace perflaw
