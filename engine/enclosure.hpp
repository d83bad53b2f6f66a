// A function over a box, enclosed two ways at once: by an interval, good on large boxes, and by a plane with a
// remainder, good on small ones. Over the box's coordinates e in [-1, 1]^K
//   f(e) in range   and   f(e) - (mid + slope . e) in [-below, above].
// Two more coordinates stand for the remainders of the two parameter counts, which appear in most metrics and
// partly cancel.
// Sums and multiples of planes are planes, so what two functions of the same axes have in common cancels, and
// a smooth function's remainder falls with the square of the box. A convex or concave function is replaced by
// its tangent at the middle, which bounds it from one side exactly.
// Source: the idea is that of affine arithmetic (L. H. de Figueiredo, J. Stolfi, Numerical Algorithms 37, 2004).
#pragma once

#include <array>
#include <cmath>
#include <cstddef>

#include "engine/interval.hpp"

namespace perflaw {

inline constexpr std::size_t kBoxVariables = 6;
inline constexpr std::size_t kPlaneVariables = kBoxVariables + 2;

struct Enclosure {
  Interval range;
  double mid = 0;
  std::array<double, kPlaneVariables> slope{};
  double below = 0, above = 0;  // >= 0

  Enclosure() = default;
  Enclosure(double constant) : range(constant), mid(constant) {}  // NOLINT: enters formulas
  // mid + radius e of one variable.
  static Enclosure Variable(std::size_t variable, double lo, double hi) {
    Enclosure x;
    x.mid = (lo + hi) / 2;
    x.slope[variable] = (hi - lo) / 2;
    x.range = Outward(lo, hi);
    return x.Tighten();
  }
  // Known to lie in an interval, and no more.
  static Enclosure Within(const Interval& range) {
    Enclosure x;
    x.range = range;
    const bool finite = std::isfinite(range.lo) && std::isfinite(range.hi);
    x.mid = finite ? (range.lo + range.hi) / 2 : 0;
    x.below = x.above = finite ? range.Radius() : std::numeric_limits<double>::infinity();
    return x.Tighten();
  }

  double Reach() const {  // of the plane's sloped part
    double reach = 0;
    for (const double s : slope) reach += std::abs(s);
    return reach;
  }
  // Adds the rounding errors of one operation, and brings the two enclosures together.
  Enclosure& Tighten() {
    constexpr double kRounding = 0x1p-50;
    const double reach = Reach(), rounding = kRounding * (std::abs(mid) + reach);
    below += rounding;
    above += rounding;
    range = Intersect(range, Outward(mid - reach - below, mid + reach + above));
    return *this;
  }
};

inline Enclosure operator+(const Enclosure& a, const Enclosure& b) {
  Enclosure y;
  y.mid = a.mid + b.mid;
  for (std::size_t i = 0; i < kPlaneVariables; ++i) y.slope[i] = a.slope[i] + b.slope[i];
  y.below = a.below + b.below;
  y.above = a.above + b.above;
  y.range = a.range + b.range;
  return y.Tighten();
}
inline Enclosure operator-(const Enclosure& a) {
  Enclosure y = a;
  y.mid = -a.mid;
  for (double& s : y.slope) s = -s;
  y.below = a.above;
  y.above = a.below;
  y.range = -a.range;
  return y;
}
inline Enclosure operator-(const Enclosure& a, const Enclosure& b) { return a + -b; }

inline Enclosure operator*(double factor, const Enclosure& a) {
  if (factor == 0) return 0.0;
  Enclosure y;
  y.mid = factor * a.mid;
  for (std::size_t i = 0; i < kPlaneVariables; ++i) y.slope[i] = factor * a.slope[i];
  y.below = factor > 0 ? factor * a.below : -factor * a.above;
  y.above = factor > 0 ? factor * a.above : -factor * a.below;
  y.range = Interval(factor) * a.range;
  return y.Tighten();
}
inline Enclosure operator*(const Enclosure& a, const Enclosure& b) {
  if (a.range.lo == a.range.hi) return a.mid * b;
  if (b.range.lo == b.range.hi) return b.mid * a;
  // a b = a.mid b.mid + a.mid db + b.mid da + da db, and da db is the remainder.
  Enclosure y = a.mid * b + b.mid * a;
  const Interval product = (a.range - a.mid) * (b.range - b.mid);
  y.mid -= a.mid * b.mid;
  y.below += std::max(-product.lo, 0.0);
  y.above += std::max(product.hi, 0.0);
  y.range = a.range * b.range;
  return y.Tighten();
}

// f(x) for a function with f(middle), f'(middle) and the range of f, where f - tangent lies in [-under, over].
inline Enclosure Tangent(const Enclosure& x, double middle, double value, double derivative,
                         double under, double over, const Interval& range) {
  Enclosure y = derivative * x;
  y.mid += value - derivative * middle;
  y.below += under;
  y.above += over;
  y.range = range;
  return y.Tighten();
}

// Where the tangent touches: the plane's middle, where the function is known to be defined.
inline double Middle(const Enclosure& x) { return std::clamp(x.mid, x.range.lo, x.range.hi); }

inline Enclosure exp(const Enclosure& x) {
  const double m = Middle(x), value = std::exp(m);
  const Interval range = exp(x.range);
  const double over = std::max(range.hi - value * (1 + x.range.hi - m),
                               std::exp(x.range.lo) - value * (1 + x.range.lo - m));
  return Tangent(x, m, value, value, 0, std::max(over, 0.0), range);
}
// Precondition: x > 0 somewhere in its range.
inline Enclosure log(const Enclosure& x) {
  const Interval range = log(x.range);
  const double m = Middle(x);
  if (!(x.range.lo > 0)) return Enclosure::Within(range);
  const double value = std::log(m);
  const auto gap = [&](double at, double log_at) { return value + (at - m) / m - log_at; };
  const double under = std::max(gap(x.range.lo, range.lo), gap(x.range.hi, std::log(x.range.hi)));
  return Tangent(x, m, value, 1 / m, under, 0, range);
}
// log(c + exp(x)), c >= 0: convex.
inline Enclosure LogPlusExp(double c, const Enclosure& x) {
  const auto value = [c](double at) { return std::log(c + std::exp(at)); };
  const double m = Middle(x), at_m = value(m), derivative = std::exp(m - at_m);
  const Interval range = Outward(value(x.range.lo), value(x.range.hi));
  const double over = std::max(range.hi - at_m - derivative * (x.range.hi - m),
                               value(x.range.lo) - at_m - derivative * (x.range.lo - m));
  return Tangent(x, m, at_m, derivative, 0, std::max(over, 0.0), range);
}
inline Enclosure Square(const Enclosure& x) {
  const double m = Middle(x), farthest = std::max(x.range.hi - m, m - x.range.lo);
  return Tangent(x, m, m * m, 2 * m, 0, farthest * farthest, Square(x.range));
}
// Precondition: b is a constant, or positive.
inline Enclosure operator/(const Enclosure& a, const Enclosure& b) {
  return b.range.lo == b.range.hi ? 1 / b.mid * a : a * exp(-log(b));
}
// b + min(a - b, 0), where the second term is bounded by theta (a - b) from above and a parallel from below.
inline Enclosure min(const Enclosure& a, const Enclosure& b) {
  const Enclosure d = a - b;
  if (d.range.hi <= 0) return a;
  if (d.range.lo >= 0) return b;
  const double theta = -d.range.lo / (d.range.hi - d.range.lo);
  Enclosure y = b + theta * d;
  y.below += theta * d.range.hi;
  y.range = min(a.range, b.range);
  return y.Tighten();
}

}  // namespace perflaw
