#include "engine/number/interval.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>

namespace perflaw {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

class IntervalMaker {
 public:
  double Uniform(double lo, double hi) {
    return std::uniform_real_distribution<double>(lo, hi)(random_);
  }
  int Pick(int least, int most) { return std::uniform_int_distribution<int>(least, most)(random_); }
  // Ordinary, whole, zero, or as tiny or huge as leaves a product of two finite.
  double Number() {
    const double sign = Pick(0, 1) == 0 ? -1 : 1;
    switch (Pick(0, 5)) {
      case 0:
        return sign * Pick(0, 3);
      case 1:
        return sign * std::exp2(Uniform(-500, 500));
      case 2:
        return sign * std::exp2(Uniform(-500, -400));
      default:
        return sign * std::exp2(Uniform(-8, 8));
    }
  }
  // With a finite middle; sometimes a point, sometimes endless on a side.
  Interval AnInterval() {
    const double a = Number(), b = Pick(0, 4) == 0 ? a : Number();
    Interval made(std::min(a, b), std::max(a, b));
    if (Pick(0, 9) == 0) made.lo = -kInfinity;
    if (Pick(0, 9) == 0) made.hi = kInfinity;
    return made;
  }
  double PointOf(const Interval& in) {
    const double lo = std::max(in.lo, -0x1p500), hi = std::min(in.hi, 0x1p500);
    switch (Pick(0, 5)) {
      case 0:
        return lo;
      case 1:
        return hi;
      case 2:
        return std::clamp(0.0, lo, hi);
      case 3:
        return std::clamp(Number(), lo, hi);
      default:
        return std::clamp(lo + Uniform(0, 1) * (hi - lo), lo, hi);
    }
  }

 private:
  std::mt19937_64 random_{7};
};

testing::AssertionResult Holds(const Interval& in, long double value) {
  if (static_cast<long double>(in.lo) <= value && value <= static_cast<long double>(in.hi))
    return testing::AssertionSuccess();
  return testing::AssertionFailure() << std::hexfloat << static_cast<double>(value)
                                     << " is not in [" << in.lo << ", " << in.hi << "]";
}

constexpr int kTrials = 200'000;

TEST(Interval, OperationsHoldEveryValue) {
  IntervalMaker maker;
  for (int i = 0; i < kTrials; ++i) {
    const Interval a = maker.AnInterval(), b = maker.AnInterval();
    const long double x = maker.PointOf(a), y = maker.PointOf(b);
    ASSERT_TRUE(Holds(a + b, x + y)) << a.lo << " " << a.hi << " " << b.lo << " " << b.hi;
    ASSERT_TRUE(Holds(a - b, x - y)) << a.lo << " " << a.hi << " " << b.lo << " " << b.hi;
    ASSERT_TRUE(Holds(-a, -x));
    ASSERT_TRUE(Holds(a * b, x * y)) << a.lo << " " << a.hi << " " << b.lo << " " << b.hi;
    ASSERT_TRUE(Holds(min(a, b), std::min(x, y)));
    ASSERT_TRUE(Holds(Square(a), x * x)) << a.lo << " " << a.hi;
    ASSERT_GE(Square(a).lo, 0);
    const Interval quotient = a / b;
    if (y != 0) {
      ASSERT_TRUE(Holds(quotient, x / y)) << a.lo << " " << a.hi << " / " << b.lo << " " << b.hi;
    }
    if (b.lo <= 0 && b.hi >= 0) {
      ASSERT_EQ(quotient.lo, -kInfinity);
      ASSERT_EQ(quotient.hi, kInfinity);
    }
  }
}

TEST(Interval, ExpAndLogHoldEveryValue) {
  IntervalMaker maker;
  for (int i = 0; i < kTrials; ++i) {
    const Interval a = maker.AnInterval();
    const long double x = maker.PointOf(a);
    ASSERT_TRUE(Holds(exp(a), std::exp(x))) << a.lo << " " << a.hi << " at " << x;
    ASSERT_GE(exp(a).lo, 0);
    const double low = maker.Uniform(-800, 720);
    const Interval steep(low, low + maker.Uniform(0, 3));
    const long double z = maker.PointOf(steep);
    ASSERT_TRUE(Holds(exp(steep), std::exp(z))) << steep.lo << " " << steep.hi << " at " << z;
    if (a.hi > 0 && x > 0) {
      ASSERT_TRUE(Holds(log(a), std::log(x))) << a.lo << " " << a.hi << " at " << x;
    }
  }
}

TEST(Interval, PointsStayNarrow) {
  IntervalMaker maker;
  const auto narrow = [](const Interval& in) {
    constexpr double kTiny = std::numeric_limits<double>::min();
    const double size = std::max(std::abs(in.lo), std::abs(in.hi));
    return in.lo < in.hi && in.hi - in.lo <= 16 * 0x1p-52 * size + 8 * kTiny;
  };
  for (int i = 0; i < kTrials; ++i) {
    const double x = maker.Number(), y = maker.Number();
    ASSERT_TRUE(narrow(Interval(x) + Interval(y))) << x << " " << y;
    ASSERT_TRUE(narrow(Interval(x) - Interval(y))) << x << " " << y;
    ASSERT_TRUE(narrow(Interval(x) * Interval(y))) << x << " " << y;
    ASSERT_TRUE(narrow(Square(Interval(x)))) << x;
    if (std::abs(x) < 700) {
      ASSERT_TRUE(narrow(exp(Interval(x)))) << x;
    }
    if (x > 0) {
      ASSERT_TRUE(narrow(log(Interval(x)))) << x;
    }
    // What dividing by a tiny number adds to a tiny quotient is no ulp of it.
    if (std::abs(x) > 0x1p-100 && std::abs(y) > 0x1p-100 && std::abs(y) < 0x1p500) {
      ASSERT_TRUE(narrow(Interval(x) / Interval(y))) << x << " " << y;
    }
  }
}

// A value too large for a double lies above all of them.
TEST(Interval, HoldsWhatOverflows) {
  const Interval huge(0x1p600, 0x1p610), tiny(0x1p-610, 0x1p-600);
  EXPECT_TRUE(Holds(Interval(0x1p1000, 0x1.8p1023) + Interval(0x1.8p1023), 0x1p1024L));
  EXPECT_TRUE(Holds(huge * huge, 0x1p1205L));
  EXPECT_TRUE(Holds(huge * -huge, -0x1p1205L));
  EXPECT_TRUE(Holds(Square(huge), 0x1p1205L));
  EXPECT_TRUE(Holds(huge / tiny, 0x1p1205L));
  EXPECT_TRUE(Holds(tiny * tiny, 0x1p-1205L));
  EXPECT_TRUE(Holds(tiny / huge, 0x1p-1205L));
}

TEST(Interval, IntersectIsWhatBothHold) {
  const Interval both = Intersect({-1, 3}, {2, kInfinity});
  EXPECT_EQ(both.lo, 2);
  EXPECT_EQ(both.hi, 3);
  EXPECT_EQ(Interval(1, 4).Radius(), 1.5);
}

}  // namespace
}  // namespace perflaw
