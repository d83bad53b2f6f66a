// A lattice of architectures: named axes on one side, one integer index on the other. Nothing is
// materialised, so a space may have up to 2^63 - 1 points.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string_view>
#include <vector>

#include "engine/units.hpp"

namespace perflaw {

// The values of one axis: a list, or an arithmetic range that costs nothing to hold.
class Axis {
 public:
  explicit Axis(Count single = 0) : list_{single} {}
  explicit Axis(std::vector<Count> values) : list_(std::move(values)) {}  // distinct, at least one
  Axis(Count from, Count to, Count step)
      : from_(from), step_(step), steps_((to - from) / step + 1) {}

  Count size() const { return list_.empty() ? steps_ : static_cast<Count>(list_.size()); }
  Count operator[](Count i) const {
    return list_.empty() ? from_ + i * step_ : list_[static_cast<std::size_t>(i)];
  }
  bool IsRange() const { return list_.empty(); }
  Count Max() const;
  std::optional<Count> Find(Count value) const;  // its position

 private:
  std::vector<Count> list_;
  Count from_ = 0, step_ = 1, steps_ = 0;
};

// Axis order is fixed; the last runs fastest.
enum AxisName {
  kLayersAxis,
  kHiddenAxis,
  kFfnAxis,
  kExpertsAxis,
  kActiveAxis,
  kSharedAxis,
  kTokensAxis,
  kAxes
};
inline constexpr std::array<std::string_view, kAxes> kAxisNames = {
    "layers", "hidden", "ffn", "experts", "experts_active", "experts_shared", "tokens"};

// The values of one point, in axis order. Tokens is 0 where they are no axis but follow from a
// rule.
using Point = std::array<Count, kAxes>;

enum class TokenRule {
  kAxis,    // values of the axis
  kBudget,  // what the budget leaves
  kLeast,   // the fewest that reach the wanted score
};

struct Space {
  std::array<Axis, kAxes> axes;
  // When not empty, the FFN axis counts these multipliers: ffn = hidden x times, rounded up to
  // multiple_of.
  std::vector<double> ffn_times_hidden;
  Count ffn_multiple_of = 1;
  TokenRule token_rule = TokenRule::kAxis;

  // Points of the lattice; nothing when they are 2^63 or more.
  std::optional<Count> CheckedSize() const;
  Count Size() const { return *CheckedSize(); }

  // Range: 0 <= index < Size().
  Point Decode(Count index) const;
  // The smallest index with these values; nothing when a value is not on its axis.
  std::optional<Count> Encode(const Point& point) const;
  // The FFN size at a position of its axis.
  Count Ffn(Count position, Count hidden) const;
  // True when an earlier multiplier gives the same FFN at this index: the same design a second
  // time.
  bool RepeatsFfn(Count index) const;
  // The positions on the axes at an index, and back.
  std::array<Count, kAxes> Positions(Count index) const;
  Count IndexOf(const std::array<Count, kAxes>& positions) const;
};

}  // namespace perflaw
