#include "search/invert/modes.hpp"

#include <algorithm>
#include <cmath>
#include <functional>

#include "search/base/parallel.hpp"
#include "search/invert/trait_problem.hpp"

namespace perflaw {
namespace {

constexpr Count kStarts = 12;

struct Found {
  Traits x{};
  double distance = kInfinity;  // |z|^2 / 2 and what the kind is less likely for
  double misfit = 0;            // of the raw score
  Form form = Form::kDense;
};

Found FoundAt(const ClosedCase& closed, const TraitProblem& problem, const std::vector<double>& z) {
  const KindPosterior& kind = problem.kind();
  Found found;
  found.x = problem.At(z);
  found.form = kind.form();
  found.misfit = kind.HasScore() ? std::abs(problem.Misfit(z, nullptr)) : 0;
  constexpr double kBreach = 1e-6;
  if (problem.Breach(found.x) > kBreach) return found;
  found.distance = problem.Distance(z, nullptr) + KindSurprise(closed, kind, found.x);
  return found;
}

// The nearest structure of this kind that the law gives the score, from one start.
Found Solve(const ClosedCase& closed, const KindPosterior& kind, Count start) {
  const TraitProblem problem(kind);
  std::vector<double> z = problem.Start(start);
  Constraints held;
  if (kind.HasScore()) held.equal_0.push_back(std::bind_front(&TraitProblem::Misfit, &problem));
  Minimise(problem, std::bind_front(&TraitProblem::Distance, &problem), held, z);
  return FoundAt(closed, problem, z);
}

// Where a function changes its sign between a and b, at whose ends it differs.
template <class F>
double SignChange(const F& positive, double a, double b) {
  const bool at_a = positive(a);
  for (int i = 0; i < 200; ++i) {
    const double middle = (a + b) / 2;
    (positive(middle) == at_a ? a : b) = middle;
  }
  return b;
}

// With one trait free: all structures that the law gives the score, by looking along it, and of a stretch that all has the score
// (saturation does that) its ends and what is nearest to the prior.
std::vector<Found> SolveAlong(const ClosedCase& closed, const KindPosterior& kind,
                              double tolerance) {
  const TraitProblem problem(kind);
  const Traits from = problem.At({0}), to = problem.At({1});
  double moves = 0;
  for (std::size_t i = 0; i < kTraits; ++i) moves = std::max(moves, std::abs(to[i] - from[i]));
  constexpr double kDeviations = 8, kFactor = 100;
  constexpr int kSteps = 4000;
  const double reach = std::max(kDeviations, std::log(kFactor) / moves);
  const auto misfit = [&](double z) { return problem.Misfit({z}, nullptr); };
  const auto over = [&](double z) { return misfit(z) > 0; };
  const auto fits = [&](double z) { return std::abs(misfit(z)) <= tolerance; };
  const auto at = [&](int step) { return reach * (2.0 * step / kSteps - 1); };
  std::vector<double> zs;
  if (fits(0)) zs.push_back(0);
  for (int step = 0; step < kSteps; ++step) {
    const double a = at(step), b = at(step + 1);
    if (fits(a) != fits(b)) zs.push_back(SignChange(fits, a, b));
    if (over(a) != over(b)) zs.push_back(SignChange(over, a, b));
  }
  std::vector<Found> found;
  for (const double z : zs) found.push_back(FoundAt(closed, problem, {z}));
  return found;
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
  constexpr double kLeast = 1e-7, kHair = 1.001;
  return std::max(kLeast, kHair * RawBehindPoints(closed.law, target, closed.score->rounding));
}

// One mode with its sizes rounded.
class Rounder {
 public:
  Rounder(const ClosedCase& closed, const Found& mode) : closed_(closed), mode_(mode) {
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
      const int around = sizes_.size() == 1 ? kAround : 0;
      for (int step = -around; step <= around + 1; ++step) {
        const double size = (below + step) * unit;
        if (size < 1) continue;
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

  static constexpr int kAround = 8;
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
    const double tolerance = Tolerance(closed, kind.TargetRaw());
    std::vector<Found> of_kind(kStarts);
    ForEachBlock(kStarts, threads, stop, [&](Count start, int) {
      of_kind[static_cast<std::size_t>(start)] = Solve(closed, kind, start);
    });
    if (kind.HasScore() && TraitProblem(kind).Size() == 1) {
      const auto along = SolveAlong(closed, kind, tolerance);
      of_kind.insert(of_kind.end(), along.begin(), along.end());
    }
    // Where the law can give the score, what does not have it is no mode.
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

}  // namespace perflaw
