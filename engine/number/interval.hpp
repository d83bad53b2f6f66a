// Intervals [lo, hi] that hold every real value of what they stand for: each operation rounds outward, so a
// bound computed with them is a proof.
#pragma once

#include <algorithm>
#include <cmath>
#include <limits>

namespace perflaw {

struct Interval {
  double lo = 0, hi = 0;

  Interval() = default;
  Interval(double constant) : lo(constant), hi(constant) {}  // NOLINT: constants enter formulas
  Interval(double low, double high) : lo(low), hi(high) {}

  double Radius() const { return (hi - lo) / 2; }
};

// Two units in the last place outward: one for the operation, one for a C library whose exp and log are
// within one unit. What overflowed lies beyond the largest number.
inline Interval Outward(double lo, double hi) {
  constexpr double kTwoUlp = 0x1p-51, kTiny = std::numeric_limits<double>::min();
  constexpr double kLargest = std::numeric_limits<double>::max();
  lo = std::min(lo, kLargest);
  hi = std::max(hi, -kLargest);
  return {lo - (std::abs(lo) * kTwoUlp + kTiny), hi + (std::abs(hi) * kTwoUlp + kTiny)};
}

inline Interval operator+(const Interval& a, const Interval& b) {
  return Outward(a.lo + b.lo, a.hi + b.hi);
}
inline Interval operator-(const Interval& a) { return {-a.hi, -a.lo}; }
inline Interval operator-(const Interval& a, const Interval& b) { return a + -b; }

inline Interval operator*(const Interval& a, const Interval& b) {
  // An infinite end stands for "as large as you like", and zero times that is still zero.
  const auto times = [](double x, double y) { return x == 0 || y == 0 ? 0 : x * y; };
  const auto [lo, hi] =
      std::minmax({times(a.lo, b.lo), times(a.lo, b.hi), times(a.hi, b.lo), times(a.hi, b.hi)});
  return Outward(lo, hi);
}

// Everything when b holds zero.
inline Interval operator/(const Interval& a, const Interval& b) {
  constexpr double most = std::numeric_limits<double>::infinity();
  if (b.lo <= 0 && b.hi >= 0) return {-most, most};
  return a * Outward(1 / b.hi, 1 / b.lo);
}

inline double Square(double x) { return x * x; }
inline Interval Square(const Interval& a) {
  const double least = a.lo <= 0 && a.hi >= 0 ? 0 : std::min(std::abs(a.lo), std::abs(a.hi));
  const double most = std::max(std::abs(a.lo), std::abs(a.hi));
  const Interval square = Outward(least * least, most * most);
  return {std::max(square.lo, 0.0), square.hi};
}

inline Interval exp(const Interval& a) {
  constexpr double kLargest = 700;  // whose exponential is finite
  const Interval e = Outward(std::exp(std::min(a.lo, kLargest)), std::exp(a.hi));
  return {std::max(e.lo, 0.0), e.hi};
}
// Of the positive part. Precondition: a.hi > 0.
inline Interval log(const Interval& a) {
  return Outward(std::log(std::max(a.lo, 0.0)), std::log(a.hi));
}
inline Interval min(const Interval& a, const Interval& b) {
  return {std::min(a.lo, b.lo), std::min(a.hi, b.hi)};
}

// What lies in both. Precondition: some value does, but for rounding.
inline Interval Intersect(const Interval& a, const Interval& b) {
  return {std::max(a.lo, b.lo), std::min(a.hi, b.hi)};
}

inline Interval LogPlusExp(double c, const Interval& x) { return log(Interval(c) + exp(x)); }

}  // namespace perflaw
