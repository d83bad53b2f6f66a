#include "search/statistics/least_squares.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace perflaw {
namespace {

// 1 and x at x = 0 to 3.
Matrix LineMatrix() {
  Matrix a(4, 2);
  a << 1, 0, 1, 1, 1, 2, 1, 3;
  return a;
}

// By hand: a'a = {{4, 6}, {6, 14}}, a'y = {13, 28}.
TEST(LeastSquares, SolvesTheNormalEquations) {
  const LeastSquares squares(LineMatrix());
  Matrix y(4, 2);
  y << 1, 2, 2, 4, 4, 6, 6, 8;
  const Matrix x = squares.Solve(y);
  EXPECT_NEAR(x(0, 0), 0.7, 1e-14);
  EXPECT_NEAR(x(1, 0), 1.7, 1e-14);
  EXPECT_NEAR(x(0, 1), 2, 1e-14);
  EXPECT_NEAR(x(1, 1), 2, 1e-14);
  EXPECT_TRUE(squares.Lost().empty());
  const Matrix root = squares.RootOfInverse();
  Matrix inverse(2, 2);
  inverse << 0.7, -0.3, -0.3, 0.2;
  EXPECT_LT((root * root.transpose() - inverse).norm(), 1e-14);
  EXPECT_LT((InverseOfSquares(LineMatrix()) - inverse).norm(), 1e-14);
  const Matrix q = squares.Basis();
  EXPECT_LT((q.transpose() * q - Matrix::Identity(2, 2)).norm(), 1e-14);
  EXPECT_LT((q * q.transpose() * LineMatrix() - LineMatrix()).norm(), 1e-13);
}

TEST(LeastSquares, NamesAColumnThatTheOthersExplain) {
  Matrix a(4, 3);
  a << LineMatrix(), LineMatrix().col(0) * 2;
  const LeastSquares squares(a);
  ASSERT_EQ(squares.Lost().size(), 1u);
  EXPECT_EQ(squares.Lost().front() % 2, 0);  // one of the two that are alike
  EXPECT_EQ(squares.Basis().cols(), 2);
  a(3, 2) += 1e-7;
  EXPECT_TRUE(LeastSquares(a).Lost().empty());
  EXPECT_EQ(LeastSquares(a, 1e-6).Lost().size(), 1u);
}

TEST(LeastSquares, SolvesWithACovariance) {
  Matrix a(2, 2);
  a << 4, 6, 6, 14;
  const Vector x = SolveSymmetric(a, Vector(Eigen::Vector2d(13, 28)));
  EXPECT_NEAR(x[0], 0.7, 1e-14);
  EXPECT_NEAR(x[1], 1.7, 1e-14);
}

// Rosenbrock's valley, which is a sum of squares with its minimum at (1, 1).
TEST(MinimiseSquares, FollowsACurvedValley) {
  const Vector x = MinimiseSquares(
      [](const Vector& at, Vector& terms) {
        terms[0] = 10 * (at[1] - at[0] * at[0]);
        terms[1] = 1 - at[0];
      },
      2, Vector(Eigen::Vector2d(-1.2, 1)));
  EXPECT_NEAR(x[0], 1, 1e-9);
  EXPECT_NEAR(x[1], 1, 1e-9);
}

}  // namespace
}  // namespace perflaw
