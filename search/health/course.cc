#include "search/health/course.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "search/statistics/quantiles.hpp"

namespace perflaw {
namespace {

constexpr double kQuestions = 14042;  // of MMLU's test set
constexpr double kSlack =
    0.05;  // of ln tokens past a reference's end, where its last score still serves

// What a curve's value at t is made of: its scores at first <= i < end, and their weights.
std::vector<std::pair<std::size_t, double>> Neighbours(const std::vector<Sample>& curve,
                                                       std::size_t first, std::size_t end,
                                                       double t) {
  const auto begin = curve.begin() + static_cast<std::ptrdiff_t>(first);
  const auto past = curve.begin() + static_cast<std::ptrdiff_t>(end);
  const auto right = std::lower_bound(begin, past, t,
                                      [](const Sample& s, double at) { return s.log_tokens < at; });
  if (right == begin) return {{first, 1.0}};
  if (right == past) return {{end - 1, 1.0}};
  const auto at = static_cast<std::size_t>(right - curve.begin());
  const double share =
      (t - curve[at - 1].log_tokens) / (curve[at].log_tokens - curve[at - 1].log_tokens);
  return {{at - 1, 1 - share}, {at, share}};
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

double BinomialSigma(const std::vector<Sample>& samples) {
  double mean = 0;
  for (const Sample& s : samples)
    mean += std::clamp((s.expected + s.residual) / 100, 0.25, 0.99) / double(samples.size());
  return 100 * std::sqrt(mean * (1 - mean) / kQuestions);
}

Regression::Regression(Basis basis, const std::vector<Sample>& samples)
    : basis_(std::move(basis)),
      samples_(samples),
      rest_(basis_.Rest(Residuals(samples))),
      least_sigma_(BinomialSigma(samples)) {}

Regression::Regression(Basis basis, const Difference& difference)
    : Regression(std::move(basis), difference.run) {
  difference_ = &difference;
  for (const Difference::Share& share : difference.shares)
    variance_ += share.weight * share.weight / double(difference.run.size());
}

double Regression::ErrorBySharedScores(const Column& q, double sigma) const {
  Column of_score(difference_->scores);
  for (const Difference::Share& share : difference_->shares)
    of_score[share.score] += q[share.sample] * share.weight;
  return sigma * std::sqrt(Dot(q, q) + Dot(of_score, of_score)) / Dot(q, q);
}

std::optional<Effect> Regression::Of(const Column& column) const {
  const Column q = basis_.Rest(column);
  const double norm = Dot(q, q);
  if (!(norm > Basis::kNothing * Dot(column, column))) return std::nullopt;
  if (basis_.Size() + 1 >= rest_.size()) return std::nullopt;
  Effect effect;
  effect.value = Dot(q, rest_) / norm;
  Column rest = rest_;
  for (std::size_t i = 0; i < rest.size(); ++i) rest[i] -= effect.value * q[i];
  effect.squares = Dot(rest, rest);
  effect.freedom = double(rest.size() - basis_.Size() - 1);
  effect.sigma = std::max(std::sqrt(effect.squares / effect.freedom / variance_), least_sigma_);
  effect.error = effect.sigma * std::sqrt(variance_ / norm) * Persistence(rest, samples_);
  if (difference_ != nullptr)
    effect.error = std::max(effect.error, ErrorBySharedScores(q, effect.sigma));
  return effect;
}

Difference Beside(const std::vector<Sample>& run, const std::vector<Sample>& references) {
  Difference difference{run, {}, references.size()};
  Column missing(run.size()), covering(run.size()), levels;
  for (std::size_t first = 0, end = 0; first < references.size(); first = end) {
    while (end < references.size() && references[end].curve == references[first].curve) ++end;
    const bool only = first == 0 && end == references.size();
    Column of_this;
    std::vector<std::size_t> where;
    for (std::size_t i = 0; i < run.size(); ++i) {
      const double t = run[i].log_tokens;
      if (!only && (t < references[first].log_tokens - kSlack ||
                    t > references[end - 1].log_tokens + kSlack))
        continue;
      where.push_back(i);
      of_this.push_back(run[i].residual);
      for (const auto& [score, weight] : Neighbours(references, first, end, t)) {
        of_this.back() -= weight * references[score].residual;
        difference.shares.push_back({i, score, weight});
      }
    }
    if (where.empty()) continue;
    levels.push_back(Mean(of_this));
    for (std::size_t k = 0; k < where.size(); ++k) {
      missing[where[k]] += of_this[k] - levels.back();
      ++covering[where[k]];
    }
  }
  for (std::size_t i = 0; i < run.size(); ++i)
    difference.run[i].residual = Mean(levels) + missing[i] / std::max(1.0, covering[i]);
  for (Difference::Share& share : difference.shares) share.weight /= covering[share.sample];
  return difference;
}

Basis Trend(const std::vector<Sample>& samples, int degree, bool with_constant) {
  Column t, power(samples.size(), 1);
  double mean = 0;
  for (const Sample& s : samples) mean += s.log_tokens / double(samples.size());
  for (const Sample& s : samples) t.push_back(s.log_tokens - mean);
  const Basis ones({power});
  std::vector<Column> columns;
  if (with_constant) columns.push_back(power);
  for (int k = 1; k <= degree; ++k) {
    for (std::size_t i = 0; i < t.size(); ++i) power[i] *= t[i];
    // Free of the constant, so that the constant's coefficient stays the mean.
    columns.push_back(ones.Rest(power));
  }
  return Basis(columns);
}

int TrendDegree(std::size_t points) { return points >= 8 ? 2 : points >= 5 ? 1 : 0; }

Column Residuals(const std::vector<Sample>& samples) {
  Column y;
  for (const Sample& s : samples) y.push_back(s.residual);
  return y;
}

}  // namespace perflaw
