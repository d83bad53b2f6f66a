// What columns of numbers explain of another.
#pragma once

#include <cstddef>
#include <vector>

namespace perflaw {

using Column = std::vector<double>;

double Dot(const Column& a, const Column& b);

// Columns of one length made orthonormal; what adds nothing to the others is dropped. Without columns it explains nothing.
class Basis {
 public:
  Basis() = default;
  explicit Basis(const std::vector<Column>& columns);
  Column Rest(Column column) const;  // what of it the columns do not explain
  std::size_t Size() const { return columns_.size(); }

  // Of a column's square, under which a rest is rounding.
  static constexpr double kNothing = 1e-9;

 private:
  std::vector<Column> columns_;
};

}  // namespace perflaw
