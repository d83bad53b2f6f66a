// Straight and bent courses through the residuals of training curves, by least squares.
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

namespace perflaw {

using Column = std::vector<double>;

// One score as the law sees it.
struct Sample {
  double log_tokens, expected, residual;  // residual = unbounded measured - raw at gamma 1
  std::size_t curve;                      // 0 the run, then the references
};

// Columns made orthogonal one by one; what is left of a column that adds nothing is dropped.
class Basis {
 public:
  Column Rest(Column column) const;  // what of it the columns do not explain
  void Add(const Column& column);
  std::size_t Size() const { return columns_.size(); }

  static constexpr double kNothing = 1e-9;

 private:
  std::vector<Column> columns_;
};

// The coefficient of `column` beside `basis`, and its error.
struct Effect {
  double value = 0, error = 0, sigma = 0, freedom = 1, squares = 0;
};
// Nothing where the basis explains the column, or there are too few scores. The error is widened where neighbouring
// scores stray together.
std::optional<Effect> Estimate(Basis basis, const Column& column, const Column& y,
                               const std::vector<Sample>& samples);

// Powers 0 to `degree` of the centred ln tokens. The law's own slope is off for real curves.
Basis Trend(const std::vector<Sample>& samples, int degree, bool with_constant);
// What so many points can bear.
int TrendDegree(std::size_t points);

Column Residuals(const std::vector<Sample>& samples);
double Mean(const Column& values);
double StandardDeviation(const Column& values);
// Of one score, from the number of MMLU's questions.
double BinomialSigma(const std::vector<Sample>& samples);

// t with P(T > t) = tail for Student's T. Range: 0 < tail < 0.5, freedom >= 1.
double StudentQuantile(double tail, double freedom);

}  // namespace perflaw
