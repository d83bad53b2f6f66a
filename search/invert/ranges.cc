#include "search/invert/ranges.hpp"

#include <algorithm>
#include <cmath>
#include <functional>

#include "search/base/parallel.hpp"
#include "search/invert/trait_problem.hpp"

namespace perflaw {
std::vector<ProfileRange> FindRanges(const ClosedCase& closed, double moe_share, int threads,
                                     const std::atomic<bool>& stop) {
  struct Peak {
    KindPosterior kind;
    std::vector<double> z;
    double surprise = kInfinity;
  };
  constexpr double kLeastShare = 0.05;
  std::vector<Peak> peaks;
  for (const Form form : FormsOf(closed)) {
    if ((form == Form::kMoe ? moe_share : 1 - moe_share) < kLeastShare) continue;
    Peak peak{KindPosterior(closed, form), {}, kInfinity};
    if (!peak.kind.Possible()) continue;
    const TraitProblem problem(peak.kind);
    constexpr Count kFewStarts = 4;
    for (Count start = 0; start < kFewStarts; ++start) {
      std::vector<double> z = problem.Start(start);
      Minimise(problem, std::bind_front(&TraitProblem::Surprise, &problem), {}, z);
      const double surprise = problem.Surprise(z, nullptr);
      if (surprise < peak.surprise && problem.Breach(problem.At(z)) < 1e-6) {
        peak.surprise = surprise;
        peak.z = z;
      }
    }
    if (!std::isfinite(peak.surprise)) continue;
    peaks.push_back(peak);
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
      const TraitProblem problem(peak.kind);
      const double room = peak.surprise + kNinety;
      for (const double sign : {-1.0, 1.0}) {
        std::vector<double> z = peak.z;
        Traits outward{};
        outward[range.trait] = -sign;
        const MinimisedFunction beyond = [&](const std::vector<double>& at,
                                             std::vector<double>* gradient) {
          return problem.Surprise(at, gradient) - room;
        };
        Minimise(problem, LinearIn(problem, outward, 0), {{beyond}, {}}, z);
        // Where the search went astray the peak itself is still within.
        constexpr double kHair = 1e-3;
        if (problem.Surprise(z, nullptr) > room + kHair || problem.Breach(problem.At(z)) > kHair)
          z = peak.z;
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
