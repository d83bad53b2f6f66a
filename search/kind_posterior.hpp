// One kind's part of an inversion: dense models, or mixtures of experts.
#pragma once

#include "search/invert.hpp"

namespace perflaw {

// The prior with all that is known exactly and the soft evidence taken in; ranges and the score remain.
class KindPosterior {
 public:
  // The case must outlive this.
  KindPosterior(const ClosedCase& closed, Form form);

  Form form() const { return form_; }
  const Gaussian& gaussian() const { return gaussian_; }
  const std::array<std::optional<Bounds>, kTraits>& ranges() const { return ranges_; }
  bool Possible() const { return possible_; }
  // Of what was taken in, by the prior.
  double LogEvidence() const { return log_evidence_; }

  bool HasScore() const { return closed_->score.has_value(); }
  double TargetRaw() const { return target_; }
  double Sigma() const { return sigma_; }  // of the raw score

  // The law's raw score, and its derivatives by the traits.
  double Raw(const Traits& traits) const;
  Traits RawGradient(const Traits& traits) const;

 private:
  const ClosedCase* closed_;
  Form form_;
  Gaussian gaussian_;
  std::array<std::optional<Bounds>, kTraits> ranges_;
  bool possible_ = true;
  double log_evidence_ = 0, target_ = 0, sigma_ = 0;
};

// With the law's score, and a MoE's experts as its parameters tell them.
Structure StructureAt(const KindPosterior& kind, const Traits& traits);

// x = mean + factor z, z standard normal: traits with a range first, so that each z follows from those before it.
struct Factor {
  Traits mean{};
  std::array<std::size_t, kTraits> order{};  // of traits
  std::array<Traits, kTraits>
      rows{};  // by place in the order, lower triangular; a diagonal of 0 for what follows from others
};
Factor FactorOf(const Gaussian& gaussian, const std::array<std::optional<Bounds>, kTraits>& ranges);

}  // namespace perflaw
