#include "search/learn/training.hpp"

#include <algorithm>
#include <cctype>
#include <cmath>
#include <functional>
#include <limits>
#include <map>
#include <stdexcept>
#include <string>

#include "search/learn/fit.hpp"
#include "search/statistics/least_squares.hpp"
#include "search/statistics/quantiles.hpp"

namespace perflaw {
namespace {

using Eigen::Index;

enum Coefficient { kShape, kTokens, kActive, kSparsity, kPerYear, kOffset, kTrained };

Law LawWith(const Law& paper, const TrainingOptions& options, const Vector& c) {
  Law law = paper;
  law.w = {c[kShape] * paper.w[0], c[kShape] * paper.w[1], c[kShape] * paper.w[2], c[kTokens]};
  law.w_active = c[kActive];
  law.w_sparsity = c[kSparsity];
  law.b = c[kOffset];
  law.log_saturation = std::log(options.saturation);
  law.expands = false;
  law.ceiling = options.ceiling;
  law.score_noise = options.score_noise;
  law.recipe = {c[kPerYear], options.until, options.date};
  return law;
}

// The raw score is linear in the coefficients: what each multiplies, row by row.
Matrix FeaturesOf(const Law& paper, const std::vector<const ScoredRun*>& runs,
                  const TrainingOptions& options) {
  Matrix features(static_cast<Index>(runs.size()), Index{kTrained});
  for (Index i = 0; i < features.rows(); ++i) {
    const ScoredRun& run = *runs[static_cast<std::size_t>(i)];
    for (Index c = 0; c < kTrained; ++c) {
      const Law one = LawWith(paper, options, Vector::Unit(kTrained, c));
      features(i, c) = PredictScore(LawOf(one, run), run.model, 1).raw;
    }
  }
  return features;
}

// Square roots of the terms of the sum.
struct Misfit {
  const TrainingOptions& options;
  Matrix features;
  Vector reported, root_weight;

