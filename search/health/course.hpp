// Straight and bent courses through the residuals of training curves, by least squares.
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "search/statistics/basis.hpp"

namespace perflaw {

// One score as the law sees it.
struct Sample {
  double log_tokens, expected, residual;  // residual = unbounded measured - raw at gamma 1
  std::size_t curve;                      // 0 the run, then the references
  double Measured() const { return expected + residual; }
};

// The coefficient of a column beside a basis, and its error.
struct Effect {
  double value = 0, error = 0, sigma = 0, freedom = 1, squares = 0;
};

// A run minus its references at the same tokens.
struct Difference {
  std::vector<Sample> run;  // residual: the run's - the mean of the references'
  // By how much a reference's score enters a sample of the run.
  struct Share {
    std::size_t sample, score;
    double weight;
  };
  std::vector<Share> shares;
  std::size_t scores = 0;  // of the references
};
// Each reference's residuals run straight between its neighbouring scores, and on from its ends; of several
// each has a level of its own beside the run, and their mean stays. No polynomial has to follow a real curve's
// bends. Range: tokens increase along each curve; a reference sample at least; those of curve k, from 1 on, together.
Difference Beside(const std::vector<Sample>& run, const std::vector<Sample>& references);

// Least squares of the samples' residuals on a basis and one column more: many columns may be asked for, each in
// O(samples x columns of the basis).
class Regression {
 public:
  // Precondition: the samples, or the difference, outlive it.
  Regression(Basis basis, const std::vector<Sample>& samples);
  // Sigma is that of one score; the error knows that neighbours have reference scores in common:
  //   Var(sum q_i d_i) = sigma^2 (sum_i q_i^2 + sum_j (sum_i q_i share_ij)^2).
  Regression(Basis basis, const Difference& difference);
  // Nothing where the basis explains the column, or there are too few scores. The error is widened where neighbouring
  // scores stray together.
  std::optional<Effect> Of(const Column& column) const;

 private:
  double ErrorBySharedScores(const Column& q, double sigma) const;

  Basis basis_;
  const std::vector<Sample>& samples_;
  const Difference* difference_ = nullptr;
  double variance_ = 1;  // of a sample, in that of a score
  Column rest_;          // of the residuals beside the basis
  double least_sigma_;
};

// Powers 0 to `degree` of the centred ln tokens. The law's own slope is off for real curves.
Basis Trend(const std::vector<Sample>& samples, int degree, bool with_constant);
// What so many points can bear.
int TrendDegree(std::size_t points);

Column Residuals(const std::vector<Sample>& samples);
// Of one score, from the number of MMLU's questions.
double BinomialSigma(const std::vector<Sample>& samples);

}  // namespace perflaw
