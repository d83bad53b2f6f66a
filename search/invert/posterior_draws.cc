#include "search/invert/posterior_draws.hpp"

#include <algorithm>
#include <boost/random/sobol.hpp>
#include <cmath>
#include <limits>
#include <memory>
#include <numbers>
#include <random>
#include <span>
#include <tuple>

#include "search/base/parallel.hpp"
#include "search/statistics/distributions.hpp"

namespace perflaw {
namespace {

constexpr Count kBlock = 4096;

double LogNormal(double distance, double sigma) {
  return -0.5 * distance * distance / (sigma * sigma) -
         std::log(sigma * std::sqrt(2 * std::numbers::pi));
}

double Dot(const Traits& a, const Traits& b) {
  return std::inner_product(a.begin(), a.end(), b.begin(), 0.0);
}

// Draws from a kind's posterior as weighted traits. They are drawn where the law, replaced by its tangent, puts them, twice as
// wide; the weights make up for the difference.
class Sampler {
 public:
  // Without the score where `use_score` is false.
  Sampler(const KindPosterior& kind, bool use_score);

  // The logarithm of the weight; -infinity where nothing keeps a range.
  double Draw(const Traits& uniform, Traits& x) const;

 private:
  Traits Clamped(Traits x) const;

  const KindPosterior& kind_;
  bool use_score_;
  Gaussian tilted_;
  Factor factor_;
  Traits tangent_{};
  double tangent_target_ = 0, proposal_sigma_ = 1, log_weight_ = 0;
};

Traits Sampler::Clamped(Traits x) const {
  for (std::size_t i = 0; i < kTraits; ++i)
    if (const auto& range = kind_.ranges()[i]) x[i] = std::clamp(x[i], range->lo, range->hi);
  return x;
}

Sampler::Sampler(const KindPosterior& kind, bool use_score)
    : kind_(kind),
      use_score_(use_score && kind.HasScore()),
      tilted_(kind.gaussian()),
      log_weight_(kind.LogEvidence()) {
  if (use_score_) {
    constexpr double kWidening = 2;
    constexpr int kRounds = 4;
    proposal_sigma_ = kWidening * kind.Sigma();
    for (int round = 0; round < kRounds; ++round) {
      const Traits at = Clamped(tilted_.mean);
      tangent_ = kind.RawGradient(at);
      tangent_target_ = kind.TargetRaw() - kind.Raw(at) + Dot(tangent_, at);
      tilted_ = kind.gaussian();
      const double density = tilted_.Observe(tangent_, tangent_target_, proposal_sigma_);
      if (round + 1 == kRounds) log_weight_ += density;
    }
  }
  factor_ = FactorOf(tilted_, kind.ranges());
}

double Sampler::Draw(const Traits& uniform, Traits& x) const {
  double log_weight = log_weight_;
  Traits z{};
  for (std::size_t i = 0; i < kTraits; ++i) {
    const std::size_t trait = factor_.order[i];
    double mean = factor_.mean[trait];
    for (std::size_t j = 0; j < i; ++j) mean += factor_.rows[i][j] * z[j];
    const double deviation = factor_.rows[i][i];
    const auto& range = kind_.ranges()[trait];
    if (deviation == 0) {
      constexpr double kRounding = 1e-6;
      if (range && (mean < range->lo - kRounding || mean > range->hi + kRounding))
        return -std::numeric_limits<double>::infinity();
      x[trait] = mean;
      continue;
    }
    if (range) {
      // From the nearer tail, where probabilities keep their digits.
      double lo = (range->lo - mean) / deviation, hi = (range->hi - mean) / deviation;
      const bool mirrored = lo > 0;
      if (mirrored) std::tie(lo, hi) = std::pair(-hi, -lo);
      const double below = NormalShareBelow(lo), within = NormalShareBelow(hi) - below;
      constexpr double kLeast = 1e-300;
      if (!(within > kLeast)) return -std::numeric_limits<double>::infinity();
      log_weight += std::log(within);
      z[i] = std::clamp(NormalQuantile(below + uniform[i] * within), lo, hi);
      if (mirrored) z[i] = -z[i];
    } else {
      z[i] = NormalQuantile(uniform[i]);
    }
    x[trait] = mean + deviation * z[i];
  }
  if (!CanBeBuilt(kind_.form(), x)) return -std::numeric_limits<double>::infinity();
  if (use_score_) {
    log_weight += kind_.LogLikelihood(kind_.Raw(x), nullptr) -
                  LogNormal(tangent_target_ - Dot(tangent_, x), proposal_sigma_);
  }
  return log_weight;
}

double LogKindShare(const ClosedCase& closed, Form form, double date) {
  if (closed.kind) return form == *closed.kind ? 0 : -std::numeric_limits<double>::infinity();
  const double moe = closed.prior.MoeShare(date);
  return std::log(form == Form::kMoe ? moe : 1 - moe);
}

// One kind's draws: points of a Sobol sequence, shifted by random numbers; the same in every block for any number of threads.
struct KindDraws {
  KindPosterior kind;
  Sampler sampler;
  Traits shift;

