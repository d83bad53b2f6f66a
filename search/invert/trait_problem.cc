#include "search/invert/trait_problem.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <random>

namespace perflaw {
namespace {

constexpr double kReach = 8;  // of each z

Traits Along(std::size_t trait, double sign) {
  Traits coefficients{};
  coefficients[trait] = sign;
  return coefficients;
}

// x of the one no more than of the other.
MinimisedFunction NoMore(const TraitProblem& problem, std::size_t trait, std::size_t than) {
  Traits coefficients = Along(trait, 1);
  coefficients[than] = -1;
  return LinearIn(problem, coefficients, 0);
}

}  // namespace

TraitProblem::TraitProblem(const KindPosterior& kind)
    : kind_(kind), factor_(FactorOf(kind.gaussian(), kind.ranges())) {
  for (std::size_t i = 0; i < kTraits; ++i)
    if (factor_.rows[i][i] > 0) free_.push_back(i);
}

Traits TraitProblem::At(const std::vector<double>& z) const {
  Traits x;
  for (std::size_t i = 0; i < kTraits; ++i) {
    x[factor_.order[i]] = factor_.mean[factor_.order[i]];
    for (std::size_t f = 0; f < free_.size(); ++f)
      x[factor_.order[i]] += factor_.rows[i][free_[f]] * z[f];
  }
  return x;
}

void TraitProblem::AddGradient(const Traits& gradient, double scale,
                               std::vector<double>& by_z) const {
  for (std::size_t f = 0; f < free_.size(); ++f)
    for (std::size_t i = 0; i < kTraits; ++i)
      by_z[f] += scale * factor_.rows[i][free_[f]] * gradient[factor_.order[i]];
}

double TraitProblem::Distance(const std::vector<double>& z, std::vector<double>* gradient) const {
  double sum = 0;
  for (const double v : z) sum += v * v / 2;
  if (gradient != nullptr) *gradient = z;
  return sum;
}

double TraitProblem::Misfit(const std::vector<double>& z, std::vector<double>* gradient) const {
  const Traits x = At(z);
  if (gradient != nullptr) {
    gradient->assign(z.size(), 0);
    AddGradient(kind_.RawGradient(x), 1, *gradient);
  }
  return kind_.Raw(x) - kind_.TargetRaw();
}

double TraitProblem::Surprise(const std::vector<double>& z, std::vector<double>* gradient) const {
  double value = Distance(z, gradient);
  if (!kind_.HasScore()) return value;
  const Traits x = At(z);
  double slope = 0;
  value -= kind_.LogLikelihood(kind_.Raw(x), &slope);
  if (gradient != nullptr) AddGradient(kind_.RawGradient(x), -slope, *gradient);
  return value;
}

double TraitProblem::Breach(const Traits& x) const {
  double most = 0;
  for (std::size_t i = 0; i < kTraits; ++i)
    if (const auto& range = kind_.ranges()[i])
      most = std::max({most, x[i] - range->hi, range->lo - x[i]});
  if (kind_.form() == Form::kMoe)
    most = std::max({most, x[kActiveTrait] - x[kTotalTrait], x[kFfnTrait] - x[kWidestTrait]});
  return most;
}

std::vector<double> TraitProblem::Start(Count number) const {
  std::vector<double> z(Size(), 0);
  if (number == 0) return z;
  std::mt19937_64 random(static_cast<std::uint64_t>(number));
  for (double& v : z) v = 4 * (static_cast<double>(random() >> 11) * 0x1p-53) - 2;
  return z;
}

MinimisedFunction LinearIn(const TraitProblem& problem, const Traits& coefficients, double offset) {
  return [&problem, coefficients, offset](const std::vector<double>& z,
                                          std::vector<double>* gradient) {
    if (gradient != nullptr) {
      gradient->assign(z.size(), 0);
      problem.AddGradient(coefficients, 1, *gradient);
    }
    const Traits x = problem.At(z);
    return std::inner_product(x.begin(), x.end(), coefficients.begin(), 0.0) - offset;
  };
}

void Minimise(const TraitProblem& problem, const MinimisedFunction& goal, Constraints held,
              std::vector<double>& z) {
  if (z.empty()) return;
  for (std::size_t i = 0; i < kTraits; ++i) {
    if (const auto& range = problem.kind().ranges()[i]) {
      held.at_most_0.push_back(LinearIn(problem, Along(i, 1), range->hi));
      held.at_most_0.push_back(LinearIn(problem, Along(i, -1), -range->lo));
    }
  }
  if (problem.kind().form() == Form::kMoe) {
    held.at_most_0.push_back(NoMore(problem, kActiveTrait, kTotalTrait));
    held.at_most_0.push_back(NoMore(problem, kFfnTrait, kWidestTrait));
  }
  MinimiserOptions options;
  options.low = -kReach;
  options.high = kReach;
  options.evaluations = 400;
  options.tolerance_x = 1e-10;
  const std::vector<double> begin = z;
  try {
    Minimise(goal, held, options, z);
  } catch (const NoMinimum&) {
    z = begin;  // singular: another start may do
  }
}

double KindSurprise(const ClosedCase& closed, const KindPosterior& kind, const Traits& x) {
  const double moe = closed.prior.MoeShare(x[kDateTrait]);
  const double share = closed.kind ? 1 : kind.form() == Form::kMoe ? moe : 1 - moe;
  return -kind.LogEvidence() - std::log(std::max(share, 1e-300));
}

std::vector<Form> FormsOf(const ClosedCase& closed) {
  if (closed.kind) return {*closed.kind};
  return {Form::kDense, Form::kMoe};
}

}  // namespace perflaw
