#include "search/curve_fit.hpp"

#include <algorithm>
#include <boost/math/distributions/students_t.hpp>
#include <cmath>
#include <numeric>
#include <utility>

namespace perflaw {
namespace {

constexpr double kQuestions = 14042;  // of MMLU's test set

double Dot(const Column& a, const Column& b) {
  return std::inner_product(a.begin(), a.end(), b.begin(), 0.0);
}

// How much wider a mean's error is than for independent scores: 1 unless neighbours' rests agree more than
// chance would let them.
double Persistence(const Column& rest, const std::vector<Sample>& samples) {
  double product = 0;
  for (std::size_t i = 1; i < rest.size(); ++i) {
    if (samples[i].curve == samples[i - 1].curve) product += rest[i] * rest[i - 1];
  }
  const double square = Dot(rest, rest);
  const double correlation = square > 0 ? std::min(0.95, product / square) : 0;
  if (correlation < 2 / std::sqrt(double(rest.size()))) return 1;
  return std::sqrt((1 + correlation) / (1 - correlation));
}

}  // namespace

Column Basis::Rest(Column column) const {
  for (const Column& q : columns_) {
    const double share = Dot(q, column) / Dot(q, q);
    for (std::size_t i = 0; i < column.size(); ++i) column[i] -= share * q[i];
  }
  return column;
}

void Basis::Add(const Column& column) {
  Column rest = Rest(column);
  if (Dot(rest, rest) > kNothing * Dot(column, column)) columns_.push_back(std::move(rest));
}

double BinomialSigma(const std::vector<Sample>& samples) {
  double mean = 0;
  for (const Sample& s : samples)
    mean += std::clamp((s.expected + s.residual) / 100, 0.25, 0.99) / double(samples.size());
  return 100 * std::sqrt(mean * (1 - mean) / kQuestions);
}

std::optional<Effect> Estimate(Basis basis, const Column& column, const Column& y,
                               const std::vector<Sample>& samples) {
  const Column q = basis.Rest(column);
  const double norm = Dot(q, q);
  if (!(norm > Basis::kNothing * Dot(column, column))) return std::nullopt;
  basis.Add(column);
  if (basis.Size() >= y.size()) return std::nullopt;
  Effect effect;
  effect.value = Dot(q, y) / norm;
  const Column rest = basis.Rest(y);
  effect.squares = Dot(rest, rest);
  effect.freedom = double(y.size() - basis.Size());
  effect.sigma = std::max(std::sqrt(effect.squares / effect.freedom), BinomialSigma(samples));
  effect.error = effect.sigma / std::sqrt(norm) * Persistence(rest, samples);
  return effect;
}

Basis Trend(const std::vector<Sample>& samples, int degree, bool with_constant) {
  Column t, power(samples.size(), 1);
  double mean = 0;
  for (const Sample& s : samples) mean += s.log_tokens / double(samples.size());
  for (const Sample& s : samples) t.push_back(s.log_tokens - mean);
  Basis ones, basis;
  ones.Add(power);
  if (with_constant) basis.Add(power);
  for (int k = 1; k <= degree; ++k) {
    for (std::size_t i = 0; i < t.size(); ++i) power[i] *= t[i];
    // Free of the constant, so that the constant's coefficient stays the mean.
    basis.Add(ones.Rest(power));
  }
  return basis;
}

int TrendDegree(std::size_t points) { return points >= 8 ? 2 : points >= 5 ? 1 : 0; }

Column Residuals(const std::vector<Sample>& samples) {
  Column y;
  for (const Sample& s : samples) y.push_back(s.residual);
  return y;
}

double Mean(const Column& values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / double(values.size());
}

double StandardDeviation(const Column& values) {
  double sum = 0;
  for (const double v : values) sum += (v - Mean(values)) * (v - Mean(values));
  return std::sqrt(sum / double(values.size() - 1));
}

double StudentQuantile(double tail, double freedom) {
  return boost::math::quantile(
      boost::math::complement(boost::math::students_t_distribution<double>(freedom), tail));
}

}  // namespace perflaw
