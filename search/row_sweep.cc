// How a block is swept: row by row of points that differ in FFN size and tokens only.
#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <span>

#include "engine/kernel.hpp"
#include "search/screen.hpp"

namespace perflaw {
namespace {

constexpr double kNever = -std::numeric_limits<double>::infinity();

// The rules that a point is known to break.
struct Verdict {
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

// A raw score so far under `value` that no error lifts it there.
double ClearlyUnder(const Law& law, double value) {
  return value == kNever ? kNever : value - 2 * KernelError(law, value) - 1e-8;
}
double ClearlyOver(const Law& law, double value) {
  return value + 2 * KernelError(law, value) + 1e-8;
}

}  // namespace

class RowSweep {
 public:
  RowSweep(const Screen& screen, Tally& tally)
      : screen_(screen),
        objective_(*screen.objective_),
        study_(objective_.study()),
        space_(study_.space),
        tally_(tally) {}

  void SweepBlock(Count first, Count end);

 private:
  using Condition = Screen::Condition;
  using Set = std::uint64_t;
  struct Sides {
    Set kept = 0, broken = 0;
  };
  struct Candidate {
    float raw;
    std::size_t i;
  };

  void SweepPanel(Count base, Count first, Count end);
  void SweepRow(Count combination);
  void RejectUnbuilt(const std::vector<Count>& positions);
  bool BuildRow(std::size_t begin, std::size_t end);
  void SweepCourse(std::size_t begin, std::size_t end);
  void SweepOpen(std::size_t begin, std::size_t end, const Verdict& verdict);
  void SweepTokens(std::size_t lane, const Verdict& verdict);
  void SweepOpenTokens(std::size_t lane, std::size_t begin, std::size_t end,
                       const Verdict& verdict);
  template <class IndexOf>
  void SweepScores(std::span<const float> raw, Set scores, const Verdict& verdict,
                   const IndexOf& index_of);

  template <class MoveTo, class Emit>
  void Split(const MoveTo& move_to, Set open, Verdict verdict, std::size_t begin, std::size_t end,
             const Emit& emit);
  Sides Look(Set open) const;
  Sides LookAt(const Condition& condition, Set bit) const;
  // Whether what is open can't change the first of two broken rules. Precondition: open is not empty.
  bool Settled(const Verdict& verdict, Set open) const {
    return verdict.broken >= 2 && verdict.first <= Lowest(open).rule;
  }
  const Condition& Lowest(Set set) const {
    return screen_.conditions_[static_cast<std::size_t>(std::countr_zero(set))];
  }

  void MoveToWidth(std::size_t lane);
  void MoveToTokens(std::size_t i);
  LawRow RowOf(std::size_t begin) const;
  double Bar(const Verdict& verdict) const;
  void CountOut(const Verdict& verdict, Count points);
  void Reject(std::size_t rule, Count points) {
    tally_.evaluated += points;
    tally_.rules[rule].rejected += points;
  }
  void Decide(Count index) { tally_.Add(objective_.Evaluate(index)); }

  // Points of the row at these positions of the FFN axis, within the block.
  Count Points(Count position, Count count) const;
  Count FirstIndex(Count position) const {
    return base_ + (position * combinations_ + combination_) * tokens_;
  }
  std::size_t Lane(Count position) const {
    const auto& all = widths_->position;
    return static_cast<std::size_t>(std::lower_bound(all.begin(), all.end(), position) -
                                    all.begin());
  }

  const Screen& screen_;
  const ObjectiveFunction& objective_;
  const Study& study_;
  const Space& space_;
  Tally& tally_;

  // The panel, all points of one layers and hidden; the row, one combination of experts in it.
  const Screen::Widths* widths_ = nullptr;
  Screen::Widths own_widths_;
  Count base_ = 0, first_ = 0, end_ = 0;  // the panel's index, and the part of it in the block
  Count combinations_ = 1, tokens_ = 1, combination_ = 0;
  Count first_position_ = 0, end_position_ = 0;  // of the row's FFN sizes in the block

