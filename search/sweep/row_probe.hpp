// One design of a row, points that differ in FFN size and tokens only, moved along it; and the conditions of the study there.
#pragma once

#include <bit>
#include <cstdint>
#include <limits>

#include "engine/kernel.hpp"
#include "search/sweep/row_tables.hpp"

namespace perflaw {

inline constexpr double kNever = -std::numeric_limits<double>::infinity();

// The rules that a point is known to break.
struct BrokenRules {
  int broken = 0;
  std::size_t first = std::numeric_limits<std::size_t>::max(), second = first;
  // Two are enough: nothing but the first of them counts then.
  void Break(std::size_t rule) {
    if (rule == first || rule == second) return;
    ++broken;
    second = std::min(second, std::max(first, rule));
    first = std::min(first, rule);
  }
};

// Raw scores so far under or over `value` that no error lifts or drops them there: twice KernelError, once for the kernel and once
// for what follows from it at other tokens, and a hair for the rounding of merits.
double ClearlyUnder(const Law& law, double value);
double ClearlyOver(const Law& law, double value);

class RowProbe {
 public:
  using Set = std::uint64_t;  // of the tables' conditions
  struct Sides {
    Set kept = 0, broken = 0;  // in neither: too close to tell
  };

  explicit RowProbe(const RowTables& tables) : tables_(tables) {}

  // Starts at the row of this point, whose FFN size is `width`. Returns the rule that forbids it or kNoRule.
  int Build(Count index, Count width);
  void MoveToWidth(Count width);
  // The score and ln T' past saturation, from which those at fewer tokens follow.
  void Saturate(double raw, double log_tokens) {
    saturated_ = raw;
    log_cap_ = log_tokens;
  }
  void MoveToTokens(std::size_t i);
  void MoveToScore(double raw) { score_ = raw; }

  const Design& design() const { return design_; }
  Sides Look(Set open) const;
  const RowCondition& Lowest(Set set) const {
    return tables_.conditions[static_cast<std::size_t>(std::countr_zero(set))];
  }
  // The row from this FFN size on, to where d' changes its course.
  LawRow RowFrom(Count width);

 private:
  Sides LookAt(const RowCondition& condition, Set bit) const;

  const RowTables& tables_;
  Design design_;
  Count origin_ = 0, total_ = 0, active_ = 0, total_slope_ = 0, active_slope_ = 0;
  double score_ = 0, saturated_ = 0, log_cap_ = 0;
};

}  // namespace perflaw