  KindDraws(const ClosedCase& closed, Form form, bool use_score, const Traits& shift_)
      : kind(closed, form), sampler(kind, use_score), shift(shift_) {}
  KindDraws(const KindDraws&) = delete;  // the sampler holds the kind
  KindDraws& operator=(const KindDraws&) = delete;

  void DrawBlock(const ClosedCase& closed, Count first, std::span<Traits> traits,
                 std::span<double> log_weight) const {
    boost::random::sobol sequence(kTraits);
    sequence.discard(static_cast<boost::uintmax_t>(first) * kTraits);
    for (std::size_t n = 0; n < traits.size(); ++n) {
      Traits uniform;
      for (std::size_t i = 0; i < kTraits; ++i) {
        constexpr double kUlp = 0x1p-53, kEdge = 1e-12;
        const double u = static_cast<double>(sequence() >> 11) * kUlp + shift[i];
        uniform[i] = std::clamp(u - std::floor(u), kEdge, 1 - kEdge);
      }
      log_weight[n] = sampler.Draw(uniform, traits[n]);
      log_weight[n] += LogKindShare(closed, kind.form(), traits[n][kDateTrait]);
    }
  }
};

}  // namespace

Draws DrawAll(const ClosedCase& closed, bool use_score, const InversionOptions& options,
              const std::atomic<bool>& stop) {
  const auto n = static_cast<std::size_t>(options.draws);
  Draws draws;
  std::mt19937_64 random(options.seed);
  std::vector<std::unique_ptr<const KindDraws>> kinds;
  for (const Form form : {Form::kDense, Form::kMoe}) {
    Traits shift;
    for (double& s : shift) s = static_cast<double>(random() >> 11) * 0x1p-53;
    if (form == Form::kMoe) draws.dense = kinds.size() * n;
    if ((closed.kind && form != *closed.kind) || !KindPosterior(closed, form).Possible()) continue;
    kinds.push_back(std::make_unique<const KindDraws>(closed, form, use_score, shift));
  }
  draws.traits.resize(kinds.size() * n);
  // Of weight 0 where a stop leaves them out.
  draws.weight.resize(kinds.size() * n, -std::numeric_limits<double>::infinity());
  // A block is drawn of every kind, so that a stop leaves their odds as they are.
  ForEachBlock((options.draws - 1) / kBlock + 1, options.threads, stop, [&](Count block, int) {
    const auto first = static_cast<std::size_t>(block * kBlock);
    const std::size_t count = std::min(n - first, static_cast<std::size_t>(kBlock));
    for (std::size_t k = 0; k < kinds.size(); ++k) {
      kinds[k]->DrawBlock(closed, block * kBlock,
                          std::span(draws.traits).subspan(k * n + first, count),
                          std::span(draws.weight).subspan(k * n + first, count));
    }
  });
  double greatest = -std::numeric_limits<double>::infinity();
  for (const double w : draws.weight) greatest = std::max(greatest, w);
  for (double& w : draws.weight) w = std::isfinite(greatest) ? std::exp(w - greatest) : 0;
  return draws;
}

double EffectiveDraws(const Draws& draws) {
  double squares = 0;
  for (const double w : draws.weight) squares += w * w;
  const double total = draws.Total();
  return squares > 0 ? total * total / squares : 0;
}

std::vector<std::size_t> EquallyWeighted(const Draws& draws, std::size_t n) {
  std::vector<std::size_t> places;
  const double step = draws.Total() / static_cast<double>(n);
  double sum = 0;
  for (std::size_t i = 0; i < draws.weight.size() && step > 0; ++i) {
    sum += draws.weight[i];
    while (places.size() < n && (static_cast<double>(places.size()) + 0.5) * step < sum)
      places.push_back(i);
  }
  return places;
}

}  // namespace perflaw
