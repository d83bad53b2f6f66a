// A function over a box, enclosed two ways at once: by an interval, good on large boxes, and by a plane with a
// remainder, good on small ones. Over the box's coordinates e in [-1, 1]^K
//   f(e) in range   and   f(e) - (mid + slope . e) in [-below, above].
// Two more coordinates stand for the remainders of the two parameter counts, which appear in most metrics and
// partly cancel.
// Sums and multiples of planes are planes, so what two functions of the same axes have in common cancels, and
// a smooth function's remainder falls with the square of the box. A convex or concave function is replaced by
// its tangent at the middle, which bounds it from one side exactly. A plane that overflowed says nothing: such a
// function is left to its interval.
// Source: the idea is that of affine arithmetic (L. H. de Figueiredo, J. Stolfi, Numerical Algorithms 37, 2004).
#pragma once

#include <array>
#include <cmath>
#include <cstddef>

#include "engine/number/interval.hpp"

namespace perflaw {

inline constexpr std::size_t kBoxVariables = 6;
inline constexpr std::size_t kPlaneVariables = kBoxVariables + 2;

struct Enclosure {
  Interval range;
  double mid = 0;
  std::array<double, kPlaneVariables> slope{};
  double below = 0, above = 0;  // >= 0, rounding errors included
  double scale = 0;             // >= |mid| + |slope| of all that this was added up from

  Enclosure() = default;
  Enclosure(double constant)  // NOLINT: constants enter formulas
      : range(constant), mid(constant), scale(std::abs(constant)) {}
  // mid + radius e of one variable.
  static Enclosure Variable(std::size_t variable, double middle, double radius) {
    Enclosure x;
    x.mid = middle;
    x.slope[variable] = radius;
    x.range = Outward(middle - radius, middle + radius);
    x.scale = std::abs(middle) + radius;
    return x.AddRounding();
  }
  // Known to lie in an interval, and no more.
  static Enclosure Within(const Interval& range) {
    Enclosure x;
    x.range = range;
    const bool finite = std::isfinite(range.lo) && std::isfinite(range.hi);
    x.mid = x.scale = finite ? (range.lo + range.hi) / 2 : 0;
    x.scale = std::abs(x.mid);
    x.below = x.above = finite ? range.Radius() : std::numeric_limits<double>::infinity();
    return x.AddRounding();
  }
  bool IsConstant() const { return range.lo == range.hi; }

