#include "search/invert/errors.hpp"

#include <algorithm>
#include <cmath>
#include <map>

namespace perflaw {
namespace {

bool Tells(const ScoredRun& run) { return run.mmlu >= kTellingScore; }

// What was learned without one family.
struct Learned {
  StructurePrior prior;
  double sigma = 0;
};

Learned LearnWithout(const std::string& family, const std::vector<ScoredRun>& runs,
                     const std::vector<LeftOutRun>& left_out) {
  std::vector<ScoredRun> others;
  std::vector<double> raw;
  for (std::size_t i = 0; i < runs.size(); ++i) {
    if (FamilyOf(runs[i]) == family) continue;
    others.push_back(runs[i]);
    raw.push_back(left_out[i].raw);
  }
  return {LearnPrior(others), SigmaOfTelling(left_out.front().law, others, raw)};
}

ClosedCase CaseOf(const ScoredRun& run, const Law& law, const Learned& learned,
                  KnownTokens tokens) {
  ClosedCase closed;
  closed.law = law;
  closed.law.sigma = learned.sigma;
  closed.prior = learned.prior;
  closed.score = ScoreEvidence{"mmlu", run.mmlu, law.score_noise, 0};
  const double log_tokens = std::log(run.model.tokens);
  if (tokens == KnownTokens::kYes) closed.known[kTokensTrait] = {log_tokens, log_tokens};
  return closed;
}

}  // namespace

double SigmaOfTelling(const Law& law, const std::vector<ScoredRun>& runs,
                      const std::vector<double>& raw) {
  std::vector<double> errors;
  for (std::size_t i = 0; i < runs.size(); ++i) {
    if (Tells(runs[i]) && !runs[i].distilled)
      errors.push_back(std::abs(RawBehind(law, runs[i].mmlu) - raw[i]));
  }
  std::sort(errors.begin(), errors.end());
  const double held = errors.at((9 * errors.size() + 9) / 10 - 1);
  return std::ceil(10 * held / kNormalQuantile95) / 10;
}

std::vector<double> RawScores(const Law& law, const std::vector<ScoredRun>& runs) {
  std::vector<double> raw;
  for (const ScoredRun& run : runs) raw.push_back(PredictScore(LawOf(law, run), run.model, 1).raw);
  return raw;
}

std::vector<InvertedRun> InvertLeftOut(const Law& paper, const std::vector<ScoredRun>& runs,
                                       const TrainingOptions& training, KnownTokens tokens,
                                       const InversionOptions& options, Control& control) {
  const std::vector<LeftOutRun> left_out = LeaveFamiliesOut(paper, runs, training);
  std::map<std::string, Learned> without;
  std::vector<InvertedRun> inverted;
  for (std::size_t i = 0; i < runs.size(); ++i) {
    if (!Tells(runs[i])) continue;
    const std::string family = FamilyOf(runs[i]);
    if (without.count(family) == 0) without[family] = LearnWithout(family, runs, left_out);
    const ClosedCase closed = CaseOf(runs[i], left_out[i].law, without.at(family), tokens);
    Inversion found = InvertPosterior(closed, options, control);
    if (found.status == Status::kInterrupted) break;
    inverted.push_back({&runs[i], std::move(found)});
  }
  return inverted;
}

double TruthOf(const ScoredRun& run, Quantity quantity) {
  switch (quantity) {
    case Quantity::kTotalParams:
      return run.model.total_params;
    case Quantity::kActiveParams:
      return run.model.active_params;
    case Quantity::kLayers:
      return run.model.layers;
    case Quantity::kHidden:
      return run.model.hidden;
    default:
      return run.model.tokens;
  }
}

Calibration CalibrationOf(const std::vector<InvertedRun>& inverted, Quantity quantity) {
  Calibration c;
  std::vector<double> errors;
  for (const InvertedRun& one : inverted) {
    const Quantiles& q = *one.found.posterior[static_cast<std::size_t>(quantity)];
    const double truth = TruthOf(*one.run, quantity);
    c.held_90 += q.q05 <= truth && truth <= q.q95 ? 1 : 0;
    c.held_50 += q.q25 <= truth && truth <= q.q75 ? 1 : 0;
    c.mean_width += std::log10(q.q95 / q.q05);
    errors.push_back(std::abs(std::log10(q.q50 / truth)));
  }
  const auto n = static_cast<double>(inverted.size());
  c.held_90 /= n;
  c.held_50 /= n;
  c.mean_width /= n;
  std::nth_element(errors.begin(), errors.begin() + static_cast<std::ptrdiff_t>(errors.size() / 2),
                   errors.end());
  c.median_error = errors[errors.size() / 2];
  return c;
}

}  // namespace perflaw
