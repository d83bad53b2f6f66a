#include "search/invert/trait_problem.hpp"

#include <gtest/gtest.h>

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
    for (const auto member :
         {&TraitProblem::Distance, &TraitProblem::Misfit, &TraitProblem::Surprise}) {
      std::vector<double> gradient;
      (problem.*member)(z, &gradient);
      ASSERT_EQ(gradient.size(), z.size());
      for (std::size_t i = 0; i < z.size(); ++i) {
        constexpr double kStep = 1e-6;
        std::vector<double> up = z, down = z;
        up[i] += kStep;
        down[i] -= kStep;
        const double slope =
            ((problem.*member)(up, nullptr) - (problem.*member)(down, nullptr)) / (2 * kStep);
        EXPECT_NEAR(gradient[i], slope, 1e-4 * std::max(1.0, std::abs(slope)));
      }
    }
  }
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
  Minimise(problem, {&problem, &TraitProblem::Distance, 0, 1, 0}, {}, {}, z);
  EXPECT_NEAR(problem.Distance(z, nullptr), 2, 1e-6);  // 2 sigma
  EXPECT_NEAR(problem.At(z)[kTokensTrait], lo, 1e-6);
  EXPECT_LT(problem.Breach(problem.At(z)), 1e-6);
}

TEST(Minimise, HoldsWhatMustBeEqual) {
  const ClosedCase closed = Scored();
  const KindPosterior kind(closed, Form::kMoe);
  const TraitProblem problem(kind);
  std::vector<double> z = problem.Start(1);
  Minimise(problem, {&problem, &TraitProblem::Distance, 0, 1, 0}, {},
           {{&problem, &TraitProblem::Misfit, 0, 1, 0}}, z);
  EXPECT_NEAR(problem.Misfit(z, nullptr), 0, 1e-6);
  EXPECT_LT(problem.Breach(problem.At(z)), 1e-6);
}

}  // namespace
}  // namespace perflaw
