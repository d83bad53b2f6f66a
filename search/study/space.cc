#include "search/study/space.hpp"

#include <algorithm>
#include <cmath>

namespace perflaw {

Count Axis::Max() const {
  return list_.empty() ? (*this)[steps_ - 1] : *std::max_element(list_.begin(), list_.end());
}

std::optional<Count> Axis::Find(Count value) const {
  if (!list_.empty()) {
    const auto at = std::find(list_.begin(), list_.end(), value);
    return at == list_.end() ? std::nullopt : std::optional<Count>(at - list_.begin());
  }
  const Count i = (value - from_) / step_;
  if (value < from_ || i >= steps_ || (*this)[i] != value) return std::nullopt;
  return i;
}

std::optional<Count> Space::CheckedSize() const {
  Count size = 1;
  for (const Axis& axis : axes) {
    if (__builtin_mul_overflow(size, axis.size(), &size)) return std::nullopt;
  }
  return size;
}

std::array<Count, kAxes> Space::Positions(Count index) const {
  std::array<Count, kAxes> positions{};
  for (std::size_t i = kAxes; i-- > 0;) {
    positions[i] = index % axes[i].size();
    index /= axes[i].size();
  }
  return positions;
}

Count Space::IndexOf(const std::array<Count, kAxes>& positions) const {
  Count index = 0;
  for (std::size_t i = 0; i < kAxes; ++i) index = index * axes[i].size() + positions[i];
  return index;
}

Count Space::Ffn(Count position, Count hidden) const {
  if (ffn_times_hidden.empty()) return axes[kFfnAxis][position];
  // 1600 x 1.1 is 1760, though the double product is a little more.
  constexpr double kRounding = 1e-9;
  const double wanted =
      static_cast<double>(hidden) * ffn_times_hidden[static_cast<std::size_t>(position)];
  const double multiples = std::ceil(wanted / static_cast<double>(ffn_multiple_of) - kRounding);
  return std::max(static_cast<Count>(multiples), Count{1}) * ffn_multiple_of;
}

Point Space::Decode(Count index) const {
  const auto positions = Positions(index);
  Point point{};
  for (std::size_t i = 0; i < kAxes; ++i) point[i] = axes[i][positions[i]];
  point[kFfnAxis] = Ffn(positions[kFfnAxis], point[kHiddenAxis]);
  return point;
}

std::optional<Count> Space::Encode(const Point& point) const {
  Count index = 0;
  for (std::size_t i = 0; i < kAxes; ++i) {
    std::optional<Count> position;
    if (i == kFfnAxis && !ffn_times_hidden.empty()) {
      for (Count j = axes[i].size(); j-- > 0;) {
        if (Ffn(j, point[kHiddenAxis]) == point[i]) position = j;
      }
    } else {
      position = axes[i].Find(point[i]);
    }
    if (!position) return std::nullopt;
    index = index * axes[i].size() + *position;
  }
  return index;
}

bool Space::RepeatsFfn(Count index) const {
  if (ffn_times_hidden.empty()) return false;
  const auto positions = Positions(index);
  const Count hidden = axes[kHiddenAxis][positions[kHiddenAxis]];
  const Count ffn = Ffn(positions[kFfnAxis], hidden);
  for (Count j = 0; j < positions[kFfnAxis]; ++j) {
    if (Ffn(j, hidden) == ffn) return true;
  }
  return false;
}

}  // namespace perflaw
