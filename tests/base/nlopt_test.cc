#include "search/base/nlopt.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <new>

namespace perflaw {
namespace {

double Square(double x) { return x * x; }

MinimiserOptions Options(Optimiser optimiser) {
  MinimiserOptions options;
  options.optimiser = optimiser;
  options.low = -10;
  options.high = 10;
  options.evaluations = 4000;
  if (optimiser == Optimiser::kSlsqp) options.tolerance_x = 1e-10;
  return options;
}

// (x - 1)^2 + 2 (y + 3)^2.
double Bowl(const std::vector<double>& x, std::vector<double>* gradient) {
  if (gradient != nullptr) *gradient = {2 * (x[0] - 1), 4 * (x[1] + 3)};
  return Square(x[0] - 1) + 2 * Square(x[1] + 3);
}
// x + y - 2.
double Line(const std::vector<double>& x, std::vector<double>* gradient) {
  if (gradient != nullptr) *gradient = {1, 1};
  return x[0] + x[1] - 2;
}

TEST(Nlopt, FindsAKnownMinimum) {
  for (const Optimiser optimiser : {Optimiser::kDirect, Optimiser::kSlsqp}) {
    const double near = optimiser == Optimiser::kDirect ? 1e-3 : 1e-8;
    std::vector<double> x{4, 4};
    EXPECT_NEAR(Minimise(Bowl, {}, Options(optimiser), x), 0, near);
    EXPECT_NEAR(x[0], 1, near);
    EXPECT_NEAR(x[1], -3, near);
  }
}

// By hand, with Lagrange: x = 1 + m / 2, y = -3 + m / 4 on x + y = 2.
TEST(Nlopt, HoldsConstraints) {
  std::vector<double> equal{4, 4}, at_most{4, 4}, loose{-9, -9};
  const MinimisedFunction minus = [](const std::vector<double>& x, std::vector<double>* gradient) {
    if (gradient != nullptr) *gradient = {-1, -1};
    return -Line(x, nullptr);
  };
  Minimise(Bowl, {{}, {Line}}, Options(Optimiser::kSlsqp), equal);
  Minimise(Bowl, {{minus}, {}}, Options(Optimiser::kSlsqp), at_most);
  for (const auto& x : {equal, at_most}) {
    EXPECT_NEAR(x[0], 1 + 8 / 3.0, 1e-7);
    EXPECT_NEAR(x[1], -3 + 4 / 3.0, 1e-7);
  }
  Minimise(Bowl, {{Line}, {}}, Options(Optimiser::kSlsqp), loose);
  EXPECT_NEAR(loose[0], 1, 1e-7);
}

TEST(Nlopt, WhatAFunctionThrowsArrivesAsItself) {
  for (const Optimiser optimiser : {Optimiser::kDirect, Optimiser::kSlsqp}) {
    int calls = 0;
    const auto failing = [&calls](const auto& error) {
      return [&calls, error](const std::vector<double>& x, std::vector<double>* gradient) {
        if (++calls == 3) throw error;
        return Bowl(x, gradient);
      };
    };
    std::vector<double> x{4, 4};
    calls = 0;
    EXPECT_THROW(Minimise(failing(std::bad_alloc()), {}, Options(optimiser), x), std::bad_alloc);
    EXPECT_EQ(calls, 3);  // it is not asked again
    x = {4, 4};
    calls = 0;
    EXPECT_THROW(Minimise(failing(std::domain_error("planted")), {}, Options(optimiser), x),
                 std::domain_error);
    x = {4, 4};
    calls = 0;
    EXPECT_THROW(Minimise(failing(7), {}, Options(optimiser), x), int);
  }
  std::vector<double> x{4, 4};
  const MinimisedFunction constraint =
      [](const std::vector<double>&, std::vector<double>*) -> double { throw std::bad_alloc(); };
  EXPECT_THROW(Minimise(Bowl, {{}, {constraint}}, Options(Optimiser::kSlsqp), x), std::bad_alloc);
}

TEST(Nlopt, SaysWhyItFails) {
  std::vector<double> outside{40, 4};
  try {
    Minimise(Bowl, {}, Options(Optimiser::kSlsqp), outside);
    FAIL();
  } catch (const std::invalid_argument& error) {
    EXPECT_NE(std::string(error.what()).find("outside its bounds"), std::string::npos);
  }
  std::vector<double> x{4, 4};
  EXPECT_THROW(Minimise(Bowl, {{}, {Line}}, Options(Optimiser::kDirect), x), std::invalid_argument);
}

TEST(Nlopt, EndsAfterItsEvaluations) {
  MinimiserOptions options = Options(Optimiser::kDirect);
  options.evaluations = 50;
  int calls = 0;
  std::vector<double> x{4, 4};
  Minimise([&](const std::vector<double>& at,
               std::vector<double>*) { return ++calls, Bowl(at, nullptr); },
           {}, options, x);
  EXPECT_GE(calls, 50);
  EXPECT_LT(calls, 70);
}

}  // namespace
}  // namespace perflaw
