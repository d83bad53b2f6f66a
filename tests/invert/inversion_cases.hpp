// Cases that the tests of inversions share.
#pragma once

#include <atomic>
#include <cmath>
#include <string>

#include "search/invert/invert.hpp"
#include "search/io/inputs/catalog.hpp"
#include "search/io/inputs/prior_file.hpp"

namespace perflaw {

inline const std::atomic<bool> kGoOn{false};  // a stop that nobody turns

inline ClosedCase OpenCase(const std::string& law = "performance-law-2026") {
  Inputs inputs;
  const PriorFile file = LoadPrior(kDefaultPrior, inputs, "test", "prior");
  ClosedCase closed;
  closed.law = LoadLaw(law, inputs, "test", "law");
  closed.law.sigma = file.law_sigma.at(law);
  closed.prior = file.prior;
  return closed;
}

inline Limits Exactly(double value) { return {std::log(value), std::log(value)}; }

inline ScoreEvidence Mmlu(double value, double noise = 0.75, double rounding = 0.05) {
  return {"mmlu", value, noise, rounding};
}

inline Quantiles Of(const Inversion& inversion, Quantity quantity) {
  return inversion.posterior[static_cast<std::size_t>(quantity)].value();
}

}  // namespace perflaw
