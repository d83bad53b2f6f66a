#include "search/statistics/least_squares.hpp"

#include <Eigen/Dense>
#include <unsupported/Eigen/NonLinearOptimization>
#include <unsupported/Eigen/NumericalDiff>

namespace perflaw {
namespace {

using Eigen::Index;

// As Eigen wants to see a function.
struct Terms {
  using Scalar = double;
  using InputType = Vector;
  using ValueType = Vector;
  using JacobianType = Matrix;
  enum { InputsAtCompileTime = Eigen::Dynamic, ValuesAtCompileTime = Eigen::Dynamic };

  const SquaredTerms* residuals;
  Index unknowns, count;

  int inputs() const { return static_cast<int>(unknowns); }
  int values() const { return static_cast<int>(count); }
  int operator()(const Vector& x, Vector& out) const {
    (*residuals)(x, out);
    return 0;
  }
};

}  // namespace

struct LeastSquares::Decomposition {
  Eigen::ColPivHouseholderQR<Matrix> qr;
};

LeastSquares::LeastSquares(const Matrix& a, double nothing) {
  Eigen::ColPivHouseholderQR<Matrix> qr(a);
  if (nothing > 0) qr.setThreshold(nothing);
  decomposition_ = std::make_unique<const Decomposition>(Decomposition{std::move(qr)});
}

LeastSquares::~LeastSquares() = default;

std::vector<Index> LeastSquares::Lost() const {
  const auto& qr = decomposition_->qr;
  std::vector<Index> lost;
  for (Index j = qr.rank(); j < qr.cols(); ++j) lost.push_back(qr.colsPermutation().indices()[j]);
  return lost;
}

Matrix LeastSquares::Solve(const Matrix& y) const { return decomposition_->qr.solve(y); }

Matrix LeastSquares::Basis() const {
  const auto& qr = decomposition_->qr;
  return qr.householderQ() * Matrix::Identity(qr.rows(), qr.rank());
}

Matrix LeastSquares::RootOfInverse() const {
  const auto& qr = decomposition_->qr;
  const Index k = qr.cols();
  const Matrix r_inverse =
      qr.matrixR().topLeftCorner(k, k).triangularView<Eigen::Upper>().solve(Matrix::Identity(k, k));
  return qr.colsPermutation() * r_inverse;
}

Vector SolveSymmetric(const Matrix& a, const Vector& b) { return a.ldlt().solve(b); }

Matrix InverseOfSquares(const Matrix& a) { return (a.transpose() * a).inverse(); }

Vector MinimiseSquares(const SquaredTerms& residuals, Index count, Vector start) {
  const Terms terms{&residuals, start.size(), count};
  Eigen::NumericalDiff<Terms, Eigen::Central> differentiated(terms);
  Eigen::LevenbergMarquardt<decltype(differentiated)> solver(differentiated);
  solver.parameters.maxfev = 10'000;
  solver.parameters.xtol = solver.parameters.ftol = 1e-12;
  solver.minimize(start);
  return start;
}

}  // namespace perflaw
