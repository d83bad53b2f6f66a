#include "search/learn/fit.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <random>
#include <set>

#include "search/base/error.hpp"
#include "search/learn/fit_problem.hpp"

namespace perflaw {
namespace {

using Eigen::Index;

constexpr const char* kColumnNames[] = {"layers", "hidden", "ffn", "tokens", "offset", "gamma"};
constexpr double kStrengths[] = {3, 10, 30, 100};

std::vector<double> Reported(const Law& law, const Vector& raw) {
  std::vector<double> reported;
  for (const double y : raw) reported.push_back(Bounded(law, y));
  return reported;
}

// `predicted`: raw scores without the problem's `fixed`.
FitErrors Errors(const Law& law, const Problem& p, const Vector& predicted) {
  FitErrors errors;
  for (Index i = 0; i < p.y.size(); ++i) {
    const double error =
        Bounded(law, p.fixed[i] + predicted[i]) - Bounded(law, p.fixed[i] + p.y[i]);
    errors.mae += std::abs(error);
    errors.rmse += error * error;
  }
  const auto n = static_cast<double>(p.y.size());
  return {errors.mae / n, std::sqrt(errors.rmse / n)};
}

// Each family predicted without its runs; nothing with one family, or where a family's leaving makes the rest too few.
std::optional<Vector> LeftOutByFamily(const Problem& p, const Recipe& recipe) {
  std::map<std::string, std::vector<Index>> families;
  for (Index i = 0; i < p.y.size(); ++i)
    families[p.families[static_cast<std::size_t>(i)]].push_back(i);
  if (families.size() < 2) return std::nullopt;
  Vector predicted(p.y.size());
  for (const auto& [family, members] : families) {
    const Problem rest = Without(family, p);
    const Solution s = Solve(rest, RecipeOf(rest, recipe.method, recipe.strength));
    if (!s.lost.empty()) return std::nullopt;
    for (const Index i : members) predicted[i] = p.x.row(i).dot(s.beta);
  }
  return predicted;
}

std::optional<FitErrors> LeaveFamiliesOut(const Law& law, const Problem& p, const Recipe& recipe) {
  const auto predicted = LeftOutByFamily(p, recipe);
  if (!predicted) return std::nullopt;
  return Errors(law, p, *predicted);
}

// Huber's weights, solved again until they stand still.
constexpr double kHuber = 1.345;
void ReweighRobustly(Problem& p, const Recipe& recipe) {
  const Vector given = p.weight;
  for (int round = 0; round < 100; ++round) {
    const Vector residual = (p.y - p.x * Solve(p, recipe).beta).cwiseAbs();
    std::vector<double> sorted(residual.begin(), residual.end());
    std::nth_element(sorted.begin(),
                     sorted.begin() + static_cast<std::ptrdiff_t>(sorted.size() / 2), sorted.end());
    const double limit = kHuber * std::max(sorted[sorted.size() / 2] / 0.6745, 1e-9);
    const Vector before = p.weight;
    p.weight = given.array() * (limit / residual.array().max(limit));
    if ((p.weight - before).cwiseAbs().maxCoeff() < 1e-10) return;
  }
}

double ResidualSigma(const Problem& p, const Solution& s) {
  const double freedom = static_cast<double>(p.y.size()) - s.leverage.sum();
  const double within = p.sigma * std::sqrt(1 - p.family_share);
  if (freedom < 2) return within;  // too few to say: as the published law's runs of one family
  return std::sqrt((p.y - p.x * s.beta).cwiseAbs2().dot(p.weight) / freedom);
}

// Fits again to the fitted scores plus residuals drawn with replacement, each scaled to the variance that its
// leverage took from it. The coefficients are linear in the scores, so a fit is one product; Huber's weights stay.
void Bootstrap(const Problem& p, const Recipe& recipe, const Solution& s, const FitOptions& options,
               const Control& control, FitSummary& summary) {
  constexpr double kNone = std::numeric_limits<double>::quiet_NaN();
  summary.bootstrap_standard_errors.fill(kNone);
  summary.bootstrap_90.fill({kNone, kNone});
  const Index n = p.y.size();
  constexpr Index kFewest = 3;  // under that there is nothing to draw from
  if (n < kFewest) return;
  const Vector root = p.weight.cwiseSqrt();
  Vector scaled = (p.y - p.x * s.beta)
                      .cwiseProduct(root)
                      .cwiseQuotient((1 - s.leverage.array()).max(1e-12).sqrt().matrix());
  scaled.array() -= scaled.mean();
  const Matrix gain = s.inverse * p.x(Eigen::all, recipe.columns).transpose() * root.asDiagonal();
  Matrix drawn = s.beta.replicate(1, options.resamples);
  std::mt19937_64 random(options.seed);
  Vector noise(n);
  for (Index b = 0; b < options.resamples; ++b) {
    if (control.stop) {
      summary.status = Status::kInterrupted;
      return;
    }
    for (double& one : noise)
      one = scaled[static_cast<Index>(random() % static_cast<std::uint64_t>(n))];
    drawn.col(b)(recipe.columns) += gain * noise;
  }
  for (std::size_t c = 0; c < kCoefficients; ++c) {
    const Vector row = drawn.row(static_cast<Index>(c));
    std::vector<double> v(row.begin(), row.end());
    std::sort(v.begin(), v.end());
    summary.bootstrap_standard_errors[c] =
        std::sqrt((row.array() - row.mean()).square().sum() / static_cast<double>(v.size() - 1));
    summary.bootstrap_90[c] = {v[v.size() / 20], v[v.size() - 1 - v.size() / 20]};
  }
}

std::string NamesOf(const std::vector<Index>& columns) {
  std::vector<std::string> names;
  for (const Index c : columns) names.emplace_back(kColumnNames[c]);
  return fmt::format("{}", fmt::join(names, ", "));
}

// Whether the runs can bear the method: more of them than coefficients, and these told apart.
bool Bears(const Problem& p, const Recipe& recipe, std::string* why_not) {
  const auto n = static_cast<std::size_t>(p.y.size());
  const std::size_t least =
      recipe.method == FitMethod::kLeastSquares ? kCoefficients + 2
      : recipe.method == FitMethod::kShrunk || recipe.method == FitMethod::kOffsetAndGamma ? 3
                                                                                           : 1;
  if (n < least) {
    *why_not = fmt::format("{} needs {} runs above chance, and there are {}",
                           FitMethodName(recipe.method), least, n);
    return false;
  }
  const Solution s = Solve(p, recipe);
  if (!s.lost.empty())
    *why_not = fmt::format(
        "the runs cannot tell {} apart from the other coefficients: they vary together or not at "
        "all",
        NamesOf(s.lost));
  return s.lost.empty();
}

// Whether a method that fits more earns it: `gains` in squared error are above 0 by more than one standard error.
bool Earns(const Vector& gains) {
  const auto n = static_cast<double>(gains.size());
  const double mean = gains.mean();
  return mean > std::sqrt((gains.array() - mean).square().sum() / (n - 1) / n);
}

struct Choice {
  Recipe recipe;
  std::string why;
};

Choice Choose(const Law& law, const Problem& p, FitSummary& summary) {
  const Recipe full = RecipeOf(p, FitMethod::kLeastSquares, 0);
  std::string why_not;
  const bool bears = Bears(p, full, &why_not);
  if (bears && static_cast<std::size_t>(p.y.size()) >= kEnoughRuns)
    return {full, fmt::format("{} runs or more tell all coefficients apart", kEnoughRuns)};
  if (!bears) summary.notes.push_back("least squares is out: " + why_not);
  std::vector<Recipe> recipes = {RecipeOf(p, FitMethod::kPublished, 0),
                                 RecipeOf(p, FitMethod::kOffset, 0),
                                 RecipeOf(p, FitMethod::kOffsetAndGamma, 0)};
  for (const double strength : kStrengths)
    recipes.push_back(RecipeOf(p, FitMethod::kShrunk, strength));
  if (bears) recipes.push_back(full);
  // One run says nothing of how well it predicts others; the spread of families does.
  if (p.y.size() < 3)
    return {recipes[1],
            "one or two runs can only move the offset, as far as the spread of families allows"};
  const bool families = std::set<std::string>(p.families.begin(), p.families.end()).size() > 1;
  std::size_t best = 0;
  Vector best_squares;
  for (const Recipe& recipe : recipes) {
    if (!Bears(p, recipe, &why_not)) continue;
    const Vector left_out = LeftOut(p, Solve(p, recipe));
    const auto by_family = LeftOutByFamily(p, recipe);
    if (families && !by_family) continue;
    summary.candidates.push_back({recipe.method, recipe.strength, Errors(law, p, left_out), {}});
    if (by_family) summary.candidates.back().leave_one_family_out = Errors(law, p, *by_family);
    const Vector squares = (p.y - by_family.value_or(left_out)).cwiseAbs2();
    if (best_squares.size() > 0 && !Earns(best_squares - squares)) continue;
    best = summary.candidates.size() - 1;
    best_squares = squares;
  }
  const FitCandidate& chosen = summary.candidates[best];
  return {RecipeOf(p, chosen.method, chosen.strength),
          fmt::format("of {} methods, the simplest whose leave-one-{}out error ({:.2f} root mean "
                      "square) none that fits more "
                      "beats by over one standard error",
                      summary.candidates.size(), families ? "family-" : "",
                      chosen.leave_one_family_out.value_or(chosen.leave_one_out).rmse)};
}

// Of the fitted coefficients of the law, in their places among all.
void FillCovariance(const Recipe& recipe, const Solution& s, FitSummary& summary) {
  const double variance = summary.residual_sigma * summary.residual_sigma;
  for (std::size_t i = 0; i < recipe.columns.size(); ++i) {
    for (std::size_t j = 0; j < recipe.columns.size(); ++j) {
      const Index row = recipe.columns[i], column = recipe.columns[j];
      if (row > kB || column > kB) continue;
      summary.covariance[static_cast<std::size_t>(row)][static_cast<std::size_t>(column)] =
          variance * s.inverse(static_cast<Index>(i), static_cast<Index>(j));
    }
  }
  for (std::size_t c = 0; c < kCoefficients; ++c)
    summary.standard_errors[c] = std::sqrt(summary.covariance[c][c]);
}

void FillLaw(const Law& published, const Problem& p, const Solution& s, const Vector& left_out,
             FitSummary& summary) {
  summary.law = published;
  for (Index c = 0; c < kB; ++c) summary.law.w[static_cast<std::size_t>(c)] = s.beta[c];
  summary.law.b = s.beta[kB];
  // The errors of few runs are uncertain themselves: not under what a family's runs are known to scatter by.
  constexpr Index kRunsThatTell = 10;
  const double scatter = (p.y - left_out).norm() / std::sqrt(static_cast<double>(p.y.size()));
  summary.law.sigma =
      p.y.size() >= kRunsThatTell ? scatter : std::max(scatter, summary.residual_sigma);
}

std::vector<std::size_t> AboveChance(const std::vector<ScoredRun>& runs, FitSummary& summary) {
  std::vector<std::size_t> used;
  for (std::size_t i = 0; i < runs.size(); ++i) {
    if (runs[i].mmlu >= kNearChance && runs[i].weight > 0) used.push_back(i);
  }
  if (used.size() < runs.size()) {
    summary.notes.push_back(fmt::format(
        "{} runs left out: under {} MMLU, where guessing hides what the law says, or of weight 0",
        runs.size() - used.size(), kNearChance));
  }
  return used;
}

std::vector<ScoredRun> Chosen(const std::vector<ScoredRun>& runs,
                              const std::vector<std::size_t>& positions) {
  std::vector<ScoredRun> chosen;
  for (const std::size_t i : positions) chosen.push_back(runs[i]);
  return chosen;
}

}  // namespace

std::string_view FitMethodName(FitMethod method) {
  constexpr std::string_view kNames[] = {"published", "offset", "offset_and_gamma", "shrunk",
                                         "least_squares"};
  return kNames[static_cast<int>(method)];
}

void Check(const FitOptions& options) {
  constexpr const char* kOptions = "fit options";
  Demand(options.gamma > 0 && std::isfinite(options.gamma), kOptions, "gamma", options.gamma,
         "must be above 0");
  Demand(options.resamples >= 2, kOptions, "resamples", options.resamples, "must be at least 2");
}

FitSummary FitLaw(const Law& published, const std::vector<ScoredRun>& runs,
                  const FitOptions& options, const std::string& file, const Control& control) {
  Check(options);
  FitSummary summary;
  summary.used = AboveChance(runs, summary);
  if (summary.used.empty())
    throw InputError(file, "rows", "", "no run scores above chance, so none says anything");
  Problem p = Pose(published, runs, summary.used, options.gamma);
  Choice choice;
  if (options.method) {
    constexpr double kAskedStrength = 10;  // runs, as many as would make shrinking worth asking for
    choice = {
        RecipeOf(p, *options.method, *options.method == FitMethod::kShrunk ? kAskedStrength : 0),
        "it was asked for"};
    std::string why_not;
    if (!Bears(p, choice.recipe, &why_not)) throw InputError(file, "rows", "", why_not);
  } else {
    choice = Choose(published, p, summary);
  }
  const Recipe& recipe = choice.recipe;
  if (options.robust) ReweighRobustly(p, recipe);
  const Solution s = Solve(p, recipe);
  summary.method = recipe.method;
  summary.strength = recipe.strength;
  summary.why = choice.why;
  summary.residual_sigma = ResidualSigma(p, s);
  FillCovariance(recipe, s, summary);
  Bootstrap(p, recipe, s, options, control, summary);
  const Vector left_out = LeftOut(p, s);
  summary.leave_one_out = Errors(published, p, left_out);
  summary.leave_one_family_out = LeaveFamiliesOut(published, p, recipe);
  summary.fitted = Reported(published, p.fixed + p.x * s.beta);
  summary.left_out = Reported(published, p.fixed + left_out);

  FillLaw(published, p, s, left_out, summary);
  // Shrunk coefficients are the published ones where the runs say nothing.
  if (recipe.method == FitMethod::kLeastSquares)
    summary.law.domain = DomainOf(published.domain, Chosen(runs, summary.used), options.gamma);
  summary.gamma = options.gamma * std::sqrt(std::max(0.0, 1 + s.beta[kBend]));
  const double bend = s.beta[kBend];
  if (recipe.method == FitMethod::kOffsetAndGamma && (bend == p.least_bend || bend == p.most_bend))
    summary.notes.push_back(fmt::format(
        "gamma ends at its limit {:.2g}: what the runs differ by is no infrastructure's loss",
        summary.gamma));
  return summary;
}

}  // namespace perflaw
