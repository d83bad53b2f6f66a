// One kind's part of an inversion: dense models, or mixtures of experts.
#pragma once

#include "search/invert/case.hpp"

namespace perflaw {

// The prior with all that is known exactly and the soft evidence taken in; ranges and the score remain.
class KindPosterior {
 public:
  // The case must outlive this.
  KindPosterior(const ClosedCase& closed, Form form);

  Form form() const { return form_; }
  const Gaussian& gaussian() const { return gaussian_; }
  const std::array<std::optional<Limits>, kTraits>& ranges() const { return ranges_; }
  bool Possible() const { return possible_; }
  // Of what was taken in, by the prior.
  double LogEvidence() const { return log_evidence_; }

  bool HasScore() const { return closed_->score.has_value(); }
  double TargetRaw() const { return target_; }
  // About the standard deviation of the raw score, for proposals; see LogLikelihood.
  double Sigma() const { return sigma_; }
  // ln of the density of the measured score m where the law gives `raw`, but for a constant:
  //   integral over e of N(e; 0, sigma_law^2) N(m - Bounded(raw + e); 0, noise^2)
  // Near a ceiling scores crowd together, so noise says little of how high a raw score is, but still that it is. Fills `slope` unless
  // it is null.
  double LogLikelihood(double raw, double* slope) const;

  // The law's raw score, and its derivatives by the traits.
  double Raw(const Traits& traits) const;
  Traits RawGradient(const Traits& traits) const;

 private:
  const ClosedCase* closed_;
  Form form_;
  Gaussian gaussian_;
  std::array<std::optional<Limits>, kTraits> ranges_;
  bool possible_ = true;
  double log_evidence_ = 0, target_ = 0, sigma_ = 0;
  bool linear_ = true;  // whether noise adds to the law's error as it stands
};

// So many points of the raw score stand behind a few points of the reported one at `raw`: that one rises more slowly. At most fifty times
// as many.
double RawBehindPoints(const Law& law, double raw, double points);

// With the law's score, and a MoE's experts as its parameters tell them.
Structure StructureAt(const KindPosterior& kind, const Traits& traits);

// x = mean + factor z, z standard normal: traits with a range first, so that each z follows from those before it.
struct Factor {
  Traits mean{};
  std::array<std::size_t, kTraits> order{};  // of traits
  std::array<Traits, kTraits>
      rows{};  // by place in the order, lower triangular; a diagonal of 0 for what follows from others
};
Factor FactorOf(const Gaussian& gaussian, const std::array<std::optional<Limits>, kTraits>& ranges);

}  // namespace perflaw
