#include "search/statistics/quantiles.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace perflaw {
namespace {

TEST(Sample, HasItsMomentsAndItsMiddle) {
  EXPECT_EQ(Mean({1, 2, 3, 4, 5}), 3);
  EXPECT_NEAR(StandardDeviation({1, 2, 3, 4, 5}), std::sqrt(2.5), 1e-12);
  EXPECT_EQ(Median({7, 1, 100}), 7);
  EXPECT_EQ(Median({9, 1, 100, 2}), 5.5);
}

TEST(QuantilesOf, WeighsValues) {
  std::vector<std::pair<double, double>> sample{{3, 1}, {1, 1}, {2, 8}};
  const Quantiles q = QuantilesOf(sample).value();
  EXPECT_EQ(q.q05, 1);
  EXPECT_EQ(q.q25, 2);
  EXPECT_EQ(q.q75, 2);
  EXPECT_EQ(q.q95, 3);
  std::vector<std::pair<double, double>> nothing{{3, 0}};
  EXPECT_FALSE(QuantilesOf(nothing).has_value());
}

}  // namespace
}  // namespace perflaw
