#include "search/invert/trait_problem.hpp"

#include <gtest/gtest.h>

#include <functional>

#include "tests/invert/inversion_cases.hpp"

namespace perflaw {
namespace {

ClosedCase Scored() {
  ClosedCase closed = OpenCase();
  closed.score = Mmlu(80);
  closed.known[kTokensTrait] = Limits{std::log(5e12), std::log(20e12)};
  return closed;
}

TEST(TraitProblem, HasTheDerivativesOfItsFunctions) {
  const ClosedCase closed = Scored();
  for (const Form form : {Form::kDense, Form::kMoe}) {
    const KindPosterior kind(closed, form);
    const TraitProblem problem(kind);
    const std::vector<double> z = problem.Start(3);
    const MinimisedFunction functions[] = {std::bind_front(&TraitProblem::Distance, &problem),
                                           std::bind_front(&TraitProblem::Misfit, &problem),
                                           std::bind_front(&TraitProblem::Surprise, &problem),
                                           LinearIn(problem, {1, -2, 0, 3}, 5)};
    for (const MinimisedFunction& function : functions) {
      std::vector<double> gradient;
      function(z, &gradient);
      ASSERT_EQ(gradient.size(), z.size());
      for (std::size_t i = 0; i < z.size(); ++i) {
        constexpr double kStep = 1e-6;
        std::vector<double> up = z, down = z;
        up[i] += kStep;
        down[i] -= kStep;
        const double slope = (function(up, nullptr) - function(down, nullptr)) / (2 * kStep);
        EXPECT_NEAR(gradient[i], slope, 1e-4 * std::max(1.0, std::abs(slope)));
      }
    }
  }
}

TEST(TraitProblem, ALinearFunctionIsThatOfItsTraits) {
  const ClosedCase closed = Scored();
  const KindPosterior kind(closed, Form::kMoe);
  const TraitProblem problem(kind);
  const std::vector<double> z = problem.Start(3);
  const Traits x = problem.At(z);
  EXPECT_NEAR(LinearIn(problem, {1, -2, 0, 3}, 5)(z, nullptr), x[0] - 2 * x[1] + 3 * x[3] - 5,
              1e-9);
}

// Without a score the least distance within the range is known: the prior's middle, or the nearest end of the range.
TEST(Minimise, StopsAtTheEndOfARange) {
  ClosedCase closed = OpenCase();
  closed.kind = Form::kDense;
  const Gaussian& prior = closed.prior.of_kind[0];
  const double lo = prior.mean[kTokensTrait] + 2 * prior.Deviation(kTokensTrait);
  closed.known[kTokensTrait] = Limits{lo, lo + 5};
  const KindPosterior kind(closed, Form::kDense);
  const TraitProblem problem(kind);
  std::vector<double> z = problem.Start(5);
  Minimise(problem, std::bind_front(&TraitProblem::Distance, &problem), {}, z);
  EXPECT_NEAR(problem.Distance(z, nullptr), 2, 1e-6);  // 2 sigma
  EXPECT_NEAR(problem.At(z)[kTokensTrait], lo, 1e-6);
  EXPECT_LT(problem.Breach(problem.At(z)), 1e-6);
}

TEST(Minimise, HoldsWhatMustBeEqual) {
  const ClosedCase closed = Scored();
  const KindPosterior kind(closed, Form::kMoe);
  const TraitProblem problem(kind);
  std::vector<double> z = problem.Start(1);
  Minimise(problem, std::bind_front(&TraitProblem::Distance, &problem),
           {{}, {std::bind_front(&TraitProblem::Misfit, &problem)}}, z);
  EXPECT_NEAR(problem.Misfit(z, nullptr), 0, 1e-6);
  EXPECT_LT(problem.Breach(problem.At(z)), 1e-6);
}

}  // namespace
}  // namespace perflaw
