#include "search/invert_modes.hpp"

#include <algorithm>
#include <cmath>
#include <nlopt.hpp>
#include <random>

#include "search/parallel.hpp"

namespace perflaw {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kReach = 8;  // of each z
constexpr Count kStarts = 12;

// A kind's traits as x(z), with the functions of z that NLopt is given. Only what the prior leaves free has a z.
class Problem {
 public:
  explicit Problem(const KindPosterior& kind)
      : kind_(kind), factor_(FactorOf(kind.gaussian(), kind.ranges())) {
    for (std::size_t i = 0; i < kTraits; ++i)
      if (factor_.rows[i][i] > 0) free_.push_back(i);
  }
  std::size_t Size() const { return free_.size(); }
  const KindPosterior& kind() const { return kind_; }

  Traits At(const std::vector<double>& z) const {
    Traits x;
    for (std::size_t i = 0; i < kTraits; ++i) {
      x[factor_.order[i]] = factor_.mean[factor_.order[i]];
      for (std::size_t f = 0; f < free_.size(); ++f)
        x[factor_.order[i]] += factor_.rows[i][free_[f]] * z[f];
    }
    return x;
  }
  // Adds scale x the derivative of gradient . x by each z.
  void AddGradient(const Traits& gradient, double scale, std::vector<double>& by_z) const {
    for (std::size_t f = 0; f < free_.size(); ++f)
      for (std::size_t i = 0; i < kTraits; ++i)
        by_z[f] += scale * factor_.rows[i][free_[f]] * gradient[factor_.order[i]];
  }

  // |z|^2 / 2
  double Distance(const std::vector<double>& z, std::vector<double>* gradient) const {
    double sum = 0;
    for (const double v : z) sum += v * v / 2;
    if (gradient != nullptr) *gradient = z;
    return sum;
  }
  // raw(x) - y
  double Misfit(const std::vector<double>& z, std::vector<double>* gradient) const {
    const Traits x = At(z);
    if (gradient != nullptr) {
      gradient->assign(z.size(), 0);
      AddGradient(kind_.RawGradient(x), 1, *gradient);
    }
    return kind_.Raw(x) - kind_.TargetRaw();
  }
  // -ln posterior, but for a constant of the kind
  double Surprise(const std::vector<double>& z, std::vector<double>* gradient) const {
    double value = Distance(z, gradient);
    if (!kind_.HasScore()) return value;
    std::vector<double> slope;
    const double misfit = Misfit(z, gradient != nullptr ? &slope : nullptr) / kind_.Sigma();
    if (gradient != nullptr)
      for (std::size_t f = 0; f < z.size(); ++f)
        (*gradient)[f] += misfit / kind_.Sigma() * slope[f];
    return value + misfit * misfit / 2;
  }

 private:
  const KindPosterior& kind_;
  Factor factor_;
  std::vector<std::size_t> free_;  // places in the factor's order
};

using Member = double (Problem::*)(const std::vector<double>&, std::vector<double>*) const;

// One function of z for NLopt's C interface: sign (member(z) - offset), or of one trait, less another, where there is no member.
struct Function {
  const Problem* problem;
  Member member;
  std::size_t trait;
  double sign, offset;
  std::optional<std::size_t> less = {};

