// The order of points: which of two is better, and the best of many.
#pragma once

#include <limits>
#include <set>
#include <vector>

#include "engine/units.hpp"

namespace perflaw {

// How good a point is; larger is better in `value`, then in `tie`, then the smaller index. Both are
// rounded to 1e-9 or to 12 significant digits, whichever is coarser, so that the last bit of a
// logarithm, which differs between CPUs, never decides.
struct Merit {
  double value = -std::numeric_limits<double>::infinity();
  double tie = 0;
  Count index = -1;  // -1: nothing yet
};
inline bool Better(const Merit& a, const Merit& b) {
  if (a.index < 0 || b.index < 0) return b.index < 0 && a.index >= 0;
  if (a.value != b.value) return a.value > b.value;
  if (a.tie != b.tie) return a.tie > b.tie;
  return a.index < b.index;
}
// True when the objective alone, without the index, prefers a.
inline bool StrictlyBetter(const Merit& a, const Merit& b) {
  return b.index < 0 ? a.index >= 0 : a.value > b.value || (a.value == b.value && a.tie > b.tie);
}
double RoundForOrder(double value);

// The k best seen. Total order, so the content depends on no order of insertion, and twice is as once.
class TopK {
 public:
  explicit TopK(Count k) : k_(static_cast<std::size_t>(k)) {}

  void Add(const Merit& merit);
  void Merge(const TopK& other);
  Count size_limit() const { return static_cast<Count>(k_); }
  bool Full() const { return merits_.size() == k_; }
  // Of none: a merit that all others better.
  Merit Best() const { return merits_.empty() ? Merit{} : *merits_.begin(); }
  Merit Worst() const { return merits_.empty() ? Merit{} : *merits_.rbegin(); }
  std::vector<Merit> Sorted() const { return {merits_.begin(), merits_.end()}; }

 private:
  struct Order {
    bool operator()(const Merit& a, const Merit& b) const { return Better(a, b); }
  };
  std::size_t k_;
  std::set<Merit, Order> merits_;
};

}  // namespace perflaw