  Design probe_;  // the row's design, moved along
  Count total_slope_ = 0, active_slope_ = 0, origin_ = 0, total_ = 0, active_ = 0;
  double score_ = 0, saturated_ = 0, log_cap_ = 0;
  std::vector<float> raw_, log_cap_column_, token_raw_;
  std::vector<Candidate> candidates_;
};

void RowSweep::SweepBlock(Count first, Count end) {
  const auto& axes = space_.axes;
  tokens_ = axes[kTokensAxis].size();
  combinations_ = axes[kExpertsAxis].size() * axes[kActiveAxis].size() * axes[kSharedAxis].size();
  const Count panel = axes[kFfnAxis].size() * combinations_ * tokens_;
  for (Count base = first / panel * panel; base < end; base += panel)
    SweepPanel(base, std::max(first, base) - base, std::min(end, base + panel) - base);
}

void RowSweep::SweepPanel(Count base, Count first, Count end) {
  base_ = base;
  first_ = first;
  end_ = end;
  widths_ = &screen_.widths_;
  if (!space_.ffn_times_hidden.empty()) {
    own_widths_ = screen_.WidthsOf(space_.Decode(base)[kHiddenAxis]);
    widths_ = &own_widths_;
  }
  const auto ceil_div = [](Count a, Count b) { return (a + b - 1) / b; };
  const Count first_design = first / tokens_, end_design = ceil_div(end, tokens_);
  for (combination_ = 0; combination_ < combinations_; ++combination_) {
    first_position_ = ceil_div(std::max(first_design - combination_, Count{0}), combinations_);
    end_position_ = ceil_div(std::max(end_design - combination_, Count{0}), combinations_);
    if (first_position_ < end_position_) SweepRow(combination_);
  }
}

Count RowSweep::Points(Count position, Count count) const {
  const Count begin = (position * combinations_ + combination_) * tokens_;
  const Count last = ((position + count - 1) * combinations_ + combination_) * tokens_;
  return count * tokens_ - std::max(first_ - begin, Count{0}) -
         std::max(last + tokens_ - end_, Count{0});
}

void RowSweep::RejectUnbuilt(const std::vector<Count>& positions) {
  const auto begin = std::lower_bound(positions.begin(), positions.end(), first_position_);
  const auto end = std::lower_bound(begin, positions.end(), end_position_);
  if (begin == end) return;
  Design design;
  const auto rule = static_cast<std::size_t>(objective_.Build(FirstIndex(*begin), design));
  for (auto position = begin; position != end; ++position) Reject(rule, Points(*position, 1));
}

void RowSweep::SweepRow(Count) {
  RejectUnbuilt(widths_->repeated);
  RejectUnbuilt(widths_->indivisible);
  const std::size_t begin = Lane(first_position_), end = Lane(end_position_);
  if (begin == end || !BuildRow(begin, end)) return;
  // d' runs one way on each side of ffn = hidden.
  const auto& widths = widths_->width;
  const auto split =
      std::clamp(static_cast<std::size_t>(
                     std::lower_bound(widths.begin(), widths.end(), probe_.architecture.hidden) -
                     widths.begin()),
                 begin, end);
  if (begin < split) SweepCourse(begin, split);
  if (split < end) SweepCourse(split, end);
}

// Counts are affine in the FFN size, so two designs give those of all. False when none can be built: what forbids it holds for the row.
bool RowSweep::BuildRow(std::size_t begin, std::size_t end) {
  if (const int rule = objective_.Build(FirstIndex(widths_->position[begin]), probe_);
      rule != kNoRule) {
    for (std::size_t i = begin; i < end; ++i)
      Reject(static_cast<std::size_t>(rule), Points(widths_->position[i], 1));
    return false;
  }
  Design last;
  objective_.Build(FirstIndex(widths_->position[end - 1]), last);
  origin_ = widths_->width[begin];
  total_ = probe_.total_params;
  active_ = probe_.active_params;
  const Count run = std::max(widths_->width[end - 1] - origin_, Count{1});
  total_slope_ = (last.total_params - total_) / run;
  active_slope_ = (last.active_params - active_) / run;
  return true;
}

void RowSweep::MoveToWidth(std::size_t lane) {
  const Count width = widths_->width[lane];
  Architecture& a = probe_.architecture;
  (a.moe ? a.moe->ffn : a.ffn) = width;
  probe_.point[kFfnAxis] = width;
  probe_.total_params = total_ + total_slope_ * (width - origin_);
  probe_.active_params = active_ + active_slope_ * (width - origin_);
  TrainedModel& m = probe_.model;
  m.ffn = static_cast<double>(width);
  m.widest_ffn = static_cast<double>(WidestFfn(a));
  m.total_params = static_cast<double>(probe_.total_params);
  m.active_params = static_cast<double>(probe_.active_params);
  if (screen_.tokens_on_axis_) return;
  m.tokens = std::min(study_.budget.max_tokens.value_or(std::numeric_limits<double>::infinity()),
                      *study_.budget.train_flops / (6 * m.active_params));
}

void RowSweep::MoveToTokens(std::size_t i) {
  probe_.model.tokens = screen_.tokens_[i];
  score_ = saturated_ +
           study_.law.w[3] * (std::min(double{screen_.log_tokens_[i]}, log_cap_) - log_cap_);
}

RowSweep::Sides RowSweep::LookAt(const Condition& c, Set bit) const {
  const Sides kept{bit, 0}, broken{0, bit}, unclear{};
  double value = score_, low = c.limit, high = c.limit;
  switch (c.kind) {
    case Condition::Kind::kScore:
      low = ClearlyUnder(study_.law, c.limit);
      high = ClearlyOver(study_.law, c.limit);
      break;
    case Condition::Kind::kFeature:
      if (c.of_moe_only && probe_.model.form != Form::kMoe) return kept;
      // In the domain's own arithmetic.
      value = FeatureValue(c.feature, probe_.model);
      value = c.is_max ? value / c.limit : c.limit / value;
      low = 1 - c.margin;
      high = 1 + c.margin;
      return value <= low ? kept : value > high ? broken : unclear;
    case Condition::Kind::kBudget:
    case Condition::Kind::kMetric:
      value = c.kind == Condition::Kind::kBudget ? objective_.Value(Metric::kTrainFlops, probe_)
                                                 : objective_.Value(c.metric, probe_);
      low -= c.margin * std::abs(c.limit);
      high += c.margin * std::abs(c.limit);
      break;
  }
  if (c.is_max) return value <= low ? kept : value > high ? broken : unclear;
  return value >= high ? kept : value < low ? broken : unclear;
}

RowSweep::Sides RowSweep::Look(Set open) const {
  Sides sides;
  for (; open != 0; open &= open - 1) {
    const Sides side = LookAt(Lowest(open), open & -open);
    sides.kept |= side.kept;
    sides.broken |= side.broken;
  }
  return sides;
}

// Halves [begin, end) until every condition holds or breaks at both ends of a part, so all along it: each value runs one way.
// emit(begin, end, verdict, clear) gets the parts; a single point may stay unclear.
template <class MoveTo, class Emit>
void RowSweep::Split(const MoveTo& move_to, Set open, Verdict verdict, std::size_t begin,
                     std::size_t end, const Emit& emit) {
  if (open != 0) {
    move_to(begin);
    const Sides first = Look(open);
    Sides last = first;
    if (end - begin > 1) {
      move_to(end - 1);
      last = Look(open);
    }
    for (Set broken = first.broken & last.broken; broken != 0; broken &= broken - 1)
      verdict.Break(Lowest(broken).rule);
    open &= ~((first.kept & last.kept) | (first.broken & last.broken));
  }
  if (open == 0 || Settled(verdict, open)) {
    emit(begin, end, verdict, true);
  } else if (end - begin == 1) {
    emit(begin, end, verdict, false);
  } else {
    const std::size_t middle = begin + (end - begin) / 2;
    Split(move_to, open, verdict, begin, middle, emit);
    Split(move_to, open, verdict, middle, end, emit);
  }
}

void RowSweep::SweepCourse(std::size_t begin, std::size_t end) {
  const Set open =
      screen_.without_tokens_ | (screen_.tokens_on_axis_ ? Set{0} : screen_.with_tokens_);
  const auto points = [this](std::size_t lane) { return Points(widths_->position[lane], 1); };
  const auto emit = [&](std::size_t from, std::size_t to, const Verdict& verdict, bool clear) {
    if (clear && verdict.broken < 2) return SweepOpen(from, to, verdict);
    for (std::size_t lane = from; lane < to; ++lane) {
      if (clear) {
        Reject(verdict.first, points(lane));
        continue;
      }
      const Count index = FirstIndex(widths_->position[lane]);
      const Count begin_index = std::max(index, base_ + first_);
      for (Count i = begin_index; i < std::min(index + tokens_, base_ + end_); ++i) Decide(i);
    }
  };
  Split([this](std::size_t lane) { MoveToWidth(lane); }, open, {}, begin, end, emit);
}

LawRow RowSweep::RowOf(std::size_t begin) const {
  const TrainedModel& m = probe_.model;
  LawRow row;
  row.form = m.form;
  row.layers = m.layers;
  row.hidden = m.hidden;
  row.gamma = study_.gamma;
  const auto affine = [this](Count at_origin, Count slope) {
    return LawRow::Affine{static_cast<double>(at_origin - slope * origin_),
                          static_cast<double>(slope)};
  };
  row.total = affine(total_, total_slope_);
  row.active = affine(active_, active_slope_);
  if (m.form == Form::kMoe) {
    Architecture a = probe_.architecture;
    a.moe->ffn = widths_->width[begin];
    row.least_widest = a.moe->dense_layers > 0 ? static_cast<double>(a.ffn) : 0;
    a.moe->dense_layers = 0;
    row.widest_slope = static_cast<double>(WidestFfn(a) / a.moe->ffn);
  }
  if (!screen_.tokens_on_axis_) {
    row.flops = *study_.budget.train_flops;
    if (study_.budget.max_tokens) row.most_tokens = *study_.budget.max_tokens;
  }
  return row;
}

// The raw score under which a point that breaks these rules can't matter.
double RowSweep::Bar(const Verdict& verdict) const {
  const Merit& of_form = probe_.model.form == Form::kMoe ? tally_.best_moe : tally_.best_dense;
  double bar = kNever;
  if (verdict.broken == 0 && screen_.by_score_ && study_.front.empty()) {
    if (tally_.top.Full() && of_form.index >= 0)
      bar = std::min(tally_.top.Worst().value, of_form.value);
  } else if (verdict.broken == 1 && screen_.by_score_ && tally_.feasible > 0) {
    // What it would take to admit a point matters only where nothing is feasible.
    for (const Merit* merit :
         {&tally_.best_dense, &tally_.best_moe, &tally_.rules[verdict.first].best_without}) {
      if (merit->index >= 0) bar = std::max(bar, merit->value);
    }
  }
  return ClearlyUnder(study_.law, bar);
}

void RowSweep::CountOut(const Verdict& verdict, Count points) {
  if (verdict.broken > 0) return Reject(verdict.first, points);
  tally_.evaluated += points;
  tally_.feasible += points;
}

void RowSweep::SweepOpen(std::size_t begin, std::size_t end, const Verdict& verdict) {
  const std::size_t n = end - begin;
  raw_.resize(widths_->width.size());
  log_cap_column_.resize(raw_.size());
  const auto column = [&](auto& all) { return std::span(all).subspan(begin, n); };
  const auto best =
      double{EvaluateRow(study_.law, RowOf(begin), column(widths_->ffn), column(widths_->log_ffn),
                         column(raw_), column(log_cap_column_))};
  if (screen_.tokens_on_axis_) {
    for (std::size_t lane = begin; lane < end; ++lane) SweepTokens(lane, verdict);
    return;
  }
  if (screen_.of_score_ == 0 && tally_.asked.index < 0 && best < Bar(verdict))
    return CountOut(verdict, static_cast<Count>(n));
  SweepScores(column(raw_), screen_.of_score_, verdict,
              [&](std::size_t i) { return FirstIndex(widths_->position[begin + i]); });
}

void RowSweep::SweepTokens(std::size_t lane, const Verdict& verdict) {
  const Count index = FirstIndex(widths_->position[lane]);
  const auto begin = static_cast<std::size_t>(std::max(base_ + first_ - index, Count{0}));
  const auto end = static_cast<std::size_t>(std::min(tokens_, base_ + end_ - index));
  saturated_ = double{raw_[lane]};
  log_cap_ = double{log_cap_column_[lane]};
  const Set open = screen_.with_tokens_ | screen_.of_score_;
  if (open != 0) MoveToWidth(lane);
  const auto emit = [&](std::size_t from, std::size_t to, const Verdict& found, bool clear) {
    if (!clear) return Decide(index + static_cast<Count>(from));
    if (found.broken >= 2) return Reject(found.first, static_cast<Count>(to - from));
    SweepOpenTokens(lane, from, to, found);
  };
  Split([this](std::size_t i) { MoveToTokens(i); }, open, verdict, begin, end, emit);
}

void RowSweep::SweepOpenTokens(std::size_t lane, std::size_t begin, std::size_t end,
                               const Verdict& verdict) {
  const auto column = std::span(screen_.log_tokens_).subspan(begin, end - begin);
  const auto w4 = static_cast<float>(study_.law.w[3]);
  const float saturated = raw_[lane], log_cap = log_cap_column_[lane];
  if (tally_.asked.index < 0 &&
      double{BestOverTokens(column, w4, saturated, log_cap)} < Bar(verdict)) {
    return CountOut(verdict, static_cast<Count>(end - begin));
  }
  token_raw_.resize(column.size());
  for (std::size_t i = 0; i < column.size(); ++i)
    token_raw_[i] = saturated + w4 * (std::min(column[i], log_cap) - log_cap);
  const Count index = FirstIndex(widths_->position[lane]) + static_cast<Count>(begin);
  SweepScores(token_raw_, 0, verdict,
              [index](std::size_t i) { return index + static_cast<Count>(i); });
}

// Points one by one, by their scores: which rules on the score they break, and whether they can matter. The best are decided
// first, because each may raise the bar for those behind it.
template <class IndexOf>
void RowSweep::SweepScores(std::span<const float> raw, Set scores, const Verdict& verdict,
                           const IndexOf& index_of) {
  candidates_.clear();
  const auto verdict_of = [&](double score, bool& clear) {
    Verdict found = verdict;
    score_ = score;
    const Sides sides = Look(scores);
    clear = (sides.kept | sides.broken) == scores;
    for (Set broken = sides.broken; broken != 0; broken &= broken - 1)
      found.Break(Lowest(broken).rule);
    if (tally_.asked.index >= 0 && score > ClearlyUnder(study_.law, tally_.asked.value) &&
        score < ClearlyOver(study_.law, tally_.asked.value))
      clear = false;
    return found;
  };
  const auto count_out = [&](const Verdict& found, double score) {
    CountOut(found, 1);
    if (found.broken == 0 && tally_.asked.index >= 0 && score > tally_.asked.value)
      ++tally_.ahead_of_asked;
  };
  bool clear = true;
  for (std::size_t i = 0; i < raw.size(); ++i) {
    const auto score = double{raw[i]};
    const Verdict found = verdict_of(score, clear);
    if (clear && found.broken >= 2) {
      Reject(found.first, 1);
    } else if (clear && score < Bar(found)) {
      count_out(found, score);
    } else if (clear) {
      candidates_.push_back({raw[i], i});
    } else {
      Decide(index_of(i));
    }
  }
  std::sort(candidates_.begin(), candidates_.end(),
            [](const Candidate& a, const Candidate& b) { return a.raw > b.raw; });
  for (const Candidate& candidate : candidates_) {
    const auto score = double{candidate.raw};
    const Verdict found = verdict_of(score, clear);
    if (score < Bar(found)) {
      count_out(found, score);
    } else {
      Decide(index_of(candidate.i));
    }
  }
}

void Screen::SweepBlock(Tally& tally, Count first, Count end) const {
  if (applies_) return RowSweep(*this, tally).SweepBlock(first, end);
  for (Count index = first; index < end; ++index) tally.Add(objective_->Evaluate(index));
}

}  // namespace perflaw
