// Least squares, linear and not: minimise |a x - y|^2, or a sum of squares of functions. The only place with Eigen's
// solvers; who sets up a problem needs no more of Eigen than its matrices.
#pragma once

#include <Eigen/Core>
#include <functional>
#include <memory>
#include <vector>

namespace perflaw {

using Matrix = Eigen::MatrixXd;
using Vector = Eigen::VectorXd;

// Of one matrix, rows >= columns, by a QR decomposition with column pivots.
class LeastSquares {
 public:
  // A column that the others explain but for less than `nothing` of the longest rest is lost; 0: but for rounding.
  explicit LeastSquares(const Matrix& a, double nothing = 0);
  ~LeastSquares();
  LeastSquares(const LeastSquares&) = delete;
  LeastSquares& operator=(const LeastSquares&) = delete;

  // Columns that the others explain.
  std::vector<Eigen::Index> Lost() const;
  // x of each column of y. Precondition of this and what follows: no column is lost, or only the fit a x is wanted.
  Matrix Solve(const Matrix& y) const;
  // An orthonormal basis of the columns that are not lost: rows x their number.
  Matrix Basis() const;
  // r with r r' = (a' a)^-1.
  Matrix RootOfInverse() const;

 private:
  struct Decomposition;
  std::unique_ptr<const Decomposition> decomposition_;
};

// a^-1 b of a symmetric, positive definite matrix, such as a covariance.
Vector SolveSymmetric(const Matrix& a, const Vector& b);
// (a' a)^-1. Precondition: the columns are independent.
Matrix InverseOfSquares(const Matrix& a);

// Fills the terms whose squares are summed, as many for every x.
using SquaredTerms = std::function<void(const Vector& x, Vector& terms)>;
// The x near `start` where the sum of squares of `count` terms is least, by Levenberg and Marquardt with central differences, to
// 1e-12 of itself. Precondition: count >= the size of x.
Vector MinimiseSquares(const SquaredTerms& residuals, Eigen::Index count, Vector start);

}  // namespace perflaw