  static double Call(const std::vector<double>& z, std::vector<double>& gradient, void* self) {
    const auto& f = *static_cast<const Function*>(self);
    std::vector<double> slope(z.size(), 0);
    double value = 0;
    if (f.member != nullptr) {
      value = (f.problem->*f.member)(z, &slope);
    } else {
      Traits one{};
      one[f.trait] = 1;
      if (f.less) one[*f.less] = -1;
      f.problem->AddGradient(one, 1, slope);
      const Traits x = f.problem->At(z);
      value = x[f.trait] - (f.less ? x[*f.less] : 0);
    }
    if (!gradient.empty())
      for (std::size_t i = 0; i < z.size(); ++i) gradient[i] = f.sign * slope[i];
    return f.sign * (value - f.offset);
  }
};

constexpr double kConstraintTolerance = 1e-9;

// Minimises `goal` from z, under the ranges of the case and what else is asked.
void Minimise(const Problem& problem, Function goal, std::vector<Function> at_most_0,
              std::vector<Function> equal_0, std::vector<double>& z) {
  if (z.empty()) return;
  nlopt::opt opt(nlopt::LD_SLSQP, static_cast<unsigned>(z.size()));
  opt.set_lower_bounds(-kReach);
  opt.set_upper_bounds(kReach);
  opt.set_xtol_rel(1e-10);
  opt.set_maxeval(400);
  for (std::size_t i = 0; i < kTraits; ++i) {
    if (const auto& range = problem.kind().ranges()[i]) {
      at_most_0.push_back({&problem, nullptr, i, 1, range->hi});
      at_most_0.push_back({&problem, nullptr, i, -1, range->lo});
    }
  }
  if (problem.kind().form() == Form::kMoe)
    at_most_0.push_back({&problem, nullptr, kActiveTrait, 1, 0, kTotalTrait});
  opt.set_min_objective(Function::Call, &goal);
  for (Function& f : at_most_0)
    opt.add_inequality_constraint(Function::Call, &f, kConstraintTolerance);
  for (Function& f : equal_0) opt.add_equality_constraint(Function::Call, &f, kConstraintTolerance);
  double least = 0;
  const std::vector<double> begin = z;
  try {
    opt.optimize(z, least);
  } catch (const nlopt::roundoff_limited&) {
    // z is as good as rounding lets it be
  } catch (const std::runtime_error&) {
    z = begin;  // singular: another start may do
  }
}

double Breach(const Problem& problem, const Traits& x) {
  double most = 0;
  for (std::size_t i = 0; i < kTraits; ++i)
    if (const auto& range = problem.kind().ranges()[i])
      most = std::max({most, x[i] - range->hi, range->lo - x[i]});
  return problem.kind().form() == Form::kMoe ? std::max(most, x[kActiveTrait] - x[kTotalTrait])
                                             : most;
}

// Start number 0 is the prior's middle.
std::vector<double> StartOf(Count number, std::size_t size) {
  std::vector<double> z(size, 0);
  if (number == 0) return z;
  std::mt19937_64 random(static_cast<std::uint64_t>(number));
  for (double& v : z) v = 4 * (static_cast<double>(random() >> 11) * 0x1p-53) - 2;
  return z;
}

struct Found {
  Traits x{};
  double distance = kInfinity;  // |z|^2 / 2 and what the kind is less likely for
  double misfit = 0;            // of the raw score
  Form form = Form::kDense;
};

double Prelude(const ClosedCase& closed, const KindPosterior& kind, const Traits& x) {
  const double moe = closed.prior.MoeShare(x[kDateTrait]);
  const double share = closed.kind ? 1 : kind.form() == Form::kMoe ? moe : 1 - moe;
  return -kind.LogEvidence() - std::log(std::max(share, 1e-300));
}

// The nearest structure of this kind that the law gives the score, from one start.
Found Solve(const ClosedCase& closed, const KindPosterior& kind, Count start) {
  const Problem problem(kind);
  std::vector<double> z = StartOf(start, problem.Size());
  std::vector<Function> equal;
  if (kind.HasScore()) equal.push_back({&problem, &Problem::Misfit, 0, 1, 0});
  Minimise(problem, {&problem, &Problem::Distance, 0, 1, 0}, {}, equal, z);
  Found found;
  found.x = problem.At(z);
  found.form = kind.form();
  found.misfit = kind.HasScore() ? std::abs(problem.Misfit(z, nullptr)) : 0;
  constexpr double kBreach = 1e-6;
  if (Breach(problem, found.x) > kBreach) return found;
  found.distance = problem.Distance(z, nullptr) + Prelude(closed, kind, found.x);
  return found;
}

std::vector<Form> FormsOf(const ClosedCase& closed) {
  if (closed.kind) return {*closed.kind};
  return {Form::kDense, Form::kMoe};
}

bool Same(const Found& a, const Found& b) {
  constexpr double kApart = 0.01;
  for (std::size_t i = 0; i < kTraits; ++i)
    if (std::abs(a.x[i] - b.x[i]) > kApart) return false;
  return a.form == b.form;
}

bool Before(const Found& a, const Found& b) {
  return a.distance != b.distance ? a.distance < b.distance : a.x < b.x;
}

void DropRepeats(std::vector<Found>& found) {
  std::sort(found.begin(), found.end(), Before);
  std::vector<Found> distinct;
  for (const Found& f : found) {
    const bool known = std::any_of(distinct.begin(), distinct.end(),
                                   [&](const Found& other) { return Same(f, other); });
    if (std::isfinite(f.distance) && !known) distinct.push_back(f);
  }
  found = std::move(distinct);
}

// By how much the raw score may differ and still be reported as it was.
double Tolerance(const ClosedCase& closed, double target) {
  if (!closed.score) return kInfinity;
  constexpr double kStep = 0.01, kLeastSlope = 0.02, kLeast = 1e-7;
  const Law& law = closed.law;
  const double slope = (Bounded(law, target + kStep) - Bounded(law, target - kStep)) / (2 * kStep);
  return std::max(kLeast, 1.001 * closed.score->rounding / std::max(slope, kLeastSlope));
}

// One mode with its sizes rounded.
class Rounder {
 public:
  Rounder(const ClosedCase& closed, Found mode) : closed_(closed), mode_(std::move(mode)) {
    for (const std::size_t trait : {kLayersTrait, kHiddenTrait, kWidestTrait, kFfnTrait}) {
      const auto& known = closed.known[trait];
      const bool follows = mode_.form == Form::kDense &&
                           (trait == kWidestTrait || closed.known[kWidestTrait].has_value()) &&
                           trait != kLayersTrait && trait != kHiddenTrait;
      if (!follows && !(known && known->lo == known->hi)) sizes_.push_back(trait);
    }
  }

