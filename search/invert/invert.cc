#include "search/invert/invert.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <numbers>

#include "engine/cost.hpp"
#include "search/base/parallel.hpp"
#include "search/invert/conflicts.hpp"
#include "search/invert/modes.hpp"
#include "search/invert/posterior_draws.hpp"
#include "search/invert/ranges.hpp"

namespace perflaw {
namespace {

constexpr double kLeastDraws = 10;

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
      return TrainFlops(of(kActiveTrait), of(kTokensTrait));
    case Quantity::kMmlu:
      return Bounded(law, kind.Raw(x));
  }
  return 0;
}

bool OfMoeOnly(Quantity quantity) {
  return quantity == Quantity::kExperts || quantity == Quantity::kExpertsActive;
}

std::array<std::optional<Quantiles>, kQuantities> Distributions(const ClosedCase& closed,
                                                                const Draws& draws, int threads) {
  const std::atomic<bool> stop{false};  // what was drawn is told
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
      if (!known) return Rounded(x[trait]);
      if (known->lo == known->hi) return std::round(std::exp(x[trait]));
      const double least = std::ceil(std::exp(known->lo) - 1e-6);
      return std::max(least, std::min(Rounded(x[trait]), std::floor(std::exp(known->hi) + 1e-6)));
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

std::vector<Structure> Sampled(const ClosedCase& closed, const Draws& draws) {
  const KindPosterior dense(closed, Form::kDense), moe(closed, Form::kMoe);
  std::vector<Structure> sample;
  for (const std::size_t i : EquallyWeighted(draws, kSampled)) {
    sample.push_back(StructureAt(draws.IsMoe(i) ? moe : dense, draws.traits[i]));
    sample.back().weight = 1.0 / kSampled;
  }
  return sample;
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
                          Control& control) {
  Check(options);
  Draws draws = DrawAll(closed, true, options, control.stop);
  Inversion inversion;
  if (control.stop) inversion.status = Status::kInterrupted;
  inversion.effective_draws = EffectiveDraws(draws);
  // A few draws in the farthest tail are no distribution.
  if (inversion.effective_draws < kLeastDraws)
    std::fill(draws.weight.begin(), draws.weight.end(), 0.0);
  inversion.moe_share = draws.MoeWeight() / draws.Total();
  inversion.posterior = Distributions(closed, draws, options.threads);
  inversion.sample = Sampled(closed, draws);
  inversion.structures = Gather(closed, draws);
  return inversion;
}

Inversion Invert(const ClosedCase& closed, const InversionOptions& options, Control& control) {
  Inversion inversion = InvertPosterior(closed, options, control);
  const ClosedCase nothing{closed.law, closed.gamma, closed.prior, closed.kind, {}, {}, {}};
  InversionOptions few = options;
  few.draws = std::min<Count>(options.draws, 1 << 14);
  // Each part whole, or not at all.
  const auto keep = [&](auto& part, auto found) {
    if (control.stop) inversion.status = Status::kInterrupted;
    if (inversion.status != Status::kInterrupted) part = std::move(found);
  };
  keep(inversion.prior,
       Distributions(closed, DrawAll(nothing, false, few, control.stop), options.threads));
  keep(inversion.conflicts, FindConflicts(closed, options, control.stop));
  keep(inversion.modes, FindModes(closed, options.threads, control.stop));
  keep(inversion.ranges, FindRanges(closed, inversion.moe_share, options.threads, control.stop));
  return inversion;
}

}  // namespace perflaw
