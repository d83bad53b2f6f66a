#include "engine/number/enclosure.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <random>
#include <vector>

#include "engine/law.hpp"

namespace perflaw {
namespace {

// The true value, but for 64 bits.
struct Exact {
  long double value = 0;
  explicit Exact(long double v) : value(v) {}
};
Exact operator+(Exact a, Exact b) { return Exact(a.value + b.value); }
Exact operator-(Exact a, Exact b) { return Exact(a.value - b.value); }
Exact operator-(Exact a) { return Exact(-a.value); }
Exact operator*(Exact a, Exact b) { return Exact(a.value * b.value); }
Exact operator/(Exact a, Exact b) { return Exact(a.value / b.value); }
Exact exp(Exact a) { return Exact(std::exp(a.value)); }
Exact log(Exact a) { return Exact(std::log(a.value)); }
Exact Square(Exact a) { return a * a; }
Exact min(Exact a, Exact b) { return a.value < b.value ? a : b; }
Exact LogPlusExp(double c, Exact a) {
  return Exact(std::log(static_cast<long double>(c) + std::exp(a.value)));
}

using Coordinates = std::array<double, kPlaneVariables>;

testing::AssertionResult Encloses(const Enclosure& in, const Coordinates& e, long double value) {
  const auto inside = [&](long double lo, long double hi) { return lo <= value && value <= hi; };
  const Interval both = in.Both();
  long double plane = in.mid;
  for (std::size_t i = 0; i < kPlaneVariables; ++i)
    plane += static_cast<long double>(in.slope[i]) * static_cast<long double>(e[i]);
  if (!inside(in.range.lo, in.range.hi)) return testing::AssertionFailure() << "range";
  if (!inside(both.lo, both.hi)) return testing::AssertionFailure() << "Both()";
  if (!(in.below >= 0 && in.above >= 0)) return testing::AssertionFailure() << "remainder < 0";
  if (!inside(plane - static_cast<long double>(in.below),
              plane + static_cast<long double>(in.above))) {
    return testing::AssertionFailure()
           << "plane: " << static_cast<double>(value - plane) << " off it, not in [" << -in.below
           << ", " << in.above << "]";
  }
  return testing::AssertionSuccess();
}

// An expression, as an enclosure over the box and as a function of the point.
struct Term {
  Enclosure enclosure;
  std::function<Exact(const Coordinates&)> at;
};

class Maker {
 public:
  explicit Maker(std::uint64_t seed) : random_(seed) {}
  double Uniform(double lo, double hi) {
    return std::uniform_real_distribution<double>(lo, hi)(random_);
  }
  int Pick(int least, int most) { return std::uniform_int_distribution<int>(least, most)(random_); }
  Coordinates Point() {
    Coordinates e;
    for (double& x : e) x = Pick(0, 3) == 0 ? Pick(-1, 1) : Uniform(-1, 1);
    return e;
  }

  Term Variable(std::size_t i, double middle, double radius) {
    return {Enclosure::Variable(i, middle, radius),
            [=](const Coordinates& e) { return Exact(middle) + Exact(radius) * Exact(e[i]); }};
  }
  static Term Constant(double c) {
    return {Enclosure(c), [=](const Coordinates&) { return Exact(c); }};
  }
  template <class F>
  static Term Apply(const F& f, const Term& x) {
    return {f(x.enclosure), [=](const Coordinates& e) { return f(x.at(e)); }};
  }
  template <class F>
  static Term Apply(const F& f, const Term& x, const Term& y) {
    return {f(x.enclosure, y.enclosure), [=](const Coordinates& e) { return f(x.at(e), y.at(e)); }};
  }

