#include "search/bound/lattice.hpp"

#include <algorithm>
#include <limits>
#include <numeric>

namespace perflaw {
namespace {

// lcm that stays where no size can reach: such a divisor leaves nothing.
Count Lcm(Count a, Count b) {
  Count product = 0;
  const bool overflow = __builtin_mul_overflow(a / std::gcd(a, b), b, &product);
  return overflow ? std::numeric_limits<Count>::max() : product;
}

struct Divisors {
  Divisors() { of.fill(1); }
  std::array<Count, kAxes> of;
  bool none = false;  // a size that no axis changes breaks its rule
};

// What CheckParallelism asks of sizes that are an axis each.
void AddParallelism(const Study& study, Form form, Divisors& divisors) {
  const Parallelism& p = *study.training;
  const StackTemplate& base = study.base;
  const auto must_divide = [&](Count size, Count whole) {
    divisors.none = divisors.none || whole % size != 0;
  };
  const auto divide = [&](AxisName axis, Count size) {
    divisors.of[axis] = Lcm(divisors.of[axis], size);
  };
  if (!base.pattern.order.empty()) return;  // its points are asked one by one
  if (study.heads_fixed) {
    must_divide(p.tensor, base.heads);
  } else if (!base.mla) {
    divide(kHiddenAxis, base.head_dim * p.tensor);
  }
  if (!base.mla && p.tensor % base.kv_heads != 0) must_divide(p.tensor, base.kv_heads);
  if (study.space.ffn_times_hidden.empty()) divide(kFfnAxis, p.tensor);
  if (form == Form::kMoe) {
    if (study.moe_base.dense_layers > 0) must_divide(p.tensor, base.ffn);
    must_divide(p.expert, p.data);
    divide(kExpertsAxis, p.expert);
  }
  divide(kLayersAxis, p.pipeline);
}

Divisors DivisorsOf(const Study& study, Form form, KeptRules kept) {
  Divisors divisors;
  if (kept == KeptRules::kExperts) return divisors;
  if (HeadsFollow(study) && !study.base.mla)
    divisors.of[kHiddenAxis] = study.base.head_dim * KvHeadsOf(study.base);
  if (study.training && kept == KeptRules::kAllThatDivide) AddParallelism(study, form, divisors);
  return divisors;
}

}  // namespace

LatticeAxis::LatticeAxis(const Axis& axis, Count divisor, Count least, Count most) {
  const auto kept = [&](Count value) {
    return value >= least && value <= most && value % divisor == 0;
  };
  if (!axis.IsRange()) {
    for (Count i = 0; i < axis.size(); ++i) {
      if (kept(axis[i])) list_.push_back({static_cast<double>(axis[i]), i});
    }
    Sort();
    return;
  }
  const Count step = axis.size() > 1 ? axis[1] - axis[0] : 1;
  if (axis[0] < least) position_ = (least - axis[0] + step - 1) / step;
  // Remainders repeat after so many steps.
  const Count last_try = position_ + divisor / std::gcd(step, divisor);
  while (position_ < std::min(axis.size(), last_try) && axis[position_] <= most &&
         !kept(axis[position_])) {
    ++position_;
  }
  if (position_ >= axis.size() || !kept(axis[position_])) return;
  value_ = axis[position_];
  stride_ = divisor / std::gcd(step, divisor);
  step_ = step * std::min(stride_, axis.size());  // no overflow where there is no second value
  const Count last = axis.size() - 1 - position_;
  size_ = std::min(last / stride_, (most - value_) / step_) + 1;
}

LatticeAxis::LatticeAxis(const std::vector<double>& multipliers) {
  for (const double value : multipliers) list_.push_back({value, static_cast<Count>(list_.size())});
  Sort();
}

void LatticeAxis::Sort() {
  size_ = static_cast<Count>(list_.size());
  std::sort(list_.begin(), list_.end(),
            [](const Entry& a, const Entry& b) { return a.value < b.value; });
}

Count LatticeAxis::LeastPosition(Count i, Count j) const {
  Count least = Position(i);
  if (list_.empty()) return least;
  for (Count k = i + 1; k <= j; ++k) least = std::min(least, At(k).position);
  return least;
}

Count LatticeAxis::LowerBound(double value) const {
  Count low = 0, high = size_;
  while (low < high) {
    const Count middle = low + (high - low) / 2;
    if (Value(middle) < value) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
}

Count LatticeAxis::UpperBound(double value) const {
  const Count at = LowerBound(value);
  return at < size_ && Value(at) == value ? at + 1 : at;
}

Count Box::Points() const {
  Count points = 1;
  for (std::size_t i = 0; i < kAxes; ++i) points *= hi[i] - lo[i] + 1;
  return points;
}

Lattice::Lattice(const Study& study, Form form, KeptRules kept) : form_(form) {
  const Space& space = study.space;
  Count stride = 1;
  for (std::size_t i = kAxes; i-- > 0;) {
    strides_[i] = stride;
    stride *= space.axes[i].size();
  }
  const Divisors divisors = DivisorsOf(study, form, kept);
  if (divisors.none) return;
  for (std::size_t i = 0; i < kAxes; ++i) {
    Count least = 0, most = std::numeric_limits<Count>::max();
    if (form == Form::kMoe && i == kLayersAxis) least = study.moe_base.dense_layers + 1;
    if (form == Form::kMoe && i == kExpertsAxis) least = 2;
    if (form == Form::kDense && (i == kExpertsAxis || i == kActiveAxis)) most = 1;
    if (form == Form::kDense && i == kSharedAxis) most = 0;
    axes_[i] = LatticeAxis(space.axes[i], divisors.of[i], least, most);
  }
  if (!space.ffn_times_hidden.empty()) axes_[kFfnAxis] = LatticeAxis(space.ffn_times_hidden);
}

std::optional<Box> Lattice::Whole() const {
  Box box;
  for (std::size_t i = 0; i < kAxes; ++i) {
    if (axes_[i].size() == 0) return std::nullopt;
    box.hi[i] = axes_[i].size() - 1;
  }
  return box;
}

Count Lattice::Points() const {
  const auto whole = Whole();
  return whole ? whole->Points() : 0;
}

Count Lattice::Index(const std::array<Count, kAxes>& entries) const {
  Count index = 0;
  for (std::size_t i = 0; i < kAxes; ++i) index += axes_[i].Position(entries[i]) * strides_[i];
  return index;
}

Count Lattice::LeastIndex(const Box& box) const {
  Count index = 0;
  for (std::size_t i = 0; i < kAxes; ++i)
    index += axes_[i].LeastPosition(box.lo[i], box.hi[i]) * strides_[i];
  return index;
}

}  // namespace perflaw
