// What real models look like before any evidence: the joint distribution of their date, parameters, shape and tokens, learned from
// published models. Of each kind a Gaussian over traits, which is what logarithms of sizes look like; whether a model is a mixture
// of experts depends on its date.
#pragma once

#include <array>
#include <cstddef>
#include <string_view>
#include <vector>

#include "search/learn/scored_run.hpp"

namespace perflaw {

// A date in years; all else natural logarithms of parameters, channels, layers, tokens. In a dense model activated parameters are all
// and the widest block is the FFN. FFN of a MoE is one expert's.
enum Trait : std::size_t {
  kDateTrait,
  kTotalTrait,
  kActiveTrait,
  kLayersTrait,
  kHiddenTrait,
  kWidestTrait,
  kFfnTrait,
  kTokensTrait
};
inline constexpr std::size_t kTraits = 8;
using Traits = std::array<double, kTraits>;
std::string_view TraitName(std::size_t trait);

Traits TraitsOf(const TrainedModel& model, double date);
TrainedModel ModelAt(Form form, const Traits& traits);
// Whether no more is activated than there is and no expert is wider than the widest block, as the Gaussians do not know.
bool CanBeBuilt(Form form, const Traits& traits);

struct Gaussian {
  Traits mean{};
  std::array<Traits, kTraits> covariance{};  // may be singular

  // Learns that coefficients . traits + e = value, e normal with this standard deviation; 0 for what is exact. Returns the logarithm
  // of the density that the value had before: -infinity for an exact value that was impossible, 0 for one that was certain.
  double Observe(const Traits& coefficients, double value, double sigma);
  double Deviation(std::size_t trait) const;  // standard
};

struct StructurePrior {
  std::array<Gaussian, 2> of_kind;  // by Form
  // The log-odds that a model of year t is a MoE: moe_log_odds + moe_log_odds_per_year (t - 2024).
  double moe_log_odds = 0, moe_log_odds_per_year = 0;

  double MoeShare(double date) const;
};

// Least squares on date and kind; the residuals' covariance is one for both kinds, because mixtures of experts are few. Their sparsity and the width of their experts are distributions of their own. Only dated runs above
// kTellingScore that were not distilled teach. Throws std::runtime_error when they are too few: 20, of which 3 are MoE.
StructurePrior LearnPrior(const std::vector<ScoredRun>& runs);

// Under this a score hardly tells anything of a structure.
inline constexpr double kTellingScore = 35;

}  // namespace perflaw
