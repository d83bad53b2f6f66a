#include "engine/posynomial.hpp"

#include <algorithm>
#include <cmath>

namespace perflaw {

Posynomial::Posynomial(Count constant) {
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
  return Enclosure::Variable(variable, log_middle[variable] - log_radius[variable],
                             log_middle[variable] + log_radius[variable]);
}

namespace {

double ValueOf(const Posynomial::Monomial& m, const std::array<double, kBoxVariables>& at) {
  double value = m.coefficient;
  for (std::size_t i = 0; i < kBoxVariables; ++i) {
    for (int n = 0; n < m.powers[i]; ++n) value *= at[i];
  }
  return value;
}

}  // namespace

Enclosure LogOf(const Posynomial& p, const LogBox& box) {
  const auto& monomials = p.monomials();
  std::array<double, 64> at_middle;
  double least = 0, sum = 0, most = 0;
  std::size_t largest = 0;
  for (std::size_t j = 0; j < monomials.size(); ++j) {
    least += ValueOf(monomials[j], box.lo);
    most += ValueOf(monomials[j], box.hi);
    sum += at_middle[j] = ValueOf(monomials[j], box.middle);
    if (at_middle[j] > at_middle[largest]) largest = j;
  }
  Enclosure y;
  y.mid = std::log(sum);
  // Along a segment from the middle the second derivative is the variance of the exponents under the
  // monomials' shares, at most the mean square distance from the largest one's.
  double variance = 0;
  for (std::size_t j = 0; j < monomials.size(); ++j) {
    double distance = 0;
    for (std::size_t i = 0; i < kBoxVariables; ++i) {
      const double power = monomials[j].powers[i];
      y.slope[i] += at_middle[j] / sum * power * box.log_radius[i];
      distance += std::abs(power - monomials[largest].powers[i]) * box.log_radius[i];
    }
    if (distance == 0) continue;
    const double share = at_middle[j] / at_middle[largest] * std::exp(distance);
    variance += std::min(share, 1.0) * distance * distance;
  }
  y.above = variance / 2;
  // Sums of at most 64 products of at most 7 factors err by under 80 roundings.
  constexpr double kRounding = 0x1p-45;
  y.below += kRounding;
  y.above += kRounding;
  y.range = log(Interval(least * (1 - kRounding), most * (1 + kRounding)));
  return y.Tighten();
}

}  // namespace perflaw
