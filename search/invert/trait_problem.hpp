// Optimisation over one kind's traits, by sequential quadratic programming with the law's derivatives.
#pragma once

#include <vector>

#include "search/base/nlopt.hpp"
#include "search/invert/kind_posterior.hpp"

namespace perflaw {

// A kind's traits as x(z), z standard normal by the prior, with the functions of z that are minimised or held. Only what the prior leaves
// free has a z. The kind must outlive this.
class TraitProblem {
 public:
  explicit TraitProblem(const KindPosterior& kind);
  std::size_t Size() const { return free_.size(); }
  const KindPosterior& kind() const { return kind_; }

  Traits At(const std::vector<double>& z) const;

  // Each of these fills `gradient` too unless it is null.
  double Distance(const std::vector<double>& z, std::vector<double>* gradient) const;  // |z|^2 / 2
  double Misfit(const std::vector<double>& z, std::vector<double>* gradient) const;    // raw(x) - y
  // -ln posterior, but for a constant of the kind.
  double Surprise(const std::vector<double>& z, std::vector<double>* gradient) const;

  // Adds scale x the derivative of gradient . x by each z.
  void AddGradient(const Traits& gradient, double scale, std::vector<double>& by_z) const;
  // By how much x breaks a range of the case, or activates more than there is; 0 where it does not.
  double Breach(const Traits& x) const;
  // Start number 0 is the prior's middle.
  std::vector<double> Start(Count number) const;

 private:
  const KindPosterior& kind_;
  Factor factor_;
  std::vector<std::size_t> free_;  // places in the factor's order
};

// coefficients . x(z) - offset. The problem must outlive it.
MinimisedFunction LinearIn(const TraitProblem& problem, const Traits& coefficients, double offset);

// Moves z to where `goal` is least near it, within the ranges of the case, |z| <= 8 and what else is asked. Where NLopt finds no way z
// stays.
void Minimise(const TraitProblem& problem, const MinimisedFunction& goal, Constraints held,
              std::vector<double>& z);

// What an answer of this kind is less plausible for beside its distance: what was known of it, and the share of the kind at its date.
double KindSurprise(const ClosedCase& closed, const KindPosterior& kind, const Traits& x);

std::vector<Form> FormsOf(const ClosedCase& closed);  // that may be

}  // namespace perflaw
