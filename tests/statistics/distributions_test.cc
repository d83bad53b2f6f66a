#include "search/statistics/distributions.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "engine/law.hpp"

namespace perflaw {
namespace {

// Source: NIST/SEMATECH e-Handbook of Statistical Methods, 1.3.6.7.1 and 1.3.6.7.2.
TEST(Distributions, QuantilesAreThoseOfTheTables) {
  EXPECT_NEAR(NormalShareBelow(1.5), 0.93319, 5e-6);
  EXPECT_NEAR(NormalQuantile(0.975), 1.960, 5e-4);
  EXPECT_NEAR(StudentQuantile(0.025, 10), 2.228, 5e-4);
  EXPECT_NEAR(StudentQuantile(0.005, 4), 4.604, 5e-4);
}

// In closed form: with one degree of freedom Student's t is Cauchy's distribution.
TEST(Distributions, StudentsQuantileIsCauchysWithOneDegreeOfFreedom) {
  for (const double tail : {0.3, 0.05, 1e-3, 1e-6})
    EXPECT_NEAR(StudentQuantile(tail, 1) * std::tan(std::acos(-1) * tail), 1, 1e-12) << tail;
  EXPECT_NEAR(StudentQuantile(0.05, 1e9), kNormalQuantile95, 1e-7);
}

TEST(Distributions, QuantilesUndoShares) {
  EXPECT_DOUBLE_EQ(NormalQuantile(0.95), kNormalQuantile95);
  for (const double share : {1e-12, 0.001, 0.3, 0.5, 0.9, 0.999})
    EXPECT_NEAR(NormalShareBelow(NormalQuantile(share)) / share, 1, 1e-13) << share;
}

}  // namespace
}  // namespace perflaw
