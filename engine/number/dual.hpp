// Forward-mode automatic differentiation: a value with its partial derivatives to K inputs. Written
// once for the law's template, so that its derivatives are those of the very formula that scores.
#pragma once

#include <array>
#include <cmath>
#include <cstddef>

namespace perflaw {

template <std::size_t K>
struct Dual {
  double value = 0;
  std::array<double, K> d{};

  Dual() = default;
  Dual(double constant) : value(constant) {}  // NOLINT: constants enter formulas as they stand
  static Dual Variable(double value, std::size_t input) {
    Dual x(value);
    x.d[input] = 1;
    return x;
  }

  friend Dual operator+(const Dual& a, const Dual& b) {
    return Chain(a, 1, b, 1, a.value + b.value);
  }
  friend Dual operator-(const Dual& a, const Dual& b) {
    return Chain(a, 1, b, -1, a.value - b.value);
  }
  friend Dual operator*(const Dual& a, const Dual& b) {
    return Chain(a, b.value, b, a.value, a.value * b.value);
  }
  friend Dual operator/(const Dual& a, const Dual& b) {
    return Chain(a, 1 / b.value, b, -a.value / (b.value * b.value), a.value / b.value);
  }
  friend Dual operator-(const Dual& a) { return Dual(0) - a; }
  friend Dual exp(const Dual& a) {
    return Chain(a, std::exp(a.value), Dual(), 0, std::exp(a.value));
  }
  friend Dual log(const Dual& a) { return Chain(a, 1 / a.value, Dual(), 0, std::log(a.value)); }
  // log(c + exp(a)).
  friend Dual LogPlusExp(double c, const Dual& a) { return log(Dual(c) + exp(a)); }
  friend Dual Square(const Dual& a) { return Chain(a, 2 * a.value, Dual(), 0, a.value * a.value); }
  // At a tie the derivative is the first argument's: one of the two one-sided derivatives.
  friend Dual min(const Dual& a, const Dual& b) { return b.value < a.value ? b : a; }

 private:
  static Dual Chain(const Dual& a, double da, const Dual& b, double db, double value) {
    Dual y(value);
    for (std::size_t i = 0; i < K; ++i) y.d[i] = da * a.d[i] + db * b.d[i];
    return y;
  }
};

}  // namespace perflaw