  std::vector<Found> Round() const {
    if (sizes_.empty()) return {mode_};
    std::vector<Found> best;
    for (Count multiple = 128; multiple >= 1; multiple /= 2) {
      std::vector<Found> found = Candidates(multiple);
      std::stable_sort(found.begin(), found.end(), Before);
      const double tolerance = Tolerance(closed_, KindPosterior(closed_, mode_.form).TargetRaw());
      const auto kept = std::stable_partition(
          found.begin(), found.end(), [&](const Found& f) { return f.misfit <= tolerance; });
      if (kept != found.begin()) {
        found.erase(kept, found.end());
        // Of several sizes the nearest rounding; of one all that the score cannot tell apart.
        if (sizes_.size() > 1) found.resize(1);
        return found;
      }
      for (const Found& f : found)
        if (best.empty() || f.misfit < best.front().misfit) best = {f};
    }
    return best;
  }

 private:
  // The multiples around the mode, what else is free solved again.
  std::vector<Found> Candidates(Count multiple) const {
    std::vector<ClosedCase> cases{closed_};
    for (const std::size_t trait : sizes_) {
      std::vector<ClosedCase> with;
      const double value = std::exp(mode_.x[trait]);
      const auto unit = static_cast<double>(trait == kLayersTrait ? 1 : multiple);
      constexpr double kSure = 1e-9;
      const double below = std::max(1.0, std::floor(value / unit + kSure));
      const double around = sizes_.size() == 1 ? kAround : 0;
      for (double k = std::max(1.0, below - around); k <= below + around + 1; ++k) {
        const double size = k * unit;
        const auto& known = closed_.known[trait];
        if (known && (std::log(size) < known->lo || std::log(size) > known->hi)) continue;
        for (ClosedCase one : cases) {
          one.known[trait] = {std::log(size), std::log(size)};
          with.push_back(std::move(one));
        }
      }
      cases = std::move(with);
    }
    std::vector<Found> found;
    for (const ClosedCase& one : cases) {
      const KindPosterior kind(one, mode_.form);
      if (!kind.Possible()) continue;
      found.push_back(Solve(one, kind, 0));
      if (!std::isfinite(found.back().distance)) found.pop_back();
    }
    return found;
  }

  static constexpr double kAround = 8;
  const ClosedCase& closed_;
  Found mode_;
  std::vector<std::size_t> sizes_;  // to be rounded
};

}  // namespace

