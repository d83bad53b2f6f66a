#include "search/invert/case.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "search/base/error.hpp"

namespace perflaw {

ScoreEvidence Joined(const ScoreEvidence& a, const ScoreEvidence& b) {
  const double u = 1 / (a.noise * a.noise), v = 1 / (b.noise * b.noise);
  return {a.name + " and " + b.name, (u * a.mmlu + v * b.mmlu) / (u + v), 1 / std::sqrt(u + v),
          std::max(a.rounding, b.rounding)};
}

bool Contradict(const ScoreEvidence& a, const ScoreEvidence& b) {
  constexpr double kContradicting = 2.8;  // standard deviations: one in 200
  return std::abs(a.mmlu - b.mmlu) / std::hypot(a.noise, b.noise) > kContradicting;
}

SoftEvidence MarketEvidence(const std::string& name, double value, const PowerLaw& law) {
  const double unit = std::log(70e9);
  SoftEvidence e{name,
                 {},
                 unit + std::log(value / law.at_70b) / law.power,
                 law.sigma / std::abs(law.power),
                 law.at_70b * std::exp(-law.power * unit),
                 law.power};
  e.coefficients[kActiveTrait] = 1;
  return e;
}

SoftEvidence SizeEvidence(const SizePrediction& size) {
  SoftEvidence e{"size",
                 {},
                 size.log10_total * std::numbers::ln10,
                 (size.high90 - size.low90) / (2 * kNormalQuantile95) * std::numbers::ln10};
  e.coefficients[kTotalTrait] = 1;
  return e;
}

SoftEvidence ExpertsEvidence(const std::string& name, Experts which, Count experts) {
  // Nearly all that a mixture of experts holds is in its experts; of what it activates attention and shared experts are a
  // third, and more or less so.
  const bool all = which == Experts::kAll;
  const double beside = all ? 0.05 : 0.35, sigma = all ? 0.3 : 0.4;
  SoftEvidence e{
      name, {}, std::log(3.0 * static_cast<double>(experts)) + beside, sigma, std::exp(-beside) / 3,
      1};
  e.coefficients[all ? kTotalTrait : kActiveTrait] = 1;
  for (const std::size_t trait : {kLayersTrait, kHiddenTrait, kFfnTrait})
    e.coefficients[trait] = -1;
  return e;
}

void Check(const InversionOptions& options) {
  constexpr const char* kOptions = "inversion options";
  Demand(options.threads >= 1, kOptions, "threads", options.threads, "must be at least 1");
  Demand(options.draws >= 1 && options.draws <= kMostInversionDraws, kOptions, "draws",
         options.draws, "must be from 1 to 16777216");
}

}  // namespace perflaw
