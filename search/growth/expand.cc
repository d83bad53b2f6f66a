#include "search/growth/expand.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "engine/count.hpp"
#include "search/base/error.hpp"
#include "search/base/nlopt.hpp"
#include "search/base/parallel.hpp"
#include "search/growth/growth.hpp"

namespace perflaw {

namespace {

constexpr const char* kOptions = "expansion study";
constexpr double kOpenPoints = 1e-6;   // what a search leaves between its best and its bound
constexpr double kOpenShare = 1e-9;    // of scores so low that intervals round by more than that
constexpr Count kMostCells = 100'000;  // of one target; its bound then stays as wide as it is
constexpr int kDeepest = 60;           // halvings after which a cell is as narrow as a double
constexpr int kCurvePoints = 101, kScanPoints = 2001;

// A target of the lattice with its exact size; nothing where it cannot be built.
std::optional<GrowthStage> TargetAt(const DesignSpace& targets, Count index) {
  const StackTemplate a = TemplateAt(targets, targets.space.Decode(index));
  if (HeadsFollow(targets) && !a.mla && a.hidden % a.head_dim != 0) return std::nullopt;
  if (Validate(a)) return std::nullopt;
  return GrowthStage{static_cast<double>(a.layers), static_cast<double>(a.hidden),
                     static_cast<double>(a.ffn),
                     static_cast<double>(CountParams(ToStack(a)).Total()), 0};
}

struct Found {
  double raw = -kInfinity, t = 0;
  Count index = -1;
};
double Rounded(double raw) { return std::isfinite(raw) ? std::round(raw * 1e9) : raw; }
bool Better(const Found& a, const Found& b) {
  if (Rounded(a.raw) != Rounded(b.raw)) return a.raw > b.raw;
  return b.index >= 0 && a.index < b.index;
}

// The moments of one target, halved until no cell can hold more than `best` and `known` by kOpenPoints.
struct Bisection {
  const Growth& growth;
  double known;  // a score that some target has
  Found best{};
  double open = -kInfinity;  // the bound of what was cut
  Count cells = 0;

  void Try(double t) {
    const double raw = growth.Raw(t);
    if (raw > best.raw) best.raw = raw, best.t = t;
  }
  void Search(double a, double b) { Search(a, b, growth.UpperBound(a, b), 0); }
  void Search(double a, double b, double bound, int depth) {
    ++cells;
    const double middle = a + (b - a) / 2;
    if (bound > known) Try(middle);
    const double found = std::max(best.raw, known);
    const double enough =
        std::isfinite(found) ? found + std::max(kOpenPoints, kOpenShare * std::abs(found)) : found;
    if (bound <= enough || depth == kDeepest || cells >= kMostCells) {
      open = std::max(open, bound);
      return;
    }
    const double left = growth.UpperBound(a, middle), right = growth.UpperBound(middle, b);
    if (left >= right) Search(a, middle, left, depth + 1);
    Search(middle, b, right, depth + 1);
    if (left < right) Search(a, middle, left, depth + 1);
  }
};

// The moments at which the target with all its tokens lies in the law's domain; nothing where it never does.
std::optional<std::pair<double, double>> InDomain(const ExpansionStudy& study,
                                                  const GrowthStage& to, const Growth& growth,
                                                  std::pair<double, double> moments) {
  const auto& box = study.law.domain.box;
  const TrainedModel model{Form::kDense, to.layers,   to.hidden, to.ffn,
                           to.ffn,       kTokensUnit, to.params, to.params};
  double least = 0, most = kInfinity;  // of tokens
  constexpr double kRounding = 1e-12;
  const auto cut = [&](double low, double high) {
    least = std::max(least, low * (1 + kRounding));
    most = std::min(most, high * (1 - kRounding));
  };
  for (std::size_t f = 0; f < kFeatures; ++f) {
    const Feature feature{static_cast<int>(f)};
    if (!Applies(feature, Form::kDense)) continue;
    if (feature == Feature::kTokens) {
      cut(box[f].min, box[f].max);
    } else if (feature == Feature::kTokensPerParam) {
      cut(box[f].min * to.params, box[f].max * to.params);
    } else if (const double value = FeatureValue(feature, model);
               value < box[f].min || value > box[f].max) {
      return std::nullopt;
    }
  }
  const auto [first, last] = growth.WithTokens(least / kTokensUnit, most / kTokensUnit);
  moments = {std::max(moments.first, first), std::min(moments.second, last)};
  if (moments.first > moments.second) return std::nullopt;
  return moments;
}

// The moments that a study leaves open for a target.
std::optional<std::pair<double, double>> Moments(const ExpansionStudy& study, const GrowthStage& to,
                                                 const Growth& growth) {
  const double given = study.from.tokens / kTokensUnit;
  std::pair<double, double> moments{given, given};
  if (study.moment_free) moments = {0, growth.Last()};
  if (!study.inside_domain) return moments;
  return InDomain(study, to, growth, moments);
}

// What NLopt is asked for: the best point that it came by is kept here, so that how it ended does not matter.
struct Asked {
  const ExpansionStudy* study;
  Found best;