  // Without divisors or logarithms that may not be positive.
  Term Expression(int depth) {
    if (depth == 0) {
      const auto i = static_cast<std::size_t>(Pick(0, kPlaneVariables - 1));
      if (Pick(0, 4) == 0) return Constant(Pick(0, 3) == 0 ? Pick(-1, 1) : Uniform(-3, 3));
      return Variable(i, Uniform(-2, 2), std::exp(Uniform(-8, 1)));
    }
    Term x = Expression(Pick(0, depth - 1)), y = Expression(depth - 1);
    const double factor = Pick(0, 4) == 0 ? Pick(-1, 1) : Uniform(-2, 2);
    const double c = Pick(0, 2) == 0 ? 0 : Uniform(0, 3);
    switch (Pick(0, 9)) {
      case 0:
        return Apply([](auto a) { return exp(a); }, Tame(y));
      case 1:
        return Apply([](auto a) { return log(a); }, Positive(y));
      case 2:
        return Apply([c](auto a) { return LogPlusExp(c, a); }, Tame(y));
      case 3:
        return Apply([](auto a) { return Square(a); }, Tame(y));
      case 4:
        return Apply([](auto a, auto b) { return min(a, b); }, x, y);
      case 5:
        return Apply([](auto a, auto b) { return a / b; }, x, Positive(y));
      case 6:
        return Apply([](auto a, auto b) { return a - b; }, x, y);
      case 7:
        return Apply([](auto a, auto b) { return a * b; }, Tame(x), Tame(y));
      case 8:
        return {factor * y.enclosure,
                [factor, y](const Coordinates& e) { return Exact(factor) * y.at(e); }};
      default:
        return Apply([](auto a, auto b) { return a + b; }, x, y);
    }
  }

 private:
  // Within about 12, so that exponentials of exponentials stay apart from infinity.
  Term Tame(const Term& x) {
    const Interval in = x.enclosure.Both();
    const double size = std::max(std::abs(in.lo), std::abs(in.hi));
    if (size < 12) return x;
    return {(12 / size) * x.enclosure,
            [=](const Coordinates& e) { return Exact(12 / size) * x.at(e); }};
  }
  Term Positive(const Term& x) {
    if (x.enclosure.Both().lo > 0 && Pick(0, 1) == 0) return x;
    const Term least = Constant(Uniform(0.01, 1));
    return Apply([](auto a, auto b) { return Square(a) + b; }, Tame(x), least);
  }

