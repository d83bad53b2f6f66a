// The points of a space that the rules of divisibility leave, as a lattice of ascending axes, and boxes of it.
#pragma once

#include <array>
#include <optional>
#include <vector>

#include "search/study/study.hpp"

namespace perflaw {

// Values of a space's axis in ascending order, with their positions there.
class LatticeAxis {
 public:
  LatticeAxis() = default;
  // Those values in [least, most] that `divisor` (>= 1) divides.
  LatticeAxis(const Axis& axis, Count divisor, Count least, Count most);
  // Multipliers, in ascending order.
  explicit LatticeAxis(const std::vector<double>& multipliers);

  Count size() const { return size_; }
  double Value(Count i) const {
    return list_.empty() ? static_cast<double>(value_ + i * step_) : At(i).value;
  }
  Count Position(Count i) const { return list_.empty() ? position_ + i * stride_ : At(i).position; }
  // Of the values from i to j, both included.
  Count LeastPosition(Count i, Count j) const;
  // The first with at least this value, size() if there is none.
  Count LowerBound(double value) const;
  Count UpperBound(double value) const;  // the first above it

 private:
  struct Entry {
    double value;
    Count position;
  };
  void Sort();
  const Entry& At(Count i) const { return list_[static_cast<std::size_t>(i)]; }

  std::vector<Entry> list_;  // of a list; a range is held by its first value
  Count size_ = 0, value_ = 0, step_ = 0, position_ = 0, stride_ = 0;
};

// Entries lo to hi, both included, of each axis.
struct Box {
  std::array<Count, kAxes> lo{}, hi{};
  Count Points() const;
};

// Which rules a lattice already keeps.
enum class KeptRules { kExperts, kExpertsAndHeads, kAllThatDivide };

// Either the dense points or the mixtures of experts of a study. Active experts may still outnumber experts.
class Lattice {
 public:
  Lattice(const Study& study, Form form, KeptRules kept = KeptRules::kAllThatDivide);

  Form form() const { return form_; }
  const LatticeAxis& axis(std::size_t i) const { return axes_[i]; }
  std::optional<Box> Whole() const;  // nothing when no point is left
  Count Points() const;

  // The index in the study's space of the point at these entries.
  Count Index(const std::array<Count, kAxes>& entries) const;
  // The smallest index in a box, or less.
  Count LeastIndex(const Box& box) const;

 private:
  Form form_;
  std::array<LatticeAxis, kAxes> axes_;
  std::array<Count, kAxes> strides_{};
};

}  // namespace perflaw
