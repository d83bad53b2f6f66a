#include "search/invert/kind_posterior.hpp"

#include <algorithm>
#include <cmath>

namespace perflaw {
namespace {

LawInput<double> InputOf(const Traits& x, double gamma) {
  const double params = std::log(kParamsUnit);
  return {x[kLayersTrait],
          x[kHiddenTrait],
          x[kFfnTrait],
          x[kWidestTrait],
          x[kTokensTrait] - std::log(kTokensUnit),
          x[kTotalTrait] - params,
          x[kActiveTrait] - params,
          gamma};
}

}  // namespace

double RawBehindPoints(const Law& law, double raw, double points) {
  constexpr double kStep = 0.01, kLeastSlope = 0.02;
  const double slope = (Bounded(law, raw + kStep) - Bounded(law, raw - kStep)) / (2 * kStep);
  return points / std::max(slope, kLeastSlope);
}

KindPosterior::KindPosterior(const ClosedCase& closed, Form form)
    : closed_(&closed), form_(form), gaussian_(closed.prior.of_kind[form == Form::kMoe ? 1 : 0]) {
  for (std::size_t i = 0; i < kTraits; ++i) {
    if (!closed.known[i]) continue;
    if (closed.known[i]->lo < closed.known[i]->hi) {
      ranges_[i] = closed.known[i];
      continue;
    }
    Traits one{};
    one[i] = 1;
    log_evidence_ += gaussian_.Observe(one, closed.known[i]->lo, 0);
  }
  for (const SoftEvidence& e : closed.soft)
    log_evidence_ += gaussian_.Observe(e.coefficients, e.value, e.sigma);
  possible_ = std::isfinite(log_evidence_);
  if (!closed.score) return;
  target_ = RawBehind(closed.law, closed.score->mmlu);
  const double noise = RawBehindPoints(closed.law, target_, closed.score->noise);
  sigma_ = std::hypot(closed.law.sigma, noise);
  // Below this share of the law's error the curve's bend over the noise does not matter.
  constexpr double kSmall = 0.3;
  linear_ = noise < kSmall * closed.law.sigma;
}

double KindPosterior::LogLikelihood(double raw, double* slope) const {
  if (linear_) {
    const double misfit = (target_ - raw) / sigma_;
    if (slope != nullptr) *slope = misfit / sigma_;
    return -misfit * misfit / 2;
  }
  // The trapezoidal rule is all but exact for what is as smooth as this.
  constexpr int kSide = 14;
  constexpr double kStep = 0.28;
  const double sigma = closed_->law.sigma;
  double sum = 0, moment = 0;
  for (int k = -kSide; k <= kSide; ++k) {
    const double e = kStep * k;
    const double off =
        (closed_->score->mmlu - Bounded(closed_->law, raw + sigma * e)) / closed_->score->noise;
    const double density = std::exp(-(e * e + off * off) / 2);
    sum += density;
    moment += e * density;
  }
  constexpr double kLeast = 1e-300;
  if (slope != nullptr)
    *slope = sum > kLeast ? moment / sum / sigma : (target_ - raw) / (sigma * sigma);
  return std::log(std::max(sum, kLeast));
}

double KindPosterior::Raw(const Traits& x) const {
  const Law& law = closed_->law;
  const RecipeTrend& recipe = law.recipe;
  const double gained = recipe.per_year * (std::min(x[kDateTrait], recipe.until) -
                                           std::min(recipe.date, recipe.until));
  return EvaluateLaw<double>(law, form_, InputOf(x, closed_->gamma)).raw + gained;
}

Traits KindPosterior::RawGradient(const Traits& x) const {
  const Law& law = closed_->law;
  const auto d = perflaw::RawGradient(law, form_, InputOf(x, closed_->gamma));
  Traits gradient{};
  gradient[kLayersTrait] = d[0];
  gradient[kHiddenTrait] = d[1];
  gradient[kFfnTrait] = d[2];
  gradient[kWidestTrait] = d[3];
  gradient[kTokensTrait] = d[4];
  gradient[kTotalTrait] = d[5];
  gradient[kActiveTrait] = d[6];
  gradient[kDateTrait] = x[kDateTrait] < law.recipe.until ? law.recipe.per_year : 0;
  return gradient;
}

Factor FactorOf(const Gaussian& gaussian,
                const std::array<std::optional<Limits>, kTraits>& ranges) {
  Factor f;
  f.mean = gaussian.mean;
  for (std::size_t i = 0; i < kTraits; ++i) f.order[i] = i;
  std::stable_partition(f.order.begin(), f.order.end(),
                        [&](std::size_t i) { return ranges[i].has_value(); });
  constexpr double kCertain = 1e-9;  // a variance that only rounding has left
  for (std::size_t i = 0; i < kTraits; ++i) {
    for (std::size_t j = 0; j <= i; ++j) {
      double rest = gaussian.covariance[f.order[i]][f.order[j]];
      for (std::size_t k = 0; k < j; ++k) rest -= f.rows[i][k] * f.rows[j][k];
      if (i == j) {
        f.rows[i][i] = rest > kCertain ? std::sqrt(rest) : 0;
      } else {
        f.rows[i][j] = f.rows[j][j] > 0 ? rest / f.rows[j][j] : 0;
      }
    }
  }
  return f;
}

}  // namespace perflaw
