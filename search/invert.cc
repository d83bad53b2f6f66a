#include "search/invert.hpp"

#include <algorithm>
#include <boost/math/distributions/normal.hpp>
#include <boost/random/sobol.hpp>
#include <cmath>
#include <map>
#include <numbers>
#include <numeric>
#include <random>
#include <span>

#include "search/invert_modes.hpp"
#include "search/kind_posterior.hpp"
#include "search/parallel.hpp"

namespace perflaw {
namespace {

constexpr Count kBlock = 4096;
constexpr double kLeastDraws = 10;

double Cumulative(double z) { return 0.5 * std::erfc(-z / std::numbers::sqrt2); }
double Quantile(double p) { return boost::math::quantile(boost::math::normal(), p); }
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
  // With `widening` of the score's error; without the score where `use_score` is false.
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
      const double below = Cumulative(lo), within = Cumulative(hi) - below;
      constexpr double kLeast = 1e-300;
      if (!(within > kLeast)) return -std::numeric_limits<double>::infinity();
      log_weight += std::log(within);
      z[i] = std::clamp(Quantile(below + uniform[i] * within), lo, hi);
      if (mirrored) z[i] = -z[i];
    } else {
      z[i] = Quantile(uniform[i]);
    }
    x[trait] = mean + deviation * z[i];
  }
  if (kind_.form() == Form::kMoe && x[kActiveTrait] > x[kTotalTrait])
    return -std::numeric_limits<double>::infinity();
  if (use_score_) {
    log_weight += LogNormal(kind_.TargetRaw() - kind_.Raw(x), kind_.Sigma()) -
                  LogNormal(tangent_target_ - Dot(tangent_, x), proposal_sigma_);
  }
  return log_weight;
}

struct Draws {
  std::vector<Traits> traits;
  std::vector<double> weight;
  std::size_t dense = 0;  // the first so many are dense
  bool IsMoe(std::size_t i) const { return i >= dense; }
  double MoeWeight() const {
    return std::accumulate(weight.begin() + static_cast<std::ptrdiff_t>(dense), weight.end(), 0.0);
  }
  double Total() const { return std::accumulate(weight.begin(), weight.end(), 0.0); }
};

double LogKindShare(const ClosedCase& closed, Form form, double date) {
  if (closed.kind) return form == *closed.kind ? 0 : -std::numeric_limits<double>::infinity();
  const double moe = closed.prior.MoeShare(date);
  return std::log(form == Form::kMoe ? moe : 1 - moe);
}

// Points of a Sobol sequence, shifted by random numbers from the seed; the same points in every block for any number of threads.
void DrawBlock(const Sampler& sampler, const ClosedCase& closed, Form form, const Traits& shift,
               Count first, std::span<Traits> traits, std::span<double> log_weight) {
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
    log_weight[n] += LogKindShare(closed, form, traits[n][kDateTrait]);
  }
}

// Weights are normalised to a greatest of 1.
Draws DrawAll(const ClosedCase& closed, bool use_score, const InversionOptions& options,
              const std::atomic<bool>& stop) {
  Draws draws;
  std::mt19937_64 random(options.seed);
  for (const Form form : {Form::kDense, Form::kMoe}) {
    Traits shift;
    for (double& s : shift) s = static_cast<double>(random() >> 11) * 0x1p-53;
    if (form == Form::kMoe) draws.dense = draws.traits.size();
    const KindPosterior kind(closed, form);
    if (!kind.Possible() || (closed.kind && form != *closed.kind)) continue;
    const Sampler sampler(kind, use_score);
    const std::size_t begin = draws.traits.size();
    const auto n = static_cast<std::size_t>(options.draws);
    draws.traits.resize(begin + n);
    draws.weight.resize(begin + n);
    ForEachBlock((options.draws - 1) / kBlock + 1, options.threads, stop, [&](Count block, int) {
      const auto first = static_cast<std::size_t>(block * kBlock);
      const std::size_t count = std::min(n - first, static_cast<std::size_t>(kBlock));
      DrawBlock(sampler, closed, form, shift, block * kBlock,
                std::span(draws.traits).subspan(begin + first, count),
                std::span(draws.weight).subspan(begin + first, count));
    });
  }
  double greatest = -std::numeric_limits<double>::infinity();
  for (const double w : draws.weight) greatest = std::max(greatest, w);
  for (double& w : draws.weight) w = std::isfinite(greatest) ? std::exp(w - greatest) : 0;
  return draws;
}

