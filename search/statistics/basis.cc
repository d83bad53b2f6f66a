#include "search/statistics/basis.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "search/statistics/least_squares.hpp"

namespace perflaw {

double Dot(const Column& a, const Column& b) {
  return std::inner_product(a.begin(), a.end(), b.begin(), 0.0);
}

Basis::Basis(const std::vector<Column>& columns) {
  if (columns.empty()) return;
  const auto n = static_cast<Eigen::Index>(columns.front().size());
  Matrix a(n, static_cast<Eigen::Index>(columns.size()));
  // Of unit length, so that what is dropped does not depend on units.
  for (Eigen::Index j = 0; j < a.cols(); ++j) {
    a.col(j) = Vector::Map(columns[static_cast<std::size_t>(j)].data(), n);
    a.col(j) /= std::max(a.col(j).norm(), std::numeric_limits<double>::min());
  }
  const Matrix q = LeastSquares(a, std::sqrt(kNothing)).Basis();
  for (Eigen::Index j = 0; j < q.cols(); ++j)
    columns_.emplace_back(q.col(j).begin(), q.col(j).end());
}

Column Basis::Rest(Column column) const {
  for (const Column& q : columns_) {
    const double share = Dot(q, column);
    for (std::size_t i = 0; i < column.size(); ++i) column[i] -= share * q[i];
  }
  return column;
}

}  // namespace perflaw