  void operator()(const Vector& c, Vector& out) const {
    const Vector raw = features * c;
    for (Index i = 0; i < raw.size(); ++i) {
      const double r = (reported[i] - Emerged(options.ceiling, raw[i])) / options.delta;
      const double root = options.delta * std::sqrt(2 * (std::sqrt(1 + r * r) - 1));
      out[i] = root_weight[i] * std::copysign(root, r);
    }
  }
};

// The mean over all ways to choose `known` of the siblings.
double ErrorKnowing(std::size_t known, const Law& law, const std::vector<ScoredRun>& runs,
                    std::size_t run, Law base) {
  std::vector<ScoredRun> siblings;
  for (std::size_t i = 0; i < runs.size(); ++i)
    if (i != run && FamilyOf(runs[i]) == FamilyOf(runs[run])) siblings.push_back(runs[i]);
  if (siblings.size() < known) return std::numeric_limits<double>::quiet_NaN();
  base.sigma = law.sigma;
  base.family_share = law.family_share;
  FitOptions options;
  options.resamples = 2;
  std::vector<bool> taken(siblings.size());
  std::fill_n(taken.begin(), known, true);
  double sum = 0, ways = 0;
  do {
    std::vector<ScoredRun> given;
    for (std::size_t i = 0; i < siblings.size(); ++i)
      if (taken[i]) given.push_back(siblings[i]);
    const bool informative = std::any_of(given.begin(), given.end(),
                                         [](const ScoredRun& r) { return r.mmlu >= kNearChance; });
    const Law told = informative ? FitLaw(base, given, options, "siblings").law : base;
    sum += std::abs(runs[run].mmlu - PredictScore(LawOf(told, runs[run]), runs[run].model, 1).mmlu);
    ++ways;
  } while (std::prev_permutation(taken.begin(), taken.end()));
  return sum / ways;
}

bool Holds(const LeftOutRun& left_out, const ScoredRun& run, double sigma) {
  Law law = left_out.law;
  law.sigma = sigma;
  const Score score = PredictScore(law, run.model, 1);
  return run.mmlu >= score.low90 && run.mmlu <= score.high90;
}

}  // namespace

Law TrainLaw(const Law& paper, const std::vector<ScoredRun>& runs, const TrainingOptions& options) {
  std::map<std::string, double> members;
  std::vector<const ScoredRun*> teachers;
  for (const ScoredRun& run : runs) {
    if (run.distilled) continue;
    teachers.push_back(&run);
    ++members[FamilyOf(run)];
  }
  Misfit misfit{options, FeaturesOf(paper, teachers, options), {}, {}};
  const Index n = misfit.features.rows();
  if (!LeastSquares(misfit.features).Lost().empty())
    throw std::runtime_error("the models do not tell the law's coefficients apart");
  misfit.reported.resize(n);
  misfit.root_weight.resize(n);
  for (Index i = 0; i < n; ++i) {
    const ScoredRun& run = *teachers[static_cast<std::size_t>(i)];
    misfit.reported[i] = run.mmlu;
    misfit.root_weight[i] = std::pow(members.at(FamilyOf(run)), -0.25);
  }
  // From the paper's own weights, with the scores in the middle of the curve.
  Vector c = Vector::Zero(kTrained);
  c[kShape] = 1;
  c[kTokens] = paper.w[3];
  c[kOffset] = 50 - (misfit.features * c).mean();
  c = MinimiseSquares(std::cref(misfit), n, std::move(c));
  Law law = LawWith(paper, options, c);
  std::vector<ScoredRun> seen;
  for (const ScoredRun* run : teachers) seen.push_back(*run);
  law.domain = DomainOf(paper.domain, seen, 1);
  return law;
}

std::vector<LeftOutRun> LeaveFamiliesOut(const Law& paper, const std::vector<ScoredRun>& runs,
                                         const TrainingOptions& options) {
  std::vector<std::string> families;
  for (const ScoredRun& run : runs) families.push_back(FamilyOf(run));
  return LeaveGroupsOut(paper, runs, families, options);
}

std::vector<LeftOutRun> LeaveGroupsOut(const Law& paper, const std::vector<ScoredRun>& runs,
                                       const std::vector<std::string>& groups,
                                       const TrainingOptions& options) {
  std::vector<LeftOutRun> left_out(runs.size());
  std::map<std::string, Law> without;
  for (std::size_t i = 0; i < runs.size(); ++i) {
    if (without.count(groups[i]) == 0) {
      std::vector<ScoredRun> others;
      for (std::size_t k = 0; k < runs.size(); ++k)
        if (groups[k] != groups[i]) others.push_back(runs[k]);
      without[groups[i]] = TrainLaw(paper, others, options);
    }
    left_out[i].law = LawOf(without[groups[i]], runs[i]);
    left_out[i].raw = PredictScore(left_out[i].law, runs[i].model, 1).raw;
  }
  return left_out;
}

std::string LaboratoryOf(const std::string& family) {
  static const std::map<std::string, std::string> kOthers = {
      {"Gemma", "Google"},        {"Gemma 2", "Google"}, {"Gemma 3", "Google"},
      {"PaLM", "Google"},         {"Gopher", "Google"},  {"Pythia", "EleutherAI"},
      {"GPT-Neo/J", "EleutherAI"}};
  if (const auto other = kOthers.find(family); other != kOthers.end()) return other->second;
  const auto letter = [](char c) { return std::isalpha(static_cast<unsigned char>(c)) != 0; };
  return {family.begin(), std::find_if_not(family.begin(), family.end(), letter)};
}

std::vector<double> ErrorsKnowing(std::size_t known, const Law& law,
                                  const std::vector<ScoredRun>& runs,
                                  const std::vector<LeftOutRun>& left_out) {
  std::vector<double> errors;
  for (std::size_t i = 0; i < runs.size(); ++i)
    errors.push_back(ErrorKnowing(known, law, runs, i, left_out[i].law));
  return errors;
}

double FamilyShare(const std::vector<ScoredRun>& runs, const std::vector<double>& errors) {
  std::map<std::string, std::vector<double>> families;
  for (std::size_t i = 0; i < runs.size(); ++i) families[FamilyOf(runs[i])].push_back(errors[i]);
  double within = 0, between = 0, squares = 0;
  for (const auto& [family, members] : families) {
    const auto size = static_cast<double>(members.size());
    const double mean = Mean(members);
    for (const double error : members) within += (error - mean) * (error - mean);
    between += size * mean * mean;
    squares += size * size;
  }
  const auto n = static_cast<double>(runs.size()), groups = static_cast<double>(families.size());
  const double of_runs = within / (n - groups);
  const double size = (n - squares / n) / (groups - 1);
  const double common = std::max(0.0, (between / groups - of_runs) / size);
  return common / (common + of_runs);
}

void CalibrateErrors(const std::vector<ScoredRun>& runs, const std::vector<LeftOutRun>& left_out,
                     Law& law) {
  const auto held = [&](double sigma) {
    std::size_t count = 0;
    for (std::size_t i = 0; i < runs.size(); ++i) count += Holds(left_out[i], runs[i], sigma);
    return 10 * count >= 9 * runs.size();
  };
  int tenths = 1;
  while (!held(tenths / 10.0) && tenths < 1000) ++tenths;
  law.sigma = tenths / 10.0;
  std::vector<ScoredRun> telling;
  std::vector<double> errors;
  for (std::size_t i = 0; i < runs.size(); ++i) {
    if (runs[i].mmlu < kNearChance) continue;
    telling.push_back(runs[i]);
    errors.push_back(RawBehind(law, runs[i].mmlu) - left_out[i].raw);
  }
  law.family_share = FamilyShare(telling, errors);
}

}  // namespace perflaw
