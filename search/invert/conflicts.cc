#include "search/invert/conflicts.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "search/invert/posterior_draws.hpp"
#include "search/statistics/distributions.hpp"

namespace perflaw {
namespace {

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
  void Weigh(const std::string& name, const ClosedCase& rest, bool use_score, const Limits& given,
             double sigma, bool of_logs, const Value& value_of);
  void WeighKind();

  const ClosedCase& closed_;
  InversionOptions options_;
  const std::atomic<bool>& stop_;
  std::vector<Conflict> conflicts_;
};

// Less probable than this by all the rest is a contradiction.
constexpr double kContradiction = 0.001;

template <class Value>
void ConflictFinder::Weigh(const std::string& name, const ClosedCase& rest, bool use_score,
                           const Limits& given, double sigma, bool of_logs, const Value& value_of) {
  const Draws draws = DrawAll(rest, use_score, options_, stop_);
  if (stop_) return;  // few draws contradict nothing
  const KindPosterior dense(rest, Form::kDense), moe(rest, Form::kMoe);
  std::vector<std::pair<double, double>> weighted;
  double below = 0, above = 0;
  for (std::size_t i = 0; i < draws.traits.size(); ++i) {
    const double value = value_of(draws.IsMoe(i) ? moe : dense, draws.traits[i]);
    // A kernel of the piece's own error, or a narrow one.
    const double width = sigma > 0 ? sigma : 1e-3 * std::max(1.0, std::abs(value));
    below += draws.weight[i] * NormalShareBelow((given.hi - value) / width);
    above += draws.weight[i] * NormalShareBelow((value - given.lo) / width);
    weighted.emplace_back(value, draws.weight[i]);
  }
  const double total = draws.Total();
  const auto quantiles = QuantilesOf(weighted);
  if (!quantiles) return;  // the rest contradicts itself without this piece
  const double chance = std::min(1.0, 2 * std::min(below, above) / total);
  if (chance >= kContradiction) return;
  const auto plain = [&](double x) { return of_logs ? std::exp(x) : x; };
  const bool low = below < above;
  conflicts_.push_back({name, plain(low ? given.hi : given.lo),
                        plain(quantiles->q05 - kNormalQuantile95 * sigma),
                        plain(quantiles->q95 + kNormalQuantile95 * sigma), chance});
}

void ConflictFinder::WeighKind() {
  if (!closed_.kind) return;
  ClosedCase rest = closed_;
  rest.kind.reset();
  const Draws draws = DrawAll(rest, true, options_, stop_);
  if (stop_) return;
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
    const std::size_t before = conflicts_.size();
    Weigh(soft.name, rest, true, {soft.value, soft.value}, soft.sigma, true,
          [&](const KindPosterior&, const Traits& x) {
            return std::inner_product(x.begin(), x.end(), soft.coefficients.begin(), 0.0);
          });
    if (conflicts_.size() == before) continue;
    Conflict& c = conflicts_.back();
    for (double* value : {&c.given, &c.low, &c.high})
      *value = soft.scale * std::pow(*value, soft.power);
    if (c.low > c.high) std::swap(c.low, c.high);
  }
  WeighKind();
  return conflicts_;
}

}  // namespace

std::vector<Conflict> FindConflicts(const ClosedCase& closed, const InversionOptions& options,
                                    const std::atomic<bool>& stop) {
  return ConflictFinder(closed, options, stop).Find();
}

}  // namespace perflaw