// Attention as most models have it, by grouped queries: 2 h^2 and a quarter of that for keys and values.
constexpr double kAttention = 2.5, kVocabulary = 128'000;

// How many experts of one layer hold so many parameters.
double ExpertsIn(double params, const TrainedModel& m) {
  const double beside = m.layers * kAttention * m.hidden * m.hidden + 2 * kVocabulary * m.hidden;
  return std::max(1.0, (params - beside) / (3 * m.layers * m.hidden * m.ffn));
}

double QuantityOf(Quantity quantity, Form form, const Traits& x, const Law& law,
                  const KindPosterior& kind) {
  const auto of = [&](std::size_t trait) { return std::exp(x[trait]); };
  switch (quantity) {
    case Quantity::kReleased:
      return x[kDateTrait];
    case Quantity::kTotalParams:
      return of(kTotalTrait);
    case Quantity::kActiveParams:
      return of(kActiveTrait);
    case Quantity::kActiveShare:
      return std::exp(x[kActiveTrait] - x[kTotalTrait]);
    case Quantity::kLayers:
      return of(kLayersTrait);
    case Quantity::kHidden:
      return of(kHiddenTrait);
    case Quantity::kFfn:
      return of(kFfnTrait);
    case Quantity::kActivatedFfn:
      return of(kWidestTrait);
    case Quantity::kExperts:
      return ExpertsIn(of(kTotalTrait), ModelAt(form, x));
    case Quantity::kExpertsActive:
      return ExpertsIn(of(kActiveTrait), ModelAt(form, x));
    case Quantity::kTokens:
      return of(kTokensTrait);
    case Quantity::kTokensPerParam:
      return std::exp(x[kTokensTrait] - x[kTotalTrait]);
    case Quantity::kTrainFlops:
      return 6 * of(kActiveTrait) * of(kTokensTrait);
    case Quantity::kMmlu:
      return Bounded(law, kind.Raw(x));
  }
  return 0;
}

bool OfMoeOnly(Quantity quantity) {
  return quantity == Quantity::kExperts || quantity == Quantity::kExpertsActive;
}

// Weighted quantiles of values; nothing where all weights are 0.
std::optional<Quantiles> QuantilesOf(std::vector<std::pair<double, double>>& weighted) {
  std::sort(weighted.begin(), weighted.end());
  double total = 0;
  for (const auto& [value, weight] : weighted) total += weight;
  if (!(total > 0)) return std::nullopt;
  constexpr double kShares[] = {0.05, 0.25, 0.5, 0.75, 0.95};
  double at[5], sum = 0;
  std::size_t next = 0;
  for (const auto& [value, weight] : weighted) {
    sum += weight;
    while (next < 5 && sum >= kShares[next] * total) at[next++] = value;
  }
  while (next < 5) at[next++] = weighted.back().first;
  return Quantiles{at[0], at[1], at[2], at[3], at[4]};
}

std::array<std::optional<Quantiles>, kQuantities> Distributions(const ClosedCase& closed,
                                                                const Draws& draws, int threads,
                                                                const std::atomic<bool>& stop) {
  std::array<std::optional<Quantiles>, kQuantities> all;
  const KindPosterior dense(closed, Form::kDense), moe(closed, Form::kMoe);
  ForEachBlock(static_cast<Count>(kQuantities), threads, stop, [&](Count q, int) {
    const Quantity quantity{static_cast<int>(q)};
    std::vector<std::pair<double, double>> weighted;
    weighted.reserve(draws.traits.size());
    for (std::size_t i = OfMoeOnly(quantity) ? draws.dense : 0; i < draws.traits.size(); ++i) {
      if (draws.weight[i] == 0) continue;
      const KindPosterior& kind = draws.IsMoe(i) ? moe : dense;
      weighted.emplace_back(QuantityOf(quantity, kind.form(), draws.traits[i], closed.law, kind),
                            draws.weight[i]);
    }
    all[static_cast<std::size_t>(q)] = QuantilesOf(weighted);
  });
  return all;
}

// To the nearest of 4, 5, 6 or 7 times a power of two, as sizes mostly are.
double Rounded(double log_size) {
  const double scale = std::exp2(std::floor(log_size / std::numbers::ln2) - 2);
  return std::round(std::exp(log_size) / scale) * scale;
}

