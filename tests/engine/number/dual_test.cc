#include "engine/number/dual.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <iterator>
#include <random>
#include <vector>

#include "engine/law.hpp"

namespace perflaw {
namespace {

using D = Dual<2>;

struct Operation {
  const char* name;
  std::function<D(const D&, const D&)> dual;
  std::function<double(double, double)> plain;
};

// Each operator alone, so that a wrong rule is named; then compositions, so that the chain is too.
const std::vector<Operation>& Operations() {
  static const std::vector<Operation> operations = {
      {"a + b", [](D a, D b) { return a + b; }, [](double a, double b) { return a + b; }},
      {"a - b", [](D a, D b) { return a - b; }, [](double a, double b) { return a - b; }},
      {"a * b", [](D a, D b) { return a * b; }, [](double a, double b) { return a * b; }},
      {"a / b", [](D a, D b) { return a / b; }, [](double a, double b) { return a / b; }},
      {"-a", [](D a, D) { return -a; }, [](double a, double) { return -a; }},
      {"exp a", [](D a, D) { return exp(a); }, [](double a, double) { return std::exp(a); }},
      {"log a", [](D a, D) { return log(a); }, [](double a, double) { return std::log(a); }},
      {"a * a", [](D a, D) { return a * a; }, [](double a, double) { return a * a; }},
      {"a / a", [](D a, D) { return a / a; }, [](double, double) { return 1.0; }},
      {"3 - 2 / a", [](D a, D) { return D(3) - D(2) / a; },
       [](double a, double) { return 3 - 2 / a; }},
      {"exp(a b) / log(1 + b)", [](D a, D b) { return exp(a * b) / log(D(1) + b); },
       [](double a, double b) { return std::exp(a * b) / std::log(1 + b); }},
      {"log(exp a + b b) (a - b)", [](D a, D b) { return log(exp(a) + b * b) * (a - b); },
       [](double a, double b) { return std::log(std::exp(a) + b * b) * (a - b); }},
  };
  return operations;
}

TEST(DualTest, ValuesEqualPlainArithmetic) {
  std::mt19937_64 random(1);
  std::uniform_real_distribution<double> value(0.3, 2.5);
  for (const Operation& operation : Operations()) {
    for (int i = 0; i < 200; ++i) {
      const double a = value(random), b = value(random);
      const D y = operation.dual(D::Variable(a, 0), D::Variable(b, 1));
      // Negation is written as 0 - a: same bits for every a > 0.
      EXPECT_DOUBLE_EQ(y.value, operation.plain(a, b))
          << operation.name << " at " << a << ", " << b;
    }
  }
}

TEST(DualTest, DerivativesAgreeWithCentralDifferences) {
  std::mt19937_64 random(2);
  std::uniform_real_distribution<double> value(0.3, 2.5);
  const double step = 1e-5;
  for (const Operation& operation : Operations()) {
    for (int i = 0; i < 200; ++i) {
      const double a = value(random), b = value(random);
      const D y = operation.dual(D::Variable(a, 0), D::Variable(b, 1));
      const double da = (operation.plain(a + step, b) - operation.plain(a - step, b)) / (2 * step);
      const double db = (operation.plain(a, b + step) - operation.plain(a, b - step)) / (2 * step);
      // Truncation is step^2 times a third derivative, here below some thousands.
      const double tolerance = 1e-6 * (1 + std::abs(y.value));
      EXPECT_NEAR(y.d[0], da, tolerance) << operation.name << " at " << a << ", " << b;
      EXPECT_NEAR(y.d[1], db, tolerance) << operation.name << " at " << a << ", " << b;
    }
  }
}

TEST(DualTest, ExactDerivativesOfEachRule) {
  const D a = D::Variable(4, 0), b = D::Variable(0.5, 1);
  EXPECT_EQ((a + b).d, (std::array<double, 2>{1, 1}));
  EXPECT_EQ((a - b).d, (std::array<double, 2>{1, -1}));
  EXPECT_EQ((a * b).d, (std::array<double, 2>{0.5, 4}));
  EXPECT_EQ((a / b).d, (std::array<double, 2>{2, -16}));
  EXPECT_EQ((-a).d, (std::array<double, 2>{-1, 0}));
  EXPECT_EQ(log(a).d, (std::array<double, 2>{0.25, 0}));
  EXPECT_EQ(exp(b).d, (std::array<double, 2>{0, std::exp(0.5)}));
}

TEST(DualTest, ConstantsHaveNoDerivative) {
  const D constant = 7;
  EXPECT_EQ(constant.value, 7);
  EXPECT_EQ(constant.d, (std::array<double, 2>{0, 0}));
  EXPECT_EQ(D().value, 0);
  EXPECT_EQ((D(2) * exp(constant)).d, (std::array<double, 2>{0, 0}));
}

TEST(DualTest, MinTakesTheSmallerSideWithItsDerivative) {
  const D a = D::Variable(1, 0), b = D::Variable(2, 1);
  for (const D& y : {min(a, b), min(b, a)}) {
    EXPECT_EQ(y.value, 1);
    EXPECT_EQ(y.d, (std::array<double, 2>{1, 0}));
  }
}

TEST(DualTest, MinAtATieTakesTheFirstArgument) {
  const D a = D::Variable(1, 0), b = D::Variable(1, 1);
  EXPECT_EQ(min(a, b).d, (std::array<double, 2>{1, 0}));
  EXPECT_EQ(min(b, a).d, (std::array<double, 2>{0, 1}));
}

TEST(DualTest, OneInputAndManyInputs) {
  EXPECT_EQ((Dual<1>::Variable(3, 0) * Dual<1>::Variable(3, 0)).d[0], 6);
  Dual<8> product = 1;
  for (std::size_t i = 0; i < 8; ++i) {
    product = product * Dual<8>::Variable(static_cast<double>(i + 1), i);
  }
  for (std::size_t i = 0; i < 8; ++i) {
    EXPECT_NEAR(product.d[i], 40320.0 / static_cast<double>(i + 1), 1e-9);
  }
}

constexpr double kW[] = {13.95018, 0.23072, -0.48523, 5.39802};

Law PaperLaw() {
  Law law;
  std::copy(std::begin(kW), std::end(kW), law.w.begin());
  law.b = 9.19541;
  return law;
}

using Inputs = std::array<double, kLawInputs>;

double Raw(Form form, const Inputs& v) {
  return EvaluateLaw<double>(PaperLaw(), form, {v[0], v[1], v[2], v[3], v[4], v[5], v[6], v[7]})
      .raw;
}

Inputs RandomInputs(std::mt19937_64& random) {
  const auto between = [&random](double low, double high) {
    return std::uniform_real_distribution<double>(low, high)(random);
  };
  const auto log_between = [&](double low, double high) {
    return between(std::log(low), std::log(high));
  };
  const double log_ffn = log_between(1024, 65536), log_total = log_between(0.3, 2000);
  return {log_between(8, 200),
          log_between(768, 32768),
          log_ffn,
          log_ffn + between(0, 2),
          log_between(0.1, 30),
          log_total,
          log_total + log_between(0.02, 1),
          between(0.1, 2)};
}

void ExpectGradientOfDifferences(Form form, const Inputs& v) {
  const Inputs gradient =
      RawGradient(PaperLaw(), form, {v[0], v[1], v[2], v[3], v[4], v[5], v[6], v[7]});
  const double step = 1e-5, scale = 1 + std::abs(Raw(form, v));
  for (std::size_t i = 0; i < kLawInputs; ++i) {
    Inputs above = v, below = v;
    above[i] += step;
    below[i] -= step;
    const double difference = (Raw(form, above) - Raw(form, below)) / (2 * step);
    EXPECT_NEAR(gradient[i], difference, 1e-7 * scale) << "input " << i;
  }
}

TEST(RawGradientTest, AgreesWithCentralDifferencesAwayFromTies) {
  std::mt19937_64 random(3);
  for (const Form form : {Form::kDense, Form::kMoe}) {
    for (int i = 0; i < 1000;) {
      const Inputs v = RandomInputs(random);
      const double cap = form == Form::kMoe ? (v[5] + v[6]) / 2 : v[5];
      if (std::abs(v[4] - cap) < 1e-3) continue;
      ++i;
      ExpectGradientOfDifferences(form, v);
    }
  }
}

TEST(RawGradientTest, TokensCountUpToTheCapAndParametersBeyondIt) {
  LawInput<double> in{std::log(32), std::log(4096), std::log(14336), std::log(14336),
                      std::log(2),  std::log(7),    std::log(7),     1};
  const Inputs below = RawGradient(PaperLaw(), Form::kDense, in);
  EXPECT_DOUBLE_EQ(below[4], kW[3]);
  EXPECT_EQ(below[5], 0);
  in.log_tokens = std::log(15);
  const Inputs beyond = RawGradient(PaperLaw(), Form::kDense, in);
  EXPECT_EQ(beyond[4], 0);
  EXPECT_DOUBLE_EQ(beyond[5], kW[3]);
  for (const Inputs& gradient : {below, beyond}) {
    EXPECT_EQ(gradient[3], 0) << "a dense model's d' is not used";
    EXPECT_EQ(gradient[6], 0) << "nor its activated parameters";
  }
}

}  // namespace
}  // namespace perflaw
