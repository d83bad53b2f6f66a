// The law's coefficients from runs. With its discount and its saturation known, the law is linear in them:
//   y = w1 ln(uN) + w2 ln(uh) + w3 ln(ud) + w4 ln(uT') + b
// (N, h scaled by g for a MoE), y the raw score behind the reported one. Every method is least squares
//   minimise  sum weight_i (y_i - x_i beta)^2 + |held (beta - published)|^2
// over some of the coefficients, by a QR decomposition; `held` says how strongly the published law is held to.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "engine/law.hpp"
#include "search/base/control.hpp"
#include "search/base/status.hpp"
#include "search/learn/fit_method.hpp"
#include "search/learn/scored_run.hpp"

namespace perflaw {

// With as many runs least squares needs no help: ten for each coefficient.
inline constexpr std::size_t kEnoughRuns = 50;
struct FitOptions {
  std::optional<FitMethod>
      method;           // default: kLeastSquares for kEnoughRuns or more that tell all coefficients
                        // apart, else by leave-one-out errors, of whole families where
                        // two or more are given: the runs to come are of none of them
  bool robust = false;  // Huber's weights (1.345 sigma): a run far off counts less
  double gamma = 1;     // of the runs
  std::uint64_t seed = 0;
  int resamples = 1000;  // of the bootstrap
};

// Throws InputError that names the field, its value and the rule: gamma above 0, two resamples or more.
void Check(const FitOptions& options);

struct FitErrors {
  double mae = 0, rmse = 0;  // MMLU points, of reported scores
};
struct FitCandidate {
  FitMethod method = FitMethod::kPublished;
  double strength = 0;  // of kShrunk, in runs
  FitErrors leave_one_out;
  std::optional<FitErrors> leave_one_family_out;  // with two families or more
};

struct FitSummary {
  Status status = Status::kOptimal;  // interrupted: without its bootstrap
  Law law;  // w, b; sigma is the leave-one-out root mean square error, of raw scores; the domain is the runs' with kLeastSquares, else the published one
  FitMethod method = FitMethod::kPublished;
  double strength = 0;
  std::string why;   // the method was chosen
  double gamma = 1;  // fitted by kOffsetAndGamma, else as given
  // In the order w1 to w4, b; 0 for what was not fitted. Under a penalty these are the posterior's.
  std::array<double, kCoefficients> standard_errors{};
  std::array<std::array<double, kCoefficients>, kCoefficients> covariance{};
  // By resampled residuals; [q05, q95] and the standard deviation; NaN with fewer than three runs, or where
  // control.stop ended them.
  std::array<std::array<double, 2>, kCoefficients> bootstrap_90{};
  std::array<double, kCoefficients> bootstrap_standard_errors{};
  double residual_sigma = 0;  // of raw scores
  FitErrors leave_one_out;
  std::optional<FitErrors> leave_one_family_out;  // with two families or more
  std::vector<FitCandidate> candidates;           // what the method was chosen among
  std::vector<std::size_t> used;                  // positions of the runs used
  std::vector<double> fitted,
      left_out;  // reported-scale predictions of these: with them, and without
  std::vector<std::string> notes;
};

// Runs near chance are left out. Throws InputError(file, ...) when no run is left or an asked method has too few of
// them, or collinear ones; and as Check does. control.stop ends the bootstrap.
FitSummary FitLaw(const Law& published, const std::vector<ScoredRun>& runs,
                  const FitOptions& options, const std::string& file, const Control& control = {});

}  // namespace perflaw