// The draws gathered by kind and rounded shape.
std::vector<Structure> Gather(const ClosedCase& closed, const Draws& draws) {
  struct Cell {
    double weight = 0;
    Traits sum{};
  };
  std::map<std::array<double, 4>, Cell> cells;
  for (std::size_t i = 0; i < draws.traits.size(); ++i) {
    const Traits& x = draws.traits[i];
    const double w = draws.weight[i];
    if (w == 0) continue;
    const auto rounded = [&](std::size_t trait) {
      const auto& known = closed.known[trait];
      return known && known->lo == known->hi ? std::round(std::exp(x[trait])) : Rounded(x[trait]);
    };
    Cell& cell = cells[{draws.IsMoe(i) ? 1.0 : 0.0, rounded(kLayersTrait), rounded(kHiddenTrait),
                        rounded(kWidestTrait)}];
    cell.weight += w;
    for (std::size_t t = 0; t < kTraits; ++t) cell.sum[t] += w * x[t];
  }
  std::vector<std::pair<double, std::array<double, 4>>> order;
  for (const auto& [key, cell] : cells) order.emplace_back(-cell.weight, key);
  std::sort(order.begin(), order.end());
  constexpr std::size_t kListed = 10;
  order.resize(std::min(order.size(), kListed));
  const double total = draws.Total();
  std::vector<Structure> structures;
  for (const auto& [minus_weight, key] : order) {
    Traits x = cells.at(key).sum;
    for (double& value : x) value /= -minus_weight;
    x[kLayersTrait] = std::log(key[1]);
    x[kHiddenTrait] = std::log(key[2]);
    x[kFfnTrait] = std::log(Rounded(x[kFfnTrait] + std::log(key[3]) - x[kWidestTrait]));
    x[kWidestTrait] = std::log(key[3]);
    structures.push_back(
        StructureAt(KindPosterior(closed, key[0] > 0 ? Form::kMoe : Form::kDense), x));
    structures.back().weight = -minus_weight / total;
  }
  return structures;
}

double EffectiveDraws(const Draws& draws) {
  double squares = 0;
  for (const double w : draws.weight) squares += w * w;
  const double total = draws.Total();
  return squares > 0 ? total * total / squares : 0;
}

// Each piece against what all others say of it.
class ConflictFinder {
 public:
  ConflictFinder(const ClosedCase& closed, const InversionOptions& options,
                 const std::atomic<bool>& stop)
      : closed_(closed), options_(options), stop_(stop) {
    options_.draws = std::min<Count>(options.draws, 1 << 13);
  }
  std::vector<Conflict> Find();

 private:
  template <class Value>
  void Weigh(const std::string& name, const ClosedCase& rest, bool use_score, const Bounds& given,
             double sigma, bool of_logs, const Value& value_of);
  void WeighKind();

  const ClosedCase& closed_;
  InversionOptions options_;
  const std::atomic<bool>& stop_;
  std::vector<Conflict> conflicts_;
};

// Less probable than this by all the rest is a contradiction.
constexpr double kContradiction = 0.005;

template <class Value>
void ConflictFinder::Weigh(const std::string& name, const ClosedCase& rest, bool use_score,
                           const Bounds& given, double sigma, bool of_logs, const Value& value_of) {
  const Draws draws = DrawAll(rest, use_score, options_, stop_);
  const KindPosterior dense(rest, Form::kDense), moe(rest, Form::kMoe);
  std::vector<std::pair<double, double>> weighted;
  double below = 0, above = 0;
  for (std::size_t i = 0; i < draws.traits.size(); ++i) {
    const double value = value_of(draws.IsMoe(i) ? moe : dense, draws.traits[i]);
    // A kernel of the piece's own error, or a narrow one.
    const double width = sigma > 0 ? sigma : 1e-3 * std::max(1.0, std::abs(value));
    below += draws.weight[i] * Cumulative((given.hi - value) / width);
    above += draws.weight[i] * Cumulative((value - given.lo) / width);
    weighted.emplace_back(value, draws.weight[i]);
  }
  const double total = draws.Total();
  const auto quantiles = QuantilesOf(weighted);
  if (!quantiles) return;  // the rest contradicts itself without this piece
  const double chance = std::min(1.0, 2 * std::min(below, above) / total);
  if (chance >= kContradiction) return;
  const auto plain = [&](double x) { return of_logs ? std::exp(x) : x; };
  constexpr double kNinety = 1.6448536269514722;
  const bool low = below < above;
  conflicts_.push_back({name, plain(low ? given.hi : given.lo),
                        plain(quantiles->q05 - kNinety * sigma),
                        plain(quantiles->q95 + kNinety * sigma), chance});
}