  double Reach() const {  // of the plane's sloped part
    double reach = 0;
    for (const double s : slope) reach += std::abs(s);
    return reach;
  }
  // Of one operation on the plane.
  Enclosure& AddRounding() {
    constexpr double kRounding = 0x1p-50;
    below += kRounding * scale;
    above += kRounding * scale;
    return *this;
  }
  // What both enclosures leave.
  Interval Both() const {
    const double reach = Reach();
    return Intersect(range, Outward(mid - reach - below, mid + reach + above));
  }
};

inline Enclosure operator+(const Enclosure& a, const Enclosure& b) {
  Enclosure y;
  y.mid = a.mid + b.mid;
  for (std::size_t i = 0; i < kPlaneVariables; ++i) y.slope[i] = a.slope[i] + b.slope[i];
  y.below = a.below + b.below;
  y.above = a.above + b.above;
  y.scale = a.scale + b.scale;
  y.range = a.range + b.range;
  return y.AddRounding();
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
inline Enclosure operator-(const Enclosure& a, const Enclosure& b) {
  Enclosure y;
  y.mid = a.mid - b.mid;
  for (std::size_t i = 0; i < kPlaneVariables; ++i) y.slope[i] = a.slope[i] - b.slope[i];
  y.below = a.below + b.above;
  y.above = a.above + b.below;
  y.scale = a.scale + b.scale;
  y.range = a.range - b.range;
  return y.AddRounding();
}

inline Enclosure operator*(double factor, const Enclosure& a) {
  if (factor == 0) return 0.0;
  Enclosure y;
  y.mid = factor * a.mid;
  for (std::size_t i = 0; i < kPlaneVariables; ++i) y.slope[i] = factor * a.slope[i];
  y.below = factor > 0 ? factor * a.below : -factor * a.above;
  y.above = factor > 0 ? factor * a.above : -factor * a.below;
  y.scale = std::abs(factor) * a.scale;
  const double x = factor * a.range.lo, z = factor * a.range.hi;
  y.range = factor > 0 ? Outward(x, z) : Outward(z, x);
  if (!std::isfinite(y.scale)) return Enclosure::Within(y.range);
  return y.AddRounding();
}
inline Enclosure operator*(const Enclosure& a, const Enclosure& b) {
  if (a.IsConstant()) return a.mid * b;
  if (b.IsConstant()) return b.mid * a;
  // a b = a.mid b.mid + a.mid db + b.mid da + da db, and da db is the remainder.
  Enclosure y = a.mid * b + b.mid * a;
  const Interval in_a = a.Both(), in_b = b.Both();
  const Interval product = (in_a - a.mid) * (in_b - b.mid);
  y.mid -= a.mid * b.mid;
  y.below += std::max(-product.lo, 0.0);
  y.above += std::max(product.hi, 0.0);
  y.range = in_a * in_b;
  if (!std::isfinite(y.scale + y.mid)) return Enclosure::Within(y.range);
  return y.AddRounding();
}

// f(x) for a function with f(middle), f'(middle) and the range of f, where f - tangent lies in [-under, over]. What
// has no finite tangent keeps its range.
inline Enclosure Tangent(const Enclosure& x, double middle, double value, double derivative,
                         double under, double over, const Interval& range) {
  if (!std::isfinite(value + derivative * middle + under + over)) return Enclosure::Within(range);
  Enclosure y = derivative * x;
  y.mid += value - derivative * middle;
  y.below += under;
  y.above += over;
  y.range = range;
  y.scale += std::abs(value) + std::abs(derivative * middle);
  return y.AddRounding();
}

// Where the tangent touches: the plane's middle, where the function is known to be defined.
inline double Middle(const Enclosure& x, const Interval& range) {
  return std::clamp(x.mid, range.lo, range.hi);
}
// How far a convex function lies above its tangent at most: at an end.
inline double AboveTangent(const Interval& x, double middle, double value, double derivative,
                           const Interval& range_at_ends) {
  const double above = std::max(range_at_ends.lo - value - derivative * (x.lo - middle),
                                range_at_ends.hi - value - derivative * (x.hi - middle));
  constexpr double kRounding = 0x1p-49;
  return std::max(above, 0.0) +
         kRounding * (std::abs(range_at_ends.lo) + std::abs(range_at_ends.hi) + std::abs(value));
}

inline Enclosure exp(const Enclosure& x) {
  const Interval in = x.Both(), range = exp(in);
  const double m = Middle(x, in), value = std::exp(m);
  return Tangent(x, m, value, value, 0, AboveTangent(in, m, value, value, range), range);
}
// Precondition: x > 0 somewhere in its range.
inline Enclosure log(const Enclosure& x) {
  const Interval in = x.Both(), range = log(in);
  if (!(in.lo > 0)) return Enclosure::Within(range);
  const double m = Middle(x, in), value = std::log(m);
  return Tangent(x, m, value, 1 / m, AboveTangent(in, m, -value, -1 / m, {-range.lo, -range.hi}), 0,
                 range);
}
// log(c + exp(x)), c >= 0: convex.
inline Enclosure LogPlusExp(double c, const Enclosure& x) {
  const auto function = [c](double at) {
    return at > 1 ? at + std::log1p(c * std::exp(-at)) : std::log(c + std::exp(at));
  };
  // The logarithm may be near 0, so its error is not only relative.
  constexpr double kRounding = 0x1p-51;
  const Interval in = x.Both();
  const Interval range = Outward(function(in.lo) - kRounding, function(in.hi) + kRounding);
  const double m = Middle(x, in), value = function(m), derivative = std::exp(m - value);
  Enclosure y =
      Tangent(x, m, value, derivative, 0, AboveTangent(in, m, value, derivative, range), range);
  y.below += kRounding;
  y.above += kRounding;
  return y;
}
inline Enclosure Square(const Enclosure& x) {
  const Interval in = x.Both();
  const double m = Middle(x, in), farthest = std::max(in.hi - m, m - in.lo);
  return Tangent(x, m, m * m, 2 * m, 0, farthest * farthest, Square(in));
}
// Precondition: b is a constant, or positive.
inline Enclosure operator/(const Enclosure& a, const Enclosure& b) {
  return b.IsConstant() ? 1 / b.mid * a : a * exp(-log(b));
}
// b + min(a - b, 0), where the second term is bounded by theta (a - b) from above and a parallel from below.
inline Enclosure min(const Enclosure& a, const Enclosure& b) {
  const Enclosure d = a - b;
  const Interval in = d.Both();
  if (in.hi <= 0) return a;
  if (in.lo >= 0) return b;
  if (!std::isfinite(in.hi - in.lo)) return Enclosure::Within(min(a.Both(), b.Both()));
  const double theta = -in.lo / (in.hi - in.lo);
  Enclosure y = b + theta * d;
  y.below += theta * in.hi;
  y.range = min(a.range, b.range);
  return y;
}

}  // namespace perflaw