  // x: a position in [0, 1] on each axis of the target, then on its moments.
  double Score(const std::vector<double>& x) {
    const Space& space = study->targets.space;
    std::array<Count, kAxes> positions{};
    for (std::size_t i = 0; i < 3; ++i) {
      const Count size = space.axes[i].size();
      positions[i] = std::min(size - 1, static_cast<Count>(x[i] * static_cast<double>(size)));
    }
    const Count index = space.IndexOf(positions);
    const auto target = TargetAt(study->targets, index);
    if (!target || Shrinks(study->from, *target)) return -kInfinity;
    const Growth growth(*study, *target, study->budget);
    const auto moments = Moments(*study, *target, growth);
    if (!moments) return -kInfinity;
    const auto [first, last] = *moments;
    const Found found{growth.Raw(first + (last - first) * x[3]), first + (last - first) * x[3],
                      index};
    if (std::isfinite(found.raw) && Better(found, best)) best = found;
    return found.raw;
  }
};

// A good target and moment, by DIRECT-L: it draws no random numbers.
Found Screen(const ExpansionStudy& study) {
  Asked asked{&study, {}};
  const auto minus_score = [&asked](const std::vector<double>& x, std::vector<double>*) {
    constexpr double kWorst = 1e6;  // DIRECT compares differences, and infinities have none
    return std::min(kWorst, -asked.Score(x));
  };
  MinimiserOptions options;
  options.optimiser = Optimiser::kDirect;
  options.evaluations = 4000;
  std::vector<double> x(4, 0.5);
  Minimise(minus_score, {}, options, x);
  return asked.best;
}

// The maximum near t, by golden section.
Found Polish(const Growth& growth, Found found, double first, double last) {
  constexpr double kGolden = 0.6180339887498949;
  const double reach = (last - first) / 64;
  double a = std::max(first, found.t - reach), b = std::min(last, found.t + reach);
  const auto take = [&](double t) {
    const double raw = growth.Raw(t);
    if (raw > found.raw) found.raw = raw, found.t = t;
    return raw;
  };
  take(a), take(b);
  for (int i = 0; i < 80; ++i) {
    const double left = b - kGolden * (b - a), right = a + kGolden * (b - a);
    if (take(left) < take(right)) {
      a = left;
    } else {
      b = right;
    }
  }
  return found;
}

struct BlockResult {
  Found best;
  double bound = -kInfinity;
  Count targets = 0, shape = 0, shrinks = 0, domain = 0, growth = 0, cells = 0;
};

void SearchTarget(const ExpansionStudy& study, Count index, double known, BlockResult& result) {
  const auto target = TargetAt(study.targets, index);
  if (!target) {
    ++result.shape;
    return;
  }
  if (Shrinks(study.from, *target)) {
    ++result.shrinks;
    return;
  }
  const Growth growth(study, *target, study.budget);
  const auto moments = Moments(study, *target, growth);
  if (!moments) {
    ++result.domain;
    return;
  }
  const auto [first, last] = *moments;
  Bisection bisection{growth, known};
  if (first == last) {
    bisection.Try(first);
    bisection.open = bisection.best.raw;
    ++bisection.cells;
  } else {
    bisection.Search(first, last);
  }
  result.cells += bisection.cells;
  if (bisection.open == -kInfinity) ++result.growth;
  Found found = bisection.best;
  found.index = index;
  if (std::isfinite(found.raw) && bisection.open >= known) {
    if (first < last) found = Polish(growth, found, first, last);
    if (Better(found, result.best)) result.best = found;
  }
  result.bound = std::max({result.bound, bisection.open, result.best.raw});
}

BlockResult SearchLattice(const ExpansionStudy& study, int threads, Control& control) {
  constexpr Count kBlock = 256;
  const Count points = study.targets.space.Size();
  const Found known = Screen(study);
  std::vector<BlockResult> blocks(static_cast<std::size_t>((points + kBlock - 1) / kBlock));
  ForEachBlock(static_cast<Count>(blocks.size()), threads, control.stop, [&](Count block, int) {
    BlockResult& result = blocks[static_cast<std::size_t>(block)];
    const Count end = std::min(points, (block + 1) * kBlock);
    for (Count i = block * kBlock; i < end && !control.stop; ++i) {
      SearchTarget(study, i, known.raw, result);
      ++result.targets;
      ++control.done;
    }
  });
  BlockResult all;
  all.best = known;
  for (const BlockResult& b : blocks) {
    if (b.best.index >= 0 && Better(b.best, all.best)) all.best = b.best;
    all.bound = std::max(all.bound, b.bound);
    all.shape += b.shape, all.shrinks += b.shrinks, all.domain += b.domain;
    all.growth += b.growth, all.cells += b.cells;
    all.targets += b.targets;
  }
  all.bound = std::max(all.bound, all.best.raw);
  return all;
}

// The last point in [a, b] at which `holds` is true, where it changes; by bisection.
template <class F>
double Edge(double a, double b, const F& holds) {
  const bool left = holds(a);
  for (int i = 0; i < 100; ++i) {
    const double middle = a + (b - a) / 2;
    (holds(middle) == left ? a : b) = middle;
  }
  return left ? a : b;
}

std::vector<CriticalMoment> CriticalMoments(const Growth& growth, double scratch) {
  std::vector<CriticalMoment> found;
  const auto inside = [&](double t) { return growth.At(t).raw.has_value(); };
  const auto gains = [&](double t) { return growth.Raw(t) > scratch; };
  const auto rises = [&](double t) { return growth.Slope(t) > 0; };
  const double step = growth.Last() / (kScanPoints - 1);
  for (int i = 1; i + 1 < kScanPoints; ++i) {  // T1 = 0 is from scratch itself: no gain, r = 1
    const double a = step * i, b = step * (i + 1);
    const auto add = [&](const char* kind, double t) { found.push_back({kind, growth.At(t)}); };
    if (inside(a) != inside(b)) {
      add("r_leaves_domain", Edge(a, b, inside));
    } else if (inside(a)) {
      if (rises(a) != rises(b)) add(rises(a) ? "peak" : "trough", Edge(a, b, rises));
      if (gains(a) != gains(b)) add("gain_changes_sign", Edge(a, b, gains));
    }
  }
  return found;
}

// Fills in what is told of the best target, whose tokens are set.
void Describe(const ExpansionStudy& study, const GrowthPlan& plan, Expansion& out) {
  const Growth growth(study, plan.to, plan.train_flops);
  out.best = plan;
  out.scratch_tokens = growth.Whole() * kTokensUnit;
  out.scratch_raw = growth.Raw(0);
  for (int i = 0; i < kCurvePoints; ++i)
    out.curve.push_back(growth.At(growth.Last() * i / (kCurvePoints - 1)));
  out.critical = CriticalMoments(growth, out.scratch_raw);
}

GrowthPlan GivenPlan(const ExpansionStudy& study) {
  GrowthPlan plan{study.from, *study.to, {}, 0};
  plan.train_flops = 6 * (plan.from.params * plan.from.tokens + plan.to.params * plan.to.tokens);
  const Growth growth(study, plan.to, plan.train_flops);
  plan.moment = {
      plan.from.tokens, plan.to.tokens, growth.Ratio(plan.from.tokens / kTokensUnit), {}};
  plan.moment.raw = growth.ScoreOf(plan.moment);
  return plan;
}

}  // namespace

bool Shrinks(const GrowthStage& from, const GrowthStage& to) {
  return to.layers < from.layers || to.hidden < from.hidden || to.ffn < from.ffn ||
         to.params < from.params;
}

namespace {

void CheckStage(const std::string& name, const GrowthStage& stage) {
  const std::pair<const char*, double> sizes[] = {{"layers", stage.layers},
                                                  {"hidden", stage.hidden},
                                                  {"ffn", stage.ffn},
                                                  {"params", stage.params}};
  for (const auto& [size, value] : sizes)
    Demand(value > 0, kOptions, (name + "." + size).c_str(), value, "must be above 0");
  Demand(stage.tokens >= 0, kOptions, (name + ".tokens").c_str(), stage.tokens,
         "must not be negative");
}

}  // namespace

void Check(const ExpansionStudy& study) {
  CheckStage("from", study.from);
  if (study.to) return CheckStage("to", *study.to);
  const Space& space = study.targets.space;
  Demand(study.budget > 0, kOptions, "budget", study.budget, "must be above 0");
  const Count targets = space.CheckedSize().value_or(std::numeric_limits<Count>::max());
  Demand(targets <= kMaxTargets, kOptions, "targets.space", targets,
         "must have at most 10000000 targets");
  Demand(space.axes[kExpertsAxis].size() == 1 && space.axes[kExpertsAxis][0] == 1, kOptions,
         "targets.space.experts", space.axes[kExpertsAxis].size(), "must be 1: targets are dense");
  const double spent = study.moment_free ? 0 : 6 * study.from.params * study.from.tokens;
  Demand(spent <= study.budget, kOptions, "from.tokens", study.from.tokens,
         "must cost no more than the budget");
}

Expansion Expand(const ExpansionStudy& study, int threads, Control& control) {
  Check(study);
  Demand(threads >= 1, kOptions, "threads", threads, "must be at least 1");
  Expansion out;
  if (study.to) {
    const GrowthPlan plan = GivenPlan(study);
    if (plan.moment.raw) Describe(study, plan, out);
    out.status = out.best ? Status::kOptimal : Status::kInfeasible;
    return out;
  }
  const BlockResult found = SearchLattice(study, threads, control);
  const bool whole = found.targets == study.targets.space.Size();
  out.lattice_points = study.targets.space.Size();
  out.rejected_shape = found.shape;
  out.rejected_shrinks = found.shrinks;
  out.rejected_domain = found.domain;
  out.rejected_growth = found.growth;
  out.cells = found.cells;
  out.status = !whole                 ? Status::kInterrupted
               : found.best.index < 0 ? Status::kInfeasible
                                      : Status::kOptimal;
  if (found.best.index < 0) return out;
  GrowthPlan plan{study.from, *TargetAt(study.targets, found.best.index), {}, study.budget};
  plan.moment = Growth(study, plan.to, study.budget).At(found.best.t);
  plan.from.tokens = plan.moment.from_tokens;
  plan.to.tokens = plan.moment.to_tokens;
  Describe(study, plan, out);
  if (whole) out.upper_bound = found.bound;
  return out;
}

}  // namespace perflaw
