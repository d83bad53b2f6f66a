#include "search/base/nlopt.hpp"

#include <nlopt.h>

#include <algorithm>
#include <exception>
#include <limits>
#include <memory>
#include <new>

namespace perflaw {
namespace {

struct Destroy {
  void operator()(nlopt_opt_s* opt) const { nlopt_destroy(opt); }
};
using Handle = std::unique_ptr<nlopt_opt_s, Destroy>;

// One function as NLopt calls it.
struct Callback {
  const MinimisedFunction* function;
  nlopt_opt opt;
  std::exception_ptr* thrown;  // by any function of the problem

  double operator()(unsigned n, const double* x, double* gradient) const {
    constexpr double kNothing = std::numeric_limits<double>::infinity();
    if (*thrown) return kNothing;  // NLopt ends soon, and not at once
    try {
      const std::vector<double> at(x, x + n);
      if (gradient == nullptr) return (*function)(at, nullptr);
      std::vector<double> slope(n);
      const double value = (*function)(at, &slope);
      std::copy(slope.begin(), slope.end(), gradient);
      return value;
    } catch (...) {
      *thrown = std::current_exception();
      nlopt_force_stop(opt);
      return kNothing;
    }
  }
};

double Call(unsigned n, const double* x, double* gradient, void* callback) {
  return (*static_cast<const Callback*>(callback))(n, x, gradient);
}

// Throws what a result says went wrong; most are ends that leave an answer.
void Require(nlopt_result result) {
  switch (result) {
    case NLOPT_SUCCESS:
    case NLOPT_STOPVAL_REACHED:
    case NLOPT_FTOL_REACHED:
    case NLOPT_XTOL_REACHED:
    case NLOPT_MAXEVAL_REACHED:
    case NLOPT_MAXTIME_REACHED:
    case NLOPT_ROUNDOFF_LIMITED:
      return;
    case NLOPT_INVALID_ARGS:
      throw std::invalid_argument(
          "NLopt does not take the problem: its start lies outside its bounds, or the optimiser "
          "knows no such constraints");
    case NLOPT_OUT_OF_MEMORY:
      throw std::bad_alloc();
    case NLOPT_FORCED_STOP:
      throw NoMinimum("NLopt was stopped from outside");
    default:
      throw NoMinimum("NLopt found no way on: the problem is singular where it stands");
  }
}

nlopt_algorithm AlgorithmOf(Optimiser optimiser) {
  return optimiser == Optimiser::kDirect ? NLOPT_GN_DIRECT_L : NLOPT_LD_SLSQP;
}

}  // namespace

double Minimise(const MinimisedFunction& function, const Constraints& constraints,
                const MinimiserOptions& options, std::vector<double>& x) {
  const Handle opt(nlopt_create(AlgorithmOf(options.optimiser), static_cast<unsigned>(x.size())));
  if (!opt) throw std::bad_alloc();
  std::exception_ptr thrown;
  // NLopt keeps their addresses.
  std::vector<Callback> callbacks;
  callbacks.reserve(1 + constraints.at_most_0.size() + constraints.equal_0.size());
  const auto add = [&](const MinimisedFunction& one) {
    return &callbacks.emplace_back(Callback{&one, opt.get(), &thrown});
  };
  Require(nlopt_set_lower_bounds1(opt.get(), options.low));
  Require(nlopt_set_upper_bounds1(opt.get(), options.high));
  Require(nlopt_set_maxeval(opt.get(), options.evaluations));
  Require(nlopt_set_xtol_rel(opt.get(), options.tolerance_x));
  Require(nlopt_set_min_objective(opt.get(), Call, add(function)));
  for (const MinimisedFunction& one : constraints.at_most_0)
    Require(
        nlopt_add_inequality_constraint(opt.get(), Call, add(one), options.tolerance_constraints));
  for (const MinimisedFunction& one : constraints.equal_0)
    Require(
        nlopt_add_equality_constraint(opt.get(), Call, add(one), options.tolerance_constraints));
  double least = 0;
  const nlopt_result result = nlopt_optimize(opt.get(), x.data(), &least);
  if (thrown) std::rethrow_exception(thrown);
  Require(result);
  return least;
}

}  // namespace perflaw
