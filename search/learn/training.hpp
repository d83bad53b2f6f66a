// The law of today, learned from published models: the paper's shape terms and score form, with terms of size, sparsity and the
// recipe's date, under Gompertz's curve.
//   y = kappa (w1 ln(uN) + w2 ln(uh) + w3 ln(ud)) + w4 ln(uT') + w_active ln A + w_sparsity ln(S/A)
//       + per_year (min(date, until) - until) + b,      w1 to w3 the paper's, T' = min(T, K sqrt(A S))
// The six coefficients kappa, w4, w_active, w_sparsity, per_year and b minimise
//   sum over models of rho(reported - Bounded(y)) / sqrt(models of its family),  rho(r) = 2 delta^2 (sqrt(1 + (r/delta)^2) - 1)
// so that neither a large family nor a model far off decides alone.
#pragma once

#include <vector>

#include "search/learn/scored_run.hpp"

namespace perflaw {

// What is not fitted. Each was chosen by the leave-one-family-out error, on a plateau: half or twice the value costs
// less than 0.2 MMLU.
struct TrainingOptions {
  double saturation = 20;  // K
  double ceiling =
      93.5;  // 6.49 % of MMLU's questions are wrong (Gema et al., "Are We Done with MMLU?", 2024)
  double until = 2024 + 5 / 12.0;
  double date = 2026;         // of the planner's recipe; the trend has ended before
  double delta = 4;           // MMLU points
  double score_noise = 0.75;  // two sources of one score differ by 0.7 on average
};

// The paper's law gives w1 to w3 and the name. Distilled runs do not teach. Throws std::runtime_error when the runs
// cannot tell the coefficients.
Law TrainLaw(const Law& paper, const std::vector<ScoredRun>& runs, const TrainingOptions& options);

struct LeftOutRun {
  Law law;         // trained without the run's family, at the run's recipe date
  double raw = 0;  // the run's by that law
};
// Each run, distilled ones as well, by the law that never saw its family.
std::vector<LeftOutRun> LeaveFamiliesOut(const Law& paper, const std::vector<ScoredRun>& runs,
                                         const TrainingOptions& options);

// The same with `groups[i]`, such as a laboratory, in place of the family of run i.
std::vector<LeftOutRun> LeaveGroupsOut(const Law& paper, const std::vector<ScoredRun>& runs,
                                       const std::vector<std::string>& groups,
                                       const TrainingOptions& options);
// Who made a family: Google of Gemma, Gemma 2, PaLM and Gopher (DeepMind), EleutherAI of Pythia and GPT-Neo/J, OpenAI of GPT and GPT-3; else the
// letters that the family's name starts with, so that Llama 1 to 3 are one, and Qwen 1 to Qwen2.5.
std::string LaboratoryOf(const std::string& family);

// Absolute errors in MMLU when the law that never saw a run's family is told `known` of its siblings (FitLaw; `law` says sigma and
// family_share), the mean over all ways to choose them; NaN for a run with fewer siblings. known = 0: the left-out law's.
std::vector<double> ErrorsKnowing(std::size_t known, const Law& law,
                                  const std::vector<ScoredRun>& runs,
                                  const std::vector<LeftOutRun>& left_out);

// The share of the errors' mean square that the runs of a family have in common, by analysis of variance around 0.
double FamilyShare(const std::vector<ScoredRun>& runs, const std::vector<double>& errors);

// Sets the law's sigma to the smallest multiple of 0.1 with which the left-out runs' 90 % intervals hold nine in ten,
// and its family_share to that of the left-out errors.
void CalibrateErrors(const std::vector<ScoredRun>& runs, const std::vector<LeftOutRun>& left_out,
                     Law& law);

}  // namespace perflaw
