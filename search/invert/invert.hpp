// The structures behind a closed model's score: with a prior over what real models look like, evidence and the law's own error, what
// is plausible, what the evidence tells and what it does not.
//   posterior(x) ~ prior(x) x N(y; raw(x), sigma^2) x the other evidence, x the traits of structure_prior.hpp,
// y the raw score behind the measured one, sigma^2 the law's error and the measurement's together.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "search/base/control.hpp"
#include "search/base/status.hpp"
#include "search/invert/case.hpp"

namespace perflaw {

inline constexpr std::size_t kSampled = 400;

struct Inversion {
  // Interrupted: the posterior is of the draws so far, evenly of each kind, and what was not whole by then is not there.
  Status status = Status::kOptimal;
  double moe_share = 0;  // of the posterior
  std::array<std::optional<Quantiles>, kQuantities> posterior,
      prior;                          // nothing where no model has it
  std::vector<Structure> sample;      // kSampled draws of equal weight, for pictures
  std::vector<Structure> structures;  // rounded shapes, the most plausible first
  std::vector<Structure> modes;       // that the law gives the score; the most plausible first
  std::vector<ProfileRange> ranges;   // of traits that are not known
  std::vector<Conflict> conflicts;
  double effective_draws = 0;  // (sum w)^2 / sum w^2 of the draws' weights w
};

// The same for any number of threads. With conflicts the answer is what the evidence says all the same; where fewer than ten effective
// draws keep all that is known there is no posterior: moe_share is NaN. control.stop ends it early. Throws InputError as Check does.
Inversion Invert(const ClosedCase& closed, const InversionOptions& options, Control& control);

// Invert's posterior and odds alone.
Inversion InvertPosterior(const ClosedCase& closed, const InversionOptions& options,
                          Control& control);

// 1 - log width of the posterior's 90 % interval / the prior's, within [0, 1] but for a wider posterior; 1 for what is known.
double Identified(const Quantiles& posterior, const Quantiles& prior, bool of_logs);

}  // namespace perflaw
