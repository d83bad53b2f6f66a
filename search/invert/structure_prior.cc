#include "search/invert/structure_prior.hpp"

#include <cmath>
#include <limits>
#include <numbers>
#include <stdexcept>

#include "search/statistics/least_squares.hpp"

namespace perflaw {
namespace {

using Eigen::Index;

// In the layers and width of a mixture of experts what it activates counts more than what it holds: ln e = ln A + kHeld ln(S/A).
constexpr double kHeld = 0.25;
constexpr double kBaseYear = 2024;

// What is regressed on date and kind, for both kinds alike.
enum Common { kEquivalent, kLayers, kHidden, kWidest, kTokens, kCommon };

double Sparsity(const Traits& x) { return x[kTotalTrait] - x[kActiveTrait]; }

struct Sample {
  Matrix common;                             // runs x kCommon
  Matrix design;                             // 1, date, whether a MoE
  Vector date;                               // years since kBaseYear
  std::vector<double> sparsity, narrowness;  // of mixtures of experts: ln(S/A), ln(d'/d)
};

Sample SampleOf(const std::vector<ScoredRun>& runs) {
  std::vector<const ScoredRun*> taught;
  for (const ScoredRun& run : runs) {
    if (run.distilled || run.mmlu < kTellingScore || !run.recipe_date) continue;
    taught.push_back(&run);
  }
  const auto n = static_cast<Index>(taught.size());
  Sample s{Matrix(n, kCommon), Matrix(n, 3), Vector(n), {}, {}};
  for (Index i = 0; i < n; ++i) {
    const ScoredRun& run = *taught[static_cast<std::size_t>(i)];
    const Traits x = TraitsOf(run.model, *run.recipe_date);
    const bool moe = run.model.form == Form::kMoe;
    s.date[i] = *run.recipe_date - kBaseYear;
    s.common.row(i) << x[kActiveTrait] + kHeld * Sparsity(x), x[kLayersTrait], x[kHiddenTrait],
        x[kWidestTrait], x[kTokensTrait];
    s.design.row(i) << 1, s.date[i], moe ? 1 : 0;
    if (!moe) continue;
    s.sparsity.push_back(Sparsity(x));
    s.narrowness.push_back(x[kWidestTrait] - x[kFfnTrait]);
  }
  return s;
}

struct Spread {
  double mean = 0, variance = 0;
};
Spread SpreadOf(const Vector& values) {
  Spread s;
  s.mean = values.mean();
  s.variance = (values.array() - s.mean).square().sum() / static_cast<double>(values.size() - 1);
  return s;
}
Spread SpreadOf(const std::vector<double>& values) {
  return SpreadOf(Vector(Vector::Map(values.data(), static_cast<Index>(values.size()))));
}

// ln(S/A) of mixtures of experts by least squares on the date: they grow sparser.
struct SparsityTrend {
  double at_base = 0, per_year = 0, variance = 0;
};
SparsityTrend TrendOf(const Sample& s) {
  const auto n = static_cast<Index>(s.sparsity.size());
  Matrix x(n, 2);
  for (Index i = 0, run = 0; run < s.date.size(); ++run)
    if (s.design(run, 2) > 0) x.row(i++) << 1, s.date[run];
  const Vector y = Vector::Map(s.sparsity.data(), n);
  const Vector line = LeastSquares(x).Solve(y);
  return {line[0], line[1], (y - x * line).squaredNorm() / static_cast<double>(n - 2)};
}

// Newton's method on the likelihood, the slope held to 0 with a standard deviation of 1 a year.
void LearnShare(const Sample& s, StructurePrior& prior) {
  Eigen::Vector2d c = Eigen::Vector2d::Zero();
  constexpr int kRounds = 30;
  for (int round = 0; round < kRounds; ++round) {
    Eigen::Vector2d gradient(0, -c[1]);
    Eigen::Matrix2d curvature = Eigen::Vector2d(0, 1).asDiagonal();
    for (Index i = 0; i < s.date.size(); ++i) {
      const Eigen::Vector2d x(1, s.date[i]);
      const double p = 1 / (1 + std::exp(-c.dot(x)));
      gradient += (s.design(i, 2) - p) * x;
      curvature += p * (1 - p) * x * x.transpose();
    }
    c += SolveSymmetric(curvature, gradient);
  }
  prior.moe_log_odds = c[0];
  prior.moe_log_odds_per_year = c[1];
}

// The Gaussian of mean + map . latent, latent of this mean and covariance.
Gaussian Mapped(const Matrix& map, const Vector& mean, const Matrix& covariance) {
  const Vector m = map * mean;
  const Matrix product = map * covariance * map.transpose();
  const Matrix c = (product + product.transpose()) / 2;  // to the last bit
  Gaussian g;
  for (std::size_t i = 0; i < kTraits; ++i) {
    g.mean[i] = m[static_cast<Index>(i)];
    for (std::size_t j = 0; j < kTraits; ++j)
      g.covariance[i][j] = c(static_cast<Index>(i), static_cast<Index>(j));
  }
  return g;
}

// From the latent traits, those in common and then date, sparsity and narrowness, to the traits.
Matrix MapOf(Form form) {
  constexpr Index kDate = kCommon, kSparsity = kCommon + 1, kNarrowness = kCommon + 2;
  Matrix map = Matrix::Zero(kTraits, kCommon + 3);
  map(kDateTrait, kDate) = 1;
  map(kTotalTrait, kEquivalent) = map(kActiveTrait, kEquivalent) = 1;
  map(kLayersTrait, kLayers) = map(kHiddenTrait, kHidden) = map(kTokensTrait, kTokens) = 1;
  map(kWidestTrait, kWidest) = map(kFfnTrait, kWidest) = 1;
  if (form == Form::kMoe) {
    map(kTotalTrait, kSparsity) = 1 - kHeld;
    map(kActiveTrait, kSparsity) = -kHeld;
    map(kFfnTrait, kNarrowness) = -1;
  }
  return map;
}

}  // namespace

std::string_view TraitName(std::size_t trait) {
  constexpr std::string_view kNames[] = {"released", "total_params",  "active_params", "layers",
                                         "hidden",   "activated_ffn", "ffn",           "tokens"};
  return kNames[trait];
}

Traits TraitsOf(const TrainedModel& m, double date) {
  return {date,
          std::log(m.total_params),
          std::log(m.active_params),
          std::log(m.layers),
          std::log(m.hidden),
          std::log(m.widest_ffn),
          std::log(m.ffn),
          std::log(m.tokens)};
}

TrainedModel ModelAt(Form form, const Traits& x) {
  TrainedModel m;
  m.form = form;
  m.total_params = std::exp(x[kTotalTrait]);
  m.active_params = std::exp(x[kActiveTrait]);
  m.layers = std::exp(x[kLayersTrait]);
  m.hidden = std::exp(x[kHiddenTrait]);
  m.widest_ffn = std::exp(x[kWidestTrait]);
  m.ffn = std::exp(x[kFfnTrait]);
  m.tokens = std::exp(x[kTokensTrait]);
  return m;
}

bool CanBeBuilt(Form form, const Traits& x) {
  constexpr double kRounding = 1e-6;
  return form == Form::kDense || (x[kActiveTrait] <= x[kTotalTrait] + kRounding &&
                                  x[kFfnTrait] <= x[kWidestTrait] + kRounding);
}

double Gaussian::Deviation(std::size_t trait) const {
  return std::sqrt(std::max(covariance[trait][trait], 0.0));
}

double Gaussian::Observe(const Traits& coefficients, double value, double sigma) {
  Traits with{};  // the covariance of each trait with what is observed
  double expected = 0, variance = sigma * sigma;
  for (std::size_t i = 0; i < kTraits; ++i) {
    expected += coefficients[i] * mean[i];
    for (std::size_t j = 0; j < kTraits; ++j) with[i] += covariance[i][j] * coefficients[j];
    variance += coefficients[i] * with[i];
  }
  const double surprise = value - expected;
  constexpr double kCertain = 1e-9, kSame = 1e-6;
  if (variance < kCertain) {
    return std::abs(surprise) < kSame ? 0 : -std::numeric_limits<double>::infinity();
  }
  for (std::size_t i = 0; i < kTraits; ++i) {
    mean[i] += with[i] / variance * surprise;
    for (std::size_t j = 0; j < kTraits; ++j) covariance[i][j] -= with[i] * with[j] / variance;
  }
  return -0.5 * (surprise * surprise / variance + std::log(2 * std::numbers::pi * variance));
}

double StructurePrior::MoeShare(double date) const {
  return 1 / (1 + std::exp(-(moe_log_odds + moe_log_odds_per_year * (date - kBaseYear))));
}

StructurePrior LearnPrior(const std::vector<ScoredRun>& runs) {
  const Sample s = SampleOf(runs);
  const Index n = s.date.size();
  constexpr Index kLeastRuns = 20;
  constexpr std::size_t kLeastMoe = 3;
  if (n < kLeastRuns || s.sparsity.size() < kLeastMoe)
    throw std::runtime_error(
        "a prior needs 20 dated runs above 35 MMLU, 3 of them mixtures of experts");
  const Matrix slopes = LeastSquares(s.design).Solve(s.common);
  const Matrix residual = s.common - s.design * slopes;
  const Matrix scatter = residual.transpose() * residual / static_cast<double>(n - s.design.cols());

  StructurePrior prior;
  LearnShare(s, prior);
  const Spread date = SpreadOf(s.date);
  const SparsityTrend sparsity = TrendOf(s);
  const Spread narrowness = SpreadOf(s.narrowness);
  for (const Form form : {Form::kDense, Form::kMoe}) {
    Vector mean(kCommon + 3);
    mean.head(kCommon) =
        slopes.transpose() * Eigen::Vector3d(1, date.mean, form == Form::kMoe ? 1 : 0);
    mean.tail(3) << kBaseYear + date.mean, sparsity.at_base + sparsity.per_year * date.mean,
        narrowness.mean;
    const Vector trend = slopes.row(1).transpose();
    Matrix covariance = Matrix::Zero(kCommon + 3, kCommon + 3);
    covariance.topLeftCorner(kCommon, kCommon) =
        scatter + trend * trend.transpose() * date.variance;
    covariance.col(kCommon).head(kCommon) = trend * date.variance;
    covariance.row(kCommon).head(kCommon) = trend.transpose() * date.variance;
    const double moves = sparsity.per_year * date.variance;
    covariance.diagonal().tail(3) << date.variance, sparsity.variance + sparsity.per_year * moves,
        narrowness.variance;
    covariance(kCommon, kCommon + 1) = covariance(kCommon + 1, kCommon) = moves;
    covariance.col(kCommon + 1).head(kCommon) = trend * moves;
    covariance.row(kCommon + 1).head(kCommon) = trend.transpose() * moves;
    prior.of_kind[static_cast<std::size_t>(form)] = Mapped(MapOf(form), mean, covariance);
  }
  return prior;
}

}  // namespace perflaw