void ConflictFinder::WeighKind() {
  if (!closed_.kind) return;
  ClosedCase rest = closed_;
  rest.kind.reset();
  const Draws draws = DrawAll(rest, true, options_, stop_);
  const double total = draws.Total();
  const double moe = total > 0 ? draws.MoeWeight() / total : 0.5;
  const double chance = *closed_.kind == Form::kMoe ? moe : 1 - moe;
  if (chance < kContradiction) conflicts_.push_back({"kind", 0, 0, 0, chance});
}

std::vector<Conflict> ConflictFinder::Find() {
  if (closed_.score) {
    const Law& law = closed_.law;
    const KindPosterior any(closed_, Form::kDense);
    Weigh(closed_.score->name, closed_, false, {any.TargetRaw(), any.TargetRaw()}, any.Sigma(),
          false, [](const KindPosterior& kind, const Traits& x) { return kind.Raw(x); });
    if (!conflicts_.empty()) {
      Conflict& c = conflicts_.back();
      c.given = closed_.score->mmlu;
      c.low = Bounded(law, c.low);
      c.high = Bounded(law, c.high);
    }
  }
  for (std::size_t i = 0; i < kTraits; ++i) {
    if (!closed_.known[i]) continue;
    ClosedCase rest = closed_;
    rest.known[i].reset();
    Weigh(std::string(TraitName(i)), rest, true, *closed_.known[i], 0, i != kDateTrait,
          [i](const KindPosterior&, const Traits& x) { return x[i]; });
  }
  for (std::size_t e = 0; e < closed_.soft.size(); ++e) {
    ClosedCase rest = closed_;
    rest.soft.erase(rest.soft.begin() + static_cast<std::ptrdiff_t>(e));
    const SoftEvidence& soft = closed_.soft[e];
    Weigh(soft.name, rest, true, {soft.value, soft.value}, soft.sigma, true,
          [&](const KindPosterior&, const Traits& x) { return Dot(soft.coefficients, x); });
  }
  WeighKind();
  return conflicts_;
}

}  // namespace

std::string_view QuantityName(Quantity quantity) {
  constexpr std::string_view kNames[] = {"released",      "total_params",
                                         "active_params", "active_share",
                                         "layers",        "hidden",
                                         "ffn",           "activated_ffn",
                                         "experts",       "experts_active",
                                         "tokens",        "tokens_per_param",
                                         "train_flops",   "mmlu"};
  return kNames[static_cast<std::size_t>(quantity)];
}

Structure StructureAt(const KindPosterior& kind, const Traits& x) {
  Structure s;
  s.model = ModelAt(kind.form(), x);
  s.released = x[kDateTrait];
  s.raw = kind.Raw(x);
  if (kind.form() == Form::kMoe) {
    s.experts = ExpertsIn(s.model.total_params, s.model);
    s.experts_active = ExpertsIn(s.model.active_params, s.model);
  }
  return s;
}

double Identified(const Quantiles& posterior, const Quantiles& prior, bool of_logs) {
  const auto width = [of_logs](const Quantiles& q) {
    return of_logs ? std::log(q.q95 / q.q05) : q.q95 - q.q05;
  };
  return width(posterior) > 0 ? 1 - width(posterior) / width(prior) : 1;
}

Inversion InvertPosterior(const ClosedCase& closed, const InversionOptions& options,
                          const std::atomic<bool>& stop) {
  Draws draws = DrawAll(closed, true, options, stop);
  Inversion inversion;
  inversion.effective_draws = EffectiveDraws(draws);
  // A few draws in the farthest tail are no distribution.
  if (inversion.effective_draws < kLeastDraws)
    std::fill(draws.weight.begin(), draws.weight.end(), 0.0);
  inversion.moe_share = draws.MoeWeight() / draws.Total();
  inversion.posterior = Distributions(closed, draws, options.threads, stop);
  inversion.structures = Gather(closed, draws);
  return inversion;
}

Inversion Invert(const ClosedCase& closed, const InversionOptions& options,
                 const std::atomic<bool>& stop) {
  Inversion inversion = InvertPosterior(closed, options, stop);
  ClosedCase nothing{closed.law, closed.gamma, closed.prior, closed.kind, {}, {}, {}};
  InversionOptions few = options;
  few.draws = std::min<Count>(options.draws, 1 << 14);
  inversion.prior =
      Distributions(closed, DrawAll(nothing, false, few, stop), options.threads, stop);
  inversion.conflicts = ConflictFinder(closed, options, stop).Find();
  inversion.modes = FindModes(closed, options.threads, stop);
  inversion.ranges = FindRanges(closed, options.threads, stop);
  return inversion;
}

}  // namespace perflaw