  std::mt19937_64 random_;
};

TEST(Enclosure, HoldsEveryValueOfRandomExpressions) {
  int finite = 0;
  for (std::uint64_t seed = 0; seed < 8000; ++seed) {
    Maker maker(seed);
    const Term term = maker.Expression(maker.Pick(1, 6));
    finite += std::isfinite(term.enclosure.above + term.enclosure.below) ? 1 : 0;
    for (int i = 0; i < 24; ++i) {
      const Coordinates e = maker.Point();
      const long double value = term.at(e).value;
      const auto holds = Encloses(term.enclosure, e, value);
      EXPECT_TRUE(holds) << "seed " << seed << ": " << static_cast<double>(value) << " in ["
                         << term.enclosure.range.lo << ", " << term.enclosure.range.hi << "]";
      if (!holds) break;
    }
  }
  EXPECT_GT(finite, 7000);
}

// Where the logarithm is near 0 it loses digits that its argument's rounding took.
TEST(Enclosure, LogPlusExpHoldsValuesNearZero) {
  int near_zero = 0, out = 0;
  for (std::uint64_t seed = 0; seed < 5000; ++seed) {
    Maker maker(seed);
    const double c = maker.Uniform(0.05, 0.95), x = std::log(1 - c + maker.Uniform(-0.05, 0.05));
    if (std::isnan(x)) continue;
    ++near_zero;
    const Enclosure y = LogPlusExp(c, Enclosure(x));
    const long double value = LogPlusExp(c, Exact(x)).value;
    out += Encloses(y, {}, value) ? 0 : 1;
  }
  EXPECT_GT(near_zero, 4000);
  EXPECT_EQ(out, 0);
}

TEST(Enclosure, RemainderOfSmoothFunctionsIsQuadratic) {
  const auto product = [](const Enclosure& x, const Enclosure& y) { return x * y; };
  const auto ratio = [](const Enclosure& x, const Enclosure& y) { return x / y; };
  const auto power = [](const Enclosure& x, const Enclosure& y) { return exp(2.0 * x - y); };
  const auto bend = [](const Enclosure& x, const Enclosure& y) { return LogPlusExp(0.5, x - y); };
  const auto mixed = [](const Enclosure& x, const Enclosure& y) {
    return exp(x) * log(y) - Square(x) / y + Square(LogPlusExp(1, x * y));
  };
  const std::vector<std::function<Enclosure(const Enclosure&, const Enclosure&)>> all = {
      product, ratio, power, bend, mixed};
  for (const auto& f : all) {
    const auto remainder = [&](double radius) {
      const Enclosure y =
          f(Enclosure::Variable(0, 0.7, radius), Enclosure::Variable(1, 2.1, 2 * radius));
      return y.below + y.above;
    };
    EXPECT_GT(remainder(0.01), 0);
    EXPECT_NEAR(remainder(0.01) / remainder(0.005), 4, 0.25);
    EXPECT_NEAR(remainder(0.002) / remainder(0.001), 4, 0.1);
  }
}

TEST(Enclosure, WhatTwoPlanesShareCancels) {
  const Enclosure x = Enclosure::Variable(2, 5, 3), y = Enclosure::Variable(4, 1, 2);
  const Interval zero = ((x + y) - (y + x)).Both(), left = (x + y - x).Both();
  EXPECT_LE(zero.hi - zero.lo, 1e-12);
  EXPECT_NEAR(left.lo, -1, 1e-12);
  EXPECT_NEAR(left.hi, 3, 1e-12);
}

TEST(Enclosure, IntervalsWithoutPlanesStandForAllTheyHold) {
  Maker maker(1);
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  const Enclosure within = Enclosure::Within({-2, 5});
  const Enclosure x = Enclosure::Variable(0, 1, 0.5);
  for (int i = 0; i < 500; ++i) {
    const Coordinates e = maker.Point();
    const long double v = maker.Uniform(-2, 5), at = 1 + 0.5L * static_cast<long double>(e[0]);
    EXPECT_TRUE(Encloses(within, e, v));
    EXPECT_TRUE(Encloses(within * x, e, v * at));
    EXPECT_TRUE(Encloses(x - within, e, at - v));
    EXPECT_TRUE(Encloses(min(within, x), e, std::min(v, at)));
    EXPECT_TRUE(Encloses(exp(within), e, std::exp(v)));
    EXPECT_TRUE(Encloses(Enclosure::Within({-kInfinity, 3}) + x, e, at - 17));
  }
}

// A logarithm of what may be zero has no least value; what is built of it still holds.
TEST(Enclosure, EndlessRangesStillHold) {
  Maker maker(2);
  const Enclosure x = Enclosure::Variable(0, 1, 1), y = Enclosure::Variable(1, -2, 1);
  const Enclosure endless = log(x);
  for (int i = 0; i < 500; ++i) {
    Coordinates e = maker.Point();
    if (e[0] == -1) e[0] = -0.999;
    const long double a = std::log(1 + static_cast<long double>(e[0]));
    const long double b = -2 + static_cast<long double>(e[1]);
    ASSERT_TRUE(Encloses(endless, e, a));
    ASSERT_TRUE(Encloses(endless + y, e, a + b));
    ASSERT_TRUE(Encloses(exp(endless), e, std::exp(a)));
    ASSERT_TRUE(Encloses(endless * y, e, a * b));
    ASSERT_TRUE(Encloses(Square(endless), e, a * a));
    ASSERT_TRUE(Encloses(LogPlusExp(0.5, endless), e, std::log(0.5L + std::exp(a))));
    ASSERT_TRUE(Encloses(min(endless, y), e, std::min(a, b)));
  }
}

// What overflows leaves no plane, and never a number that is none.
TEST(Enclosure, WhatOverflowsStillHolds) {
  Maker maker(3);
  for (const double size : {600.0, 800.0, 1e5, 1e100, 1e300}) {
    const Enclosure x = Enclosure::Variable(0, 0.1 * size, size), y = Enclosure::Variable(1, 2, 1);
    const std::function<Enclosure(const Enclosure&, const Enclosure&)> all[] = {
        [](auto a, auto) { return exp(a); },
        [](auto a, auto) { return exp(-exp(a)); },
        [](auto a, auto b) { return exp(-exp(a)) * b; },
        [](auto a, auto b) { return LogPlusExp(0.5, a) - b; },
        [](auto a, auto b) { return exp(a) / b - exp(-a); },
        [](auto a, auto b) { return Square(a) * Square(a) + b; },
        [](auto a, auto b) { return min(a * a, b); }};
    const std::function<Exact(const Exact&, const Exact&)> truths[] = {
        [](auto a, auto) { return exp(a); },
        [](auto a, auto) { return exp(-exp(a)); },
        [](auto a, auto b) { return exp(-exp(a)) * b; },
        [](auto a, auto b) { return LogPlusExp(0.5, a) - b; },
        [](auto a, auto b) { return exp(a) / b - exp(-a); },
        [](auto a, auto b) { return Square(a) * Square(a) + b; },
        [](auto a, auto b) { return min(a * a, b); }};
    for (std::size_t f = 0; f < std::size(all); ++f) {
      const Enclosure z = all[f](x, y);
      ASSERT_TRUE(std::isfinite(z.mid) && std::isfinite(z.Reach())) << f << " at " << size;
      ASSERT_FALSE(std::isnan(z.range.lo) || std::isnan(z.range.hi)) << f << " at " << size;
      for (int i = 0; i < 50; ++i) {
        const Coordinates e = maker.Point();
        const Exact a = Exact(0.1 * size) + Exact(size) * Exact(e[0]), b = Exact(2.0) + Exact(e[1]);
        const long double value = truths[f](a, b).value;
        if (!std::isfinite(value)) continue;
        ASSERT_TRUE(Encloses(z, e, value)) << f << " at " << size;
      }
    }
  }
}

template <class R>
LawInput<R> InputAt(const std::array<R, 8>& v) {
  return {v[0], v[1], v[2], v[3], v[4], v[5], v[6], v[7]};
}

TEST(Enclosure, LawHoldsEveryScore) {
  for (std::uint64_t seed = 0; seed < 3000; ++seed) {
    Maker maker(seed);
    Law law;
    for (double& w : law.w) w = maker.Pick(0, 4) == 0 ? 0 : maker.Uniform(-15, 15);
    law.b = maker.Uniform(-20, 20);
    if (maker.Pick(0, 1) == 0) law.w_active = maker.Uniform(-9, 9), law.w_sparsity = -3;
    law.log_saturation = maker.Uniform(-2, 4);
    law.expands = maker.Pick(0, 1) == 0;
    if (maker.Pick(0, 5) == 0) {
      for (double& w : law.w) w *= std::pow(10.0, maker.Uniform(0, 5));
    }
    // In the order of LawInput, as logarithms; the last is gamma itself.
    const double lo[] = {0, 5, 5, 5, -4, -2, -3, 0.1};
    const double hi[] = {5, 10, 12, 12, 4, 8, 7, maker.Pick(0, 3) == 0 ? 1000.0 : 3};
    std::array<Enclosure, 8> box;
    std::array<double, 8> middle{}, radius{};
    const double size = std::exp(maker.Uniform(-7, 0));
    for (std::size_t i = 0; i < box.size(); ++i) {
      middle[i] = maker.Uniform(lo[i], hi[i]);
      radius[i] = maker.Pick(0, 4) == 0 ? 0 : size * maker.Uniform(0, i == 7 ? middle[7] : 1);
      box[i] = Enclosure::Variable(i, middle[i], radius[i]);
    }
    for (const Form form : {Form::kDense, Form::kMoe}) {
      const LawTerms<Enclosure> terms = EvaluateLaw(law, form, InputAt(box));
      for (int n = 0; n < 12; ++n) {
        const Coordinates e = maker.Point();
        std::array<Exact, 8> exact{Exact(0.0), Exact(0.0), Exact(0.0), Exact(0.0),
                                   Exact(0.0), Exact(0.0), Exact(0.0), Exact(0.0)};
        std::array<double, 8> rounded{};
        for (std::size_t i = 0; i < 8; ++i) {
          exact[i] = Exact(middle[i]) + Exact(radius[i]) * Exact(e[i]);
          rounded[i] = middle[i] + radius[i] * e[i];
        }
        const LawTerms<Exact> truth = EvaluateLaw(law, form, InputAt(exact));
        ASSERT_TRUE(Encloses(terms.raw, e, truth.raw.value)) << "seed " << seed;
        ASSERT_TRUE(Encloses(terms.log_discount, e, truth.log_discount.value)) << "seed " << seed;
        ASSERT_TRUE(Encloses(terms.log_tokens, e, truth.log_tokens.value)) << "seed " << seed;
        ASSERT_TRUE(Encloses(terms.log_expansion, e, truth.log_expansion.value)) << "seed " << seed;
        const double raw = EvaluateLaw(law, form, InputAt(rounded)).raw;
        const double slack = 1e-13 * terms.raw.scale;
        const Interval both = terms.raw.Both();
        ASSERT_GE(raw, both.lo - slack) << "seed " << seed;
        ASSERT_LE(raw, both.hi + slack) << "seed " << seed;
      }
    }
  }
}

}  // namespace
}  // namespace perflaw
