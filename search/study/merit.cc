#include "search/study/merit.hpp"

#include <cmath>
#include <iterator>

namespace perflaw {

double RoundForOrder(double value) {
  if (!std::isfinite(value)) return value;
  const double magnitude = std::abs(value);
  const double quantum =
      magnitude < 1e3 ? 1e-9 : std::pow(10.0, std::floor(std::log10(magnitude)) - 11);
  return std::round(value / quantum) * quantum;
}

void TopK::Add(const Merit& merit) {
  if (Full() && !Better(merit, Worst())) return;
  merits_.insert(merit);
  if (merits_.size() > k_) merits_.erase(std::prev(merits_.end()));
}

void TopK::Merge(const TopK& other) {
  for (const Merit& merit : other.merits_) Add(merit);
}

}  // namespace perflaw
