#include "engine/number/posynomial.hpp"

#include <algorithm>
#include <cmath>

namespace perflaw {

Posynomial::Posynomial(std::int64_t constant) {
  if (constant > 0) monomials_.push_back({static_cast<double>(constant), {}});
}

Posynomial Posynomial::Variable(std::size_t variable, double coefficient) {
  Posynomial p;
  Monomial monomial{coefficient, {}};
  monomial.powers[variable] = 1;
  p.monomials_.push_back(monomial);
  return p;
}

void Posynomial::Add(const Monomial& monomial) {
  const auto same = std::find_if(monomials_.begin(), monomials_.end(),
                                 [&](const Monomial& m) { return m.powers == monomial.powers; });
  if (same == monomials_.end()) {
    monomials_.push_back(monomial);
  } else {
    same->coefficient += monomial.coefficient;
  }
}

Posynomial operator+(const Posynomial& a, const Posynomial& b) {
  Posynomial sum = a;
  for (const auto& monomial : b.monomials_) sum.Add(monomial);
  return sum;
}

Posynomial operator*(const Posynomial& a, const Posynomial& b) {
  Posynomial product;
  for (const auto& x : a.monomials_) {
    for (const auto& y : b.monomials_) {
      Posynomial::Monomial z{x.coefficient * y.coefficient, x.powers};
      for (std::size_t i = 0; i < kBoxVariables; ++i) z.powers[i] += y.powers[i];
      product.Add(z);
    }
  }
  return product;
}

void LogBox::Set(std::size_t variable, double low, double high) {
  lo[variable] = low;
  hi[variable] = high;
  const double log_lo = std::log(low), log_hi = low == high ? log_lo : std::log(high);
  log_middle[variable] = (log_lo + log_hi) / 2;
  log_radius[variable] = (log_hi - log_lo) / 2;
  middle[variable] = low == high ? low : std::sqrt(low) * std::sqrt(high);
}

Enclosure LogBox::Log(std::size_t variable) const {
  return Enclosure::Variable(variable, log_middle[variable], log_radius[variable]);
}

double Posynomial::Monomial::At(const std::array<double, kBoxVariables>& variables) const {
  double value = coefficient;
  for (std::size_t i = 0; i < kBoxVariables; ++i) {
    if (powers[i] == 0) continue;
    value *= variables[i];
    for (int n = 1; n < powers[i]; ++n) value *= variables[i];
  }
  return value;
}

Enclosure LogOf(const Posynomial& p, const LogBox& box, std::size_t remainder) {
  const auto& monomials = p.monomials();
  std::array<double, 64> at_middle;
  double least = 0, sum = 0, most = 0;
  std::size_t largest = 0;
  for (std::size_t j = 0; j < monomials.size(); ++j) {
    least += monomials[j].At(box.lo);
    most += monomials[j].At(box.hi);
    sum += at_middle[j] = monomials[j].At(box.middle);
    if (at_middle[j] > at_middle[largest]) largest = j;
  }
  Enclosure y;
  y.mid = std::log(sum);
  // Along a segment from the middle the second derivative is the variance of the exponents under the
  // monomials' shares. It is at most the mean square distance from any one number; that number is taken
  // halfway between the exponents of those monomials whose share may be large, which are `spread` apart.
  // Relative to the largest monomial's a share grows at most by the exponential of their distance.
  const auto distance = [&](std::size_t j, std::size_t k) {
    double sum_of_steps = 0;
    for (std::size_t i = 0; i < kBoxVariables; ++i)
      sum_of_steps += std::abs(monomials[j].powers[i] - monomials[k].powers[i]) * box.log_radius[i];
    return sum_of_steps;
  };
  constexpr double kLargeShare = 0.2;
  std::array<double, 64> from_largest, share;
  double spread = 0;
  for (std::size_t j = 0; j < monomials.size(); ++j) {
    const double weight = at_middle[j] / sum;
    for (std::size_t i = 0; i < kBoxVariables; ++i)
      y.slope[i] += weight * monomials[j].powers[i] * box.log_radius[i];
    from_largest[j] = distance(j, largest);
    share[j] = std::min(1.0, at_middle[j] / at_middle[largest] * std::exp(from_largest[j]));
    for (std::size_t k = 0; k < j && share[j] > kLargeShare; ++k) {
      if (share[k] > kLargeShare) spread = std::max(spread, distance(j, k));
    }
  }
  double variance = Square(spread) / 4;
  for (std::size_t j = 0; j < monomials.size(); ++j) {
    if (share[j] <= kLargeShare) variance += share[j] * Square(from_largest[j] + spread / 2);
  }
  // Sums of at most 64 products of at most 7 factors err by under 80 roundings.
  constexpr double kRounding = 0x1p-45;
  y.range = log(Interval(least * (1 - kRounding), most * (1 + kRounding)));
  y.below = y.above = kRounding;
  if (remainder < kPlaneVariables) {
    y.slope[remainder] = variance / 4;
    y.mid += variance / 4;
  } else {
    y.above += variance / 2;
  }
  y.scale = std::abs(y.mid) + y.Reach();
  return y.AddRounding();
}

}  // namespace perflaw
