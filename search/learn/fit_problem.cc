#include "search/learn/fit_problem.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace perflaw {
namespace {

using Eigen::Index;

// One row: what each coefficient multiplies.
Vector RowOf(const Law& law, const TrainedModel& model, double gamma) {
  const LawInput<double> in = ToLawInput(model, gamma);
  const LawTerms<double> terms = EvaluateLaw(law, model.form, in);
  const double u = terms.log_discount;
  Vector row(kColumns);
  row << in.log_layers + terms.log_expansion + u, in.log_hidden + terms.log_expansion + u,
      in.log_ffn + u, terms.log_tokens + u, 1, (law.w[0] + law.w[1] + law.w[2] + law.w[3]) * u;
  return row;
}

// The offset of a family has the share family_share of sigma^2, a run around it the rest. It is the shift at the
// middle of the published law's domain, so that it does not depend on units.
void HoldOffset(const Problem& p, Recipe& r) {
  const Index k = r.held.cols();
  const double root = std::sqrt((1 - p.family_share) / p.family_share);
  for (Index j = 0; j < k; ++j)
    if (r.columns[static_cast<std::size_t>(j)] <= kB)
      r.held(k - 1, j) = root * p.middle[r.columns[static_cast<std::size_t>(j)]];
}

}  // namespace

Problem Pose(const Law& law, const std::vector<ScoredRun>& runs,
             const std::vector<std::size_t>& used, double gamma) {
  const auto n = static_cast<Index>(used.size());
  Problem p;
  p.x.resize(n, kColumns);
  p.y.resize(n);
  p.weight.resize(n);
  p.published.resize(kColumns);
  p.family_share = law.family_share;
  p.sigma = law.sigma;
  const double least = std::min(kLeastGamma, gamma) / gamma,
               most = std::max(kMostGamma, gamma) / gamma;
  p.least_bend = least * least - 1;
  p.most_bend = most * most - 1;
  p.fixed.resize(n);
  p.published << law.w[0], law.w[1], law.w[2], law.w[3], law.b, 0;
  for (Index i = 0; i < n; ++i) {
    const ScoredRun& run = runs[used[static_cast<std::size_t>(i)]];
    p.x.row(i) = RowOf(law, run.model, gamma);
    p.fixed[i] = PredictScore(LawOf(law, run), run.model, gamma).raw - p.x.row(i).dot(p.published);
    p.y[i] = RawBehind(law, run.mmlu) - p.fixed[i];
    p.weight[i] = run.weight;
    p.families.push_back(run.family.empty() ? "run " + std::to_string(i) : run.family);
  }
  constexpr Feature kOf[] = {Feature::kLayers, Feature::kHidden, Feature::kActivatedFfn,
                             Feature::kTokens};
  p.middle = Vector::Ones(kCoefficients);
  p.spread = Vector::Zero(kB);
  for (Index j = 0; j < kB; ++j) {
    const Domain::Range& range = law.domain.box[static_cast<std::size_t>(kOf[j])];
    const double unit = kOf[j] == Feature::kTokens ? kTokensUnit : 1;
    p.middle[j] = std::log(range.min * range.max / unit / unit) / 2;
    p.spread[j] = std::log(range.max / range.min) / std::sqrt(12);
  }
  return p;
}

Recipe RecipeOf(const Problem& p, FitMethod method, double strength) {
  Recipe r{method, strength, {}, {}};
  if (method == FitMethod::kOffset) r.columns = {kB};
  if (method == FitMethod::kOffsetAndGamma) r.columns = {kB, kBend};
  if (method == FitMethod::kShrunk || method == FitMethod::kLeastSquares)
    r.columns = {0, 1, 2, 3, kB};
  const auto k = static_cast<Index>(r.columns.size());
  r.held = Matrix::Zero(k, k);
  if (k == 0 || method == FitMethod::kLeastSquares) return r;
  HoldOffset(p, r);
  if (method == FitMethod::kShrunk)
    for (Index j = 0; j < kB; ++j) r.held(j, j) = std::sqrt(strength) * p.spread[j];
  return r;
}

namespace {

Solution SolveUnlimited(const Problem& p, const Recipe& recipe) {
  const Index n = p.x.rows(), k = static_cast<Index>(recipe.columns.size());
  Solution s{p.published, Vector::Zero(n), Matrix::Zero(k, k), {}};
  if (k == 0) return s;
  Matrix a = Matrix::Zero(n + k, k);
  Vector target = Vector::Zero(n + k);
  target.head(n) = (p.y - p.x * p.published).cwiseProduct(p.weight.cwiseSqrt());
  // Columns of unit length, so that the rank does not depend on units.
  Vector unit(k);
  for (Index j = 0; j < k; ++j) {
    const auto at = static_cast<std::size_t>(j);
    a.col(j).head(n) = p.x.col(recipe.columns[at]).cwiseProduct(p.weight.cwiseSqrt());
    a.col(j).tail(k) = recipe.held.col(j);
    unit[j] = std::max(a.col(j).norm(), std::numeric_limits<double>::min());
    a.col(j) /= unit[j];
  }
  const LeastSquares squares(a, 1e-9);
  for (const Index j : squares.Lost())
    s.lost.push_back(recipe.columns[static_cast<std::size_t>(j)]);
  if (!s.lost.empty()) return s;
  const Vector step = squares.Solve(target).cwiseQuotient(unit);
  for (Index j = 0; j < k; ++j) s.beta[recipe.columns[static_cast<std::size_t>(j)]] += step[j];
  s.leverage = squares.Basis().topRows(n).rowwise().squaredNorm();
  const Matrix half = unit.cwiseInverse().asDiagonal() * squares.RootOfInverse();
  s.inverse = half * half.transpose();
  return s;
}

}  // namespace

Solution Solve(const Problem& p, const Recipe& recipe) {
  Solution free = SolveUnlimited(p, recipe);
  const double bend = std::clamp(free.beta[kBend], p.least_bend, p.most_bend);
  if (recipe.method != FitMethod::kOffsetAndGamma || !free.lost.empty() || bend == free.beta[kBend])
    return free;
  Problem limited = p;
  limited.published[kBend] = bend;
  Solution s = SolveUnlimited(limited, RecipeOf(limited, FitMethod::kOffset, 0));
  s.inverse.conservativeResizeLike(Matrix::Zero(2, 2));  // a held coefficient has no error
  return s;
}

Vector LeftOut(const Problem& p, const Solution& s) {
  const Vector residual = p.y - p.x * s.beta;
  return p.y - residual.cwiseQuotient((1 - s.leverage.array()).max(1e-12).matrix());
}

Problem Without(const std::string& family, const Problem& p) {
  std::vector<Index> keep;
  for (Index i = 0; i < p.y.size(); ++i)
    if (p.families[static_cast<std::size_t>(i)] != family) keep.push_back(i);
  Problem part = p;
  part.x = p.x(keep, Eigen::all);
  part.y = p.y(keep);
  part.fixed = p.fixed(keep);
  part.weight = p.weight(keep);
  part.families.clear();
  for (const Index i : keep) part.families.push_back(p.families[static_cast<std::size_t>(i)]);
  return part;
}

}  // namespace perflaw