std::vector<Structure> FindModes(const ClosedCase& closed, int threads,
                                 const std::atomic<bool>& stop) {
  std::vector<Found> found;
  for (const Form form : FormsOf(closed)) {
    const KindPosterior kind(closed, form);
    if (!kind.Possible()) continue;
    std::vector<Found> of_kind(kStarts);
    ForEachBlock(kStarts, threads, stop, [&](Count start, int) {
      of_kind[static_cast<std::size_t>(start)] = Solve(closed, kind, start);
    });
    // Where the law can give the score, what does not have it is no mode.
    const double tolerance = Tolerance(closed, kind.TargetRaw());
    const auto fits = [&](const Found& f) { return f.misfit <= tolerance; };
    if (std::any_of(of_kind.begin(), of_kind.end(), fits))
      std::erase_if(of_kind, [&](const Found& f) { return !fits(f); });
    found.insert(found.end(), of_kind.begin(), of_kind.end());
  }
  DropRepeats(found);
  constexpr std::size_t kListed = 8;
  found.resize(std::min(found.size(), kListed));
  std::vector<std::vector<Found>> rounded(found.size());
  ForEachBlock(static_cast<Count>(found.size()), threads, stop, [&](Count i, int) {
    rounded[static_cast<std::size_t>(i)] =
        Rounder(closed, found[static_cast<std::size_t>(i)]).Round();
  });
  found.clear();
  for (const auto& some : rounded) found.insert(found.end(), some.begin(), some.end());
  std::sort(found.begin(), found.end(), Before);
  found.erase(
      std::unique(found.begin(), found.end(),
                  [](const Found& a, const Found& b) { return a.x == b.x && a.form == b.form; }),
      found.end());
  std::vector<Structure> modes;
  double total = 0;
  for (const Found& f : found) {
    modes.push_back(StructureAt(KindPosterior(closed, f.form), f.x));
    modes.back().weight = std::exp(found.front().distance - f.distance);
    total += modes.back().weight;
  }
  for (Structure& mode : modes) mode.weight /= total;
  return modes;
}

std::vector<ProfileRange> FindRanges(const ClosedCase& closed, int threads,
                                     const std::atomic<bool>& stop) {
  struct Peak {
    KindPosterior kind;
    std::vector<double> z;
    double surprise = kInfinity;
  };
  std::vector<Peak> peaks;
  double least = kInfinity;
  for (const Form form : FormsOf(closed)) {
    Peak peak{KindPosterior(closed, form), {}, kInfinity};
    if (!peak.kind.Possible()) continue;
    const Problem problem(peak.kind);
    constexpr Count kFewStarts = 4;
    for (Count start = 0; start < kFewStarts; ++start) {
      std::vector<double> z = StartOf(start, problem.Size());
      Minimise(problem, {&problem, &Problem::Surprise, 0, 1, 0}, {}, {}, z);
      const double surprise = problem.Surprise(z, nullptr);
      if (surprise < peak.surprise && Breach(problem, problem.At(z)) < 1e-6) {
        peak.surprise = surprise;
        peak.z = z;
      }
    }
    if (!std::isfinite(peak.surprise)) continue;
    peaks.push_back(peak);
    least = std::min(least, peak.surprise + Prelude(closed, peak.kind, problem.At(peak.z)));
  }
  constexpr double kNinety =
      1.3527717270675446;  // half the 90 % point of chi-squared with one degree
  std::vector<ProfileRange> ranges;
  for (std::size_t trait = 0; trait < kTraits; ++trait) {
    const auto& known = closed.known[trait];
    if (!(known && known->lo == known->hi)) ranges.push_back({trait, kInfinity, -kInfinity});
  }
  ForEachBlock(static_cast<Count>(ranges.size()), threads, stop, [&](Count r, int) {
    ProfileRange& range = ranges[static_cast<std::size_t>(r)];
    for (const Peak& peak : peaks) {
      const Problem problem(peak.kind);
      const double room = kNinety + least - Prelude(closed, peak.kind, problem.At(peak.z));
      if (peak.surprise > room) continue;
      for (const double sign : {1.0, -1.0}) {
        std::vector<double> z = peak.z;
        Minimise(problem, {&problem, nullptr, range.trait, sign, 0},
                 {{&problem, &Problem::Surprise, 0, 1, room}}, {}, z);
        const double value = problem.At(z)[range.trait];
        const double plain = range.trait == kDateTrait ? value : std::exp(value);
        range.lo = std::min(range.lo, plain);
        range.hi = std::max(range.hi, plain);
      }
    }
  });
  std::erase_if(ranges, [](const ProfileRange& range) { return !(range.lo <= range.hi); });
  return ranges;
}

}  // namespace perflaw
