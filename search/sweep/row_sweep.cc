#include "search/sweep/row_sweep.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <span>

#include "engine/kernel.hpp"
#include "search/sweep/row_probe.hpp"

namespace perflaw {
namespace {

class RowSweep {
 public:
  RowSweep(const RowTables& tables, Tally& tally)
      : tables_(tables),
        objective_(*tables.objective),
        study_(objective_.study()),
        space_(study_.space),
        tally_(tally),
        probe_(tables) {}

  void SweepBlock(Count first, Count end);

 private:
  using Set = RowProbe::Set;
  struct Candidate {
    float raw;
    Count index;
  };

  void SweepPanel(Count base, Count first, Count end);
  void SweepRow();
  void RejectUnbuilt(const std::vector<Count>& positions);
  void SweepCourse(std::size_t begin, std::size_t end);
  void SweepOpen(std::size_t begin, std::size_t end, const BrokenRules& verdict);
  void SweepDesigns(std::size_t begin, std::size_t end, const BrokenRules& verdict);
  void SweepTokens(std::size_t lane, const BrokenRules& verdict);
  void SweepOpenTokens(std::size_t lane, std::size_t begin, std::size_t end,
                       const BrokenRules& verdict);
  template <class IndexOf>
  void SweepScores(std::span<const float> raw, Set scores, const BrokenRules& verdict,
                   const IndexOf& index_of);
  void DecideCandidates(const BrokenRules& verdict);

  template <class MoveTo, class Emit>
  void Split(const MoveTo& move_to, Set open, BrokenRules verdict, std::size_t begin,
             std::size_t end, const Emit& emit);
  // Whether what is open can't change the first of two broken rules. Precondition: open is not empty.
  bool Settled(const BrokenRules& verdict, Set open) const {
    return verdict.broken >= 2 && verdict.first <= probe_.Lowest(open).condition.rule;
  }

  double Bar(const BrokenRules& verdict) const;
  bool Countable(const BrokenRules& verdict) const;
  void CountOut(const BrokenRules& verdict, Count points);
  void Reject(std::size_t rule, Count points) {
    tally_.evaluated += points;
    tally_.rules[rule].rejected += points;
  }
  void Decide(Count index) { tally_.Add(objective_.Evaluate(index)); }

  // Points of the row at this position of the FFN axis, within the block.
  Count Points(Count position) const;
  Count FirstIndex(Count position) const {
    return base_ + (position * combinations_ + combination_) * tokens_;
  }
  std::size_t Lane(Count position) const {
    const auto& all = widths_->position;
    return static_cast<std::size_t>(std::lower_bound(all.begin(), all.end(), position) -
                                    all.begin());
  }

  const RowTables& tables_;
  const ObjectiveFunction& objective_;
  const Study& study_;
  const Space& space_;
  Tally& tally_;

  // The panel, all points of one layers and hidden; the row, one combination of experts in it.
  const RowWidths* widths_ = nullptr;
  RowWidths own_widths_;
  Count base_ = 0, first_ = 0, end_ = 0;  // the panel's index, and the part of it in the block
  Count combinations_ = 1, tokens_ = 1, combination_ = 0;
  Count first_position_ = 0, end_position_ = 0;  // of the row's FFN sizes in the block

