// A sum of monomials with positive coefficients in a box's variables: what a parameter count is when each
// size is a variable. Its logarithm is convex in the logarithms of the variables (S. Boyd et al., "A tutorial
// on geometric programming", 2007, section 2), so a tangent bounds it from below exactly.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "engine/number/enclosure.hpp"
namespace perflaw {

class Posynomial {
 public:
  using Powers = std::array<int, kBoxVariables>;
  struct Monomial {
    double coefficient;  // > 0
    Powers powers{};
    double At(const std::array<double, kBoxVariables>& variables) const;
  };

  Posynomial() = default;
  explicit Posynomial(std::int64_t constant);  // >= 0
  static Posynomial Variable(std::size_t variable, double coefficient = 1);

  friend Posynomial operator+(const Posynomial& a, const Posynomial& b);
  friend Posynomial operator*(const Posynomial& a, const Posynomial& b);

  const std::vector<Monomial>& monomials() const { return monomials_; }

 private:
  void Add(const Monomial& monomial);
  std::vector<Monomial> monomials_;  // no two of the same powers
};

// A box of positive variables, and the same in logarithms.
struct LogBox {
  std::array<double, kBoxVariables> lo{}, middle{}, hi{};  // middle: the geometric mean
  std::array<double, kBoxVariables> log_middle{}, log_radius{};

  LogBox() {
    for (auto* side : {&lo, &middle, &hi}) side->fill(1);
  }
  void Set(std::size_t variable, double low, double high);  // 0 < low <= high
  Enclosure Log(std::size_t variable) const;
};

// ln p over a box. Its remainder stands as a coordinate of its own where `remainder` names one.
// Precondition: p has 1 to 64 monomials, enough for any parameter count.
Enclosure LogOf(const Posynomial& p, const LogBox& box, std::size_t remainder = kPlaneVariables);

}  // namespace perflaw
