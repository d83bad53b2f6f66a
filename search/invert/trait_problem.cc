#include "search/invert/trait_problem.hpp"

#include <algorithm>
#include <cmath>
#include <nlopt.hpp>
#include <random>

namespace perflaw {
namespace {

constexpr double kReach = 8;  // of each z

double Call(const std::vector<double>& z, std::vector<double>& gradient, void* self) {
  const auto& f = *static_cast<const TraitFunction*>(self);
  std::vector<double> slope(z.size(), 0);
  double value = 0;
  if (f.member != nullptr) {
    value = (f.problem->*f.member)(z, &slope);
  } else {
    Traits one{};
    one[f.trait] = 1;
    if (f.less) one[*f.less] = -1;
    f.problem->AddGradient(one, 1, slope);
    const Traits x = f.problem->At(z);
    value = x[f.trait] - (f.less ? x[*f.less] : 0);
  }
  if (!gradient.empty())
    for (std::size_t i = 0; i < z.size(); ++i) gradient[i] = f.sign * slope[i];
  return f.sign * (value - f.offset);
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

void Minimise(const TraitProblem& problem, TraitFunction goal, std::vector<TraitFunction> at_most_0,
              std::vector<TraitFunction> equal_0, std::vector<double>& z) {
  if (z.empty()) return;
  constexpr double kConstraintTolerance = 1e-9;
  nlopt::opt opt(nlopt::LD_SLSQP, static_cast<unsigned>(z.size()));
  opt.set_lower_bounds(-kReach);
  opt.set_upper_bounds(kReach);
  opt.set_xtol_rel(1e-10);
  opt.set_maxeval(400);
  for (std::size_t i = 0; i < kTraits; ++i) {
    if (const auto& range = problem.kind().ranges()[i]) {
      at_most_0.push_back({&problem, nullptr, i, 1, range->hi});
      at_most_0.push_back({&problem, nullptr, i, -1, range->lo});
    }
  }
  if (problem.kind().form() == Form::kMoe) {
    at_most_0.push_back({&problem, nullptr, kActiveTrait, 1, 0, kTotalTrait});
    at_most_0.push_back({&problem, nullptr, kFfnTrait, 1, 0, kWidestTrait});
  }
  opt.set_min_objective(Call, &goal);
  for (TraitFunction& f : at_most_0) opt.add_inequality_constraint(Call, &f, kConstraintTolerance);
  for (TraitFunction& f : equal_0) opt.add_equality_constraint(Call, &f, kConstraintTolerance);
  double least = 0;
  const std::vector<double> begin = z;
  try {
    opt.optimize(z, least);
  } catch (const nlopt::roundoff_limited&) {
    // z is as good as rounding lets it be
  } catch (const std::runtime_error&) {
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