  RowProbe probe_;
  std::vector<float> raw_, log_cap_column_, best_, token_raw_;
  std::vector<Candidate> candidates_;
};

void RowSweep::SweepBlock(Count first, Count end) {
  const auto& axes = space_.axes;
  tokens_ = axes[kTokensAxis].size();
  combinations_ = 1;
  for (std::size_t i = kFfnAxis + 1; i < kTokensAxis; ++i) combinations_ *= axes[i].size();
  const Count panel = axes[kFfnAxis].size() * combinations_ * tokens_;
  for (Count base = first / panel * panel; base < end; base += panel)
    SweepPanel(base, std::max(first, base) - base, std::min(end, base + panel) - base);
}

void RowSweep::SweepPanel(Count base, Count first, Count end) {
  base_ = base;
  first_ = first;
  end_ = end;
  widths_ = &tables_.widths;
  if (!space_.ffn_times_hidden.empty()) {
    own_widths_ = WidthsOf(study_, space_.Decode(base)[kHiddenAxis]);
    widths_ = &own_widths_;
  }
  const auto ceil_div = [](Count a, Count b) { return (a + b - 1) / b; };
  const Count first_design = first / tokens_, end_design = ceil_div(end, tokens_);
  for (combination_ = 0; combination_ < combinations_; ++combination_) {
    first_position_ = ceil_div(std::max(first_design - combination_, Count{0}), combinations_);
    end_position_ = ceil_div(std::max(end_design - combination_, Count{0}), combinations_);
    if (first_position_ < end_position_) SweepRow();
  }
}

Count RowSweep::Points(Count position) const {
  const Count begin = FirstIndex(position) - base_;
  return std::min(begin + tokens_, end_) - std::max(begin, first_);
}

void RowSweep::RejectUnbuilt(const std::vector<Count>& positions) {
  const auto begin = std::lower_bound(positions.begin(), positions.end(), first_position_);
  const auto end = std::lower_bound(begin, positions.end(), end_position_);
  if (begin == end) return;
  Design design;
  const auto rule = static_cast<std::size_t>(objective_.Build(FirstIndex(*begin), design));
  for (auto position = begin; position != end; ++position) Reject(rule, Points(*position));
}

void RowSweep::SweepRow() {
  RejectUnbuilt(widths_->repeated);
  RejectUnbuilt(widths_->indivisible);
  const std::size_t begin = Lane(first_position_), end = Lane(end_position_);
  if (begin == end) return;
  const int unbuilt = probe_.Build(FirstIndex(widths_->position[begin]), widths_->width[begin]);
  if (unbuilt != kNoRule) {
    // What forbids one holds for the row.
    for (std::size_t lane = begin; lane < end; ++lane)
      Reject(static_cast<std::size_t>(unbuilt), Points(widths_->position[lane]));
    return;
  }
  // d' runs one way on each side of ffn = hidden.
  const auto& widths = widths_->width;
  const auto split =
      std::clamp(static_cast<std::size_t>(std::lower_bound(widths.begin(), widths.end(),
                                                           probe_.design().architecture.hidden) -
                                          widths.begin()),
                 begin, end);
  if (begin < split) SweepCourse(begin, split);
  if (split < end) SweepCourse(split, end);
}

// Halves [begin, end) until every condition holds or breaks at both ends of a part, so all along it: each value runs one way.
// emit(begin, end, verdict, clear) gets the parts; a single point may stay unclear.
template <class MoveTo, class Emit>
void RowSweep::Split(const MoveTo& move_to, Set open, BrokenRules verdict, std::size_t begin,
                     std::size_t end, const Emit& emit) {
  if (open != 0) {
    move_to(begin);
    const RowProbe::Sides first = probe_.Look(open);
    RowProbe::Sides last = first;
    if (end - begin > 1) {
      move_to(end - 1);
      last = probe_.Look(open);
    }
    for (Set broken = first.broken & last.broken; broken != 0; broken &= broken - 1)
      verdict.Break(probe_.Lowest(broken).condition.rule);
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
  const Set open = tables_.without_tokens | (tables_.tokens_on_axis ? Set{0} : tables_.with_tokens);
  const auto points = [this](std::size_t lane) { return Points(widths_->position[lane]); };
  const auto emit = [&](std::size_t from, std::size_t to, const BrokenRules& verdict, bool clear) {
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
  Split([this](std::size_t lane) { probe_.MoveToWidth(widths_->width[lane]); }, open, {}, begin,
        end, emit);
}

// The raw score under which a point that breaks these rules can't matter.
double RowSweep::Bar(const BrokenRules& verdict) const {
  const bool moe = probe_.design().model.form == Form::kMoe;
  const Merit& of_form = moe ? tally_.best_moe : tally_.best_dense;
  double bar = kNever;
  if (verdict.broken == 0 && Countable(verdict)) {
    if (tally_.top.Full() && of_form.index >= 0)
      bar = std::min(tally_.top.Worst().value, of_form.value);
  } else if (verdict.broken == 1 && Countable(verdict)) {
    // Dropping the rule must bring more than what is feasible with it.
    for (const Merit& merit : {tally_.best_dense, tally_.best_moe, tables_.known,
                               tally_.rules[verdict.first].best_without}) {
      if (merit.index >= 0) bar = std::max(bar, merit.value);
    }
  }
  return ClearlyUnder(study_.law, bar);
}

// Whether the score alone says that such a point can't matter: not on a front, nor where nothing is feasible and the limit
// that would admit it counts.
bool RowSweep::Countable(const BrokenRules& verdict) const {
  if (!tables_.by_score) return false;
  return verdict.broken == 0 ? study_.front.empty()
                             : tally_.feasible > 0 || tables_.known.index >= 0;
}

void RowSweep::CountOut(const BrokenRules& verdict, Count points) {
  if (verdict.broken > 0) return Reject(verdict.first, points);
  tally_.evaluated += points;
  tally_.feasible += points;
}

void RowSweep::SweepOpen(std::size_t begin, std::size_t end, const BrokenRules& verdict) {
  const std::size_t n = end - begin;
  raw_.resize(widths_->width.size());
  log_cap_column_.resize(raw_.size());
  const auto column = [&](auto& all) { return std::span(all).subspan(begin, n); };
  const auto best =
      double{EvaluateRow(study_.law, probe_.RowFrom(widths_->width[begin]), column(widths_->ffn),
                         column(widths_->log_ffn), column(raw_), column(log_cap_column_))};
  if (tables_.tokens_on_axis) {
    return SweepDesigns(begin, end, verdict);
  }
  if (tables_.of_score == 0 && tally_.asked.index < 0 && best < Bar(verdict))
    return CountOut(verdict, static_cast<Count>(n));
  SweepScores(column(raw_), tables_.of_score, verdict,
              [&](std::size_t i) { return FirstIndex(widths_->position[begin + i]); });
}

void RowSweep::SweepDesigns(std::size_t begin, std::size_t end, const BrokenRules& verdict) {
  if ((tables_.with_tokens | tables_.of_score) != 0 || tally_.asked.index >= 0) {
    for (std::size_t lane = begin; lane < end; ++lane) SweepTokens(lane, verdict);
    return;
  }
  best_.resize(raw_.size());
  const auto column = [&](auto& all) { return std::span(all).subspan(begin, end - begin); };
  const auto best = column(best_);
  BestOverTokens(tables_.log_tokens, static_cast<float>(study_.law.w[3]), column(raw_),
                 column(log_cap_column_), best);
  // The best of all goes first: it raises the bar for the others.
  const auto first =
      static_cast<std::size_t>(std::max_element(best.begin(), best.end()) - best.begin()) + begin;
  SweepTokens(first, verdict);
  double bar = Bar(verdict);
  for (std::size_t lane = begin; lane < end; ++lane) {
    if (lane == first) continue;
    if (double{best_[lane]} < bar) {
      CountOut(verdict, Points(widths_->position[lane]));
    } else {
      SweepTokens(lane, verdict);
      bar = Bar(verdict);
    }
  }
}

void RowSweep::SweepTokens(std::size_t lane, const BrokenRules& verdict) {
  const Count index = FirstIndex(widths_->position[lane]);
  const auto begin = static_cast<std::size_t>(std::max(base_ + first_ - index, Count{0}));
  const auto end = static_cast<std::size_t>(std::min(tokens_, base_ + end_ - index));
  const Set open = tables_.with_tokens | tables_.of_score;
  if (open != 0) {
    probe_.MoveToWidth(widths_->width[lane]);
    probe_.Saturate(double{raw_[lane]}, double{log_cap_column_[lane]});
  }
  const auto emit = [&](std::size_t from, std::size_t to, const BrokenRules& found, bool clear) {
    if (!clear) return Decide(index + static_cast<Count>(from));
    if (found.broken >= 2) return Reject(found.first, static_cast<Count>(to - from));
    SweepOpenTokens(lane, from, to, found);
  };
  Split([this](std::size_t i) { probe_.MoveToTokens(i); }, open, verdict, begin, end, emit);
}

void RowSweep::SweepOpenTokens(std::size_t lane, std::size_t begin, std::size_t end,
                               const BrokenRules& verdict) {
  const auto column = std::span(tables_.log_tokens).subspan(begin, end - begin);
  const auto w4 = static_cast<float>(study_.law.w[3]);
  const float saturated = raw_[lane], log_cap = log_cap_column_[lane];
  const bool asked = tally_.asked.index >= 0;
  float best = saturated;
  BestOverTokens(column, w4, {&saturated, 1}, {&log_cap, 1}, {&best, 1});
  if (!asked && double{best} < Bar(verdict))
    return CountOut(verdict, static_cast<Count>(end - begin));
  std::size_t n = column.size();
  if (!asked && Countable(verdict)) {
    // Past saturation all score the same, and of equals only the first few can be listed.
    constexpr float kClearly = 1e-3f;
    const auto equal = std::upper_bound(column.begin(), column.end(), log_cap + kClearly);
    n = std::min(n, static_cast<std::size_t>(equal - column.begin() + study_.top) + 1);
    CountOut(verdict, static_cast<Count>(column.size() - n));
  }
  const auto score = [&](float log_tokens) {
    return saturated + w4 * (std::min(log_tokens, log_cap) - log_cap);
  };
  std::size_t low = 0;
  if (!asked && w4 > 0) {
    const double bar = Bar(verdict);
    const auto under = [&](float log_tokens) { return double{score(log_tokens)} < bar; };
    low = static_cast<std::size_t>(
        std::partition_point(column.begin(), column.begin() + static_cast<std::ptrdiff_t>(n),
                             under) -
        column.begin());
    CountOut(verdict, static_cast<Count>(low));
  }
  token_raw_.resize(n - low);
  std::transform(column.begin() + static_cast<std::ptrdiff_t>(low),
                 column.begin() + static_cast<std::ptrdiff_t>(n), token_raw_.begin(), score);
  const Count index = FirstIndex(widths_->position[lane]) + static_cast<Count>(begin + low);
  SweepScores(token_raw_, 0, verdict,
              [index](std::size_t i) { return index + static_cast<Count>(i); });
}

// Points one by one, by their scores: which rules on the score they break, and whether they can matter.
template <class IndexOf>
void RowSweep::SweepScores(std::span<const float> raw, Set scores, const BrokenRules& verdict,
                           const IndexOf& index_of) {
  if (scores == 0 && tally_.asked.index < 0) {
    candidates_.clear();
    const double bar = Bar(verdict);
    for (std::size_t i = 0; i < raw.size(); ++i) {
      if (!(double{raw[i]} < bar)) candidates_.push_back({raw[i], index_of(i)});
    }
    CountOut(verdict, static_cast<Count>(raw.size() - candidates_.size()));
    return DecideCandidates(verdict);
  }
  for (std::size_t i = 0; i < raw.size(); ++i) {
    BrokenRules found = verdict;
    const auto score = double{raw[i]};
    probe_.MoveToScore(score);
    const RowProbe::Sides sides = probe_.Look(scores);
    for (Set broken = sides.broken; broken != 0; broken &= broken - 1)
      found.Break(probe_.Lowest(broken).condition.rule);
    double asked = kNever;
    if (tally_.asked.index >= 0) asked = tally_.asked.value;
    const bool clear =
        (sides.kept | sides.broken) == scores &&
        (score < ClearlyUnder(study_.law, asked) || score > ClearlyOver(study_.law, asked));
    if (!clear || (found.broken < 2 && !(score < Bar(found)))) {
      Decide(index_of(i));
      continue;
    }
    CountOut(found, 1);
    if (found.broken == 0 && tally_.asked.index >= 0 && score > asked) ++tally_.ahead_of_asked;
  }
}

// The best first, because each may raise the bar for those behind it.
void RowSweep::DecideCandidates(const BrokenRules& verdict) {
  std::sort(candidates_.begin(), candidates_.end(), [](const Candidate& a, const Candidate& b) {
    return a.raw != b.raw ? a.raw > b.raw : a.index < b.index;
  });
  for (std::size_t i = 0; i < candidates_.size(); ++i) {
    if (double{candidates_[i].raw} < Bar(verdict))
      return CountOut(verdict, static_cast<Count>(candidates_.size() - i));
    Decide(candidates_[i].index);
  }
}

}  // namespace

void SweepBlock(const ObjectiveFunction& objective, const std::optional<RowTables>& tables,
                Tally& tally, Count first, Count end) {
  if (tables) return RowSweep(*tables, tally).SweepBlock(first, end);
  for (Count index = first; index < end; ++index) tally.Add(objective.Evaluate(index));
}

}  // namespace perflaw
