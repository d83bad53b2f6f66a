#include "search/sweep/row_probe.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace perflaw {

double ClearlyUnder(const Law& law, double value) {
  return value == kNever ? kNever : value - 2 * KernelError(law, value) - 1e-8;
}
double ClearlyOver(const Law& law, double value) {
  return value + 2 * KernelError(law, value) + 1e-8;
}

// Counts are affine in the FFN size, so those of two sizes give all.
int RowProbe::Build(Count index, Count width) {
  const int rule = tables_.objective->Build(index, design_);
  if (rule != kNoRule) return rule;
  origin_ = width;
  total_ = design_.total_params;
  active_ = design_.active_params;
  Architecture& a = design_.architecture;
  const Count built = LawFfn(a);
  const Study& study = tables_.objective->study();
  SetWidth(study, a, built - 1);
  const ParamCounts less = CountParams(a);
  SetWidth(study, a, built);
  total_slope_ = total_ - less.Total();
  active_slope_ = active_ - less.Active();
  return kNoRule;
}

void RowProbe::MoveToWidth(Count width) {
  Architecture& a = design_.architecture;
  SetWidth(tables_.objective->study(), a, width);
  design_.point[kFfnAxis] = width;
  design_.total_params = total_ + total_slope_ * (width - origin_);
  design_.active_params = active_ + active_slope_ * (width - origin_);
  TrainedModel& m = design_.model;
  m.ffn = static_cast<double>(width);
  m.widest_ffn = static_cast<double>(WidestFfn(a));
  m.total_params = static_cast<double>(design_.total_params);
  m.active_params = static_cast<double>(design_.active_params);
  if (tables_.tokens_on_axis) return;
  const Budget& budget = tables_.objective->study().budget;
  m.tokens = std::min(budget.max_tokens.value_or(std::numeric_limits<double>::infinity()),
                      TokensFor(*budget.train_flops, m.active_params));
}

void RowProbe::MoveToTokens(std::size_t i) {
  design_.model.tokens = tables_.tokens[i];
  score_ = saturated_ + tables_.objective->study().law.w[3] *
                            (std::min(double{tables_.log_tokens[i]}, log_cap_) - log_cap_);
}

RowProbe::Sides RowProbe::LookAt(const RowCondition& row, Set bit) const {
  const Condition& c = row.condition;
  const Sides kept{bit, 0}, broken{0, bit}, unclear{};
  if (const Feature* feature = std::get_if<Feature>(&c.subject)) {
    if (c.of_moe_only && design_.model.form != Form::kMoe) return kept;
    // In the domain's own arithmetic.
    const double value = FeatureValue(*feature, design_.model);
    const double excess = c.is_max ? value / c.limit : c.limit / value;
    return excess <= 1 - row.margin ? kept : excess > 1 + row.margin ? broken : unclear;
  }
  const Metric metric = std::get<Metric>(c.subject);
  const Law& law = tables_.objective->study().law;
  const bool score = metric == Metric::kMmlu;
  const double limit = c.Edge(), margin = row.margin * std::abs(limit);
  const double low = score ? ClearlyUnder(law, limit) : limit - margin;
  const double high = score ? ClearlyOver(law, limit) : limit + margin;
  const double value = score ? score_ : tables_.objective->Value(metric, design_);
  if (c.is_max) return value <= low ? kept : value > high ? broken : unclear;
  return value >= high ? kept : value < low ? broken : unclear;
}

RowProbe::Sides RowProbe::Look(Set open) const {
  Sides sides;
  for (; open != 0; open &= open - 1) {
    const Sides side = LookAt(Lowest(open), open & -open);
    sides.kept |= side.kept;
    sides.broken |= side.broken;
  }
  return sides;
}

LawRow RowProbe::RowFrom(Count width) {
  const Study& study = tables_.objective->study();
  const TrainedModel& m = design_.model;
  LawRow row;
  row.form = m.form;
  row.layers = m.layers;
  row.hidden = m.hidden;
  row.gamma = study.gamma;
  const auto affine = [this](Count at_origin, Count slope) {
    return LawRow::Affine{static_cast<double>(at_origin - slope * origin_),
                          static_cast<double>(slope)};
  };
  row.total = affine(total_, total_slope_);
  row.active = affine(active_, active_slope_);
  if (row.form == Form::kMoe) {
    const Outline outline = OutlineOf(design_.architecture);
    const bool narrow = width < design_.architecture.hidden;
    row.least_widest = study.moe_base.dense_layers > 0 ? AsReal(study.base.ffn) : 0;
    if (const Count shared_ffn = study.moe_base.shared_ffn; shared_ffn > 0) {
      const double shared = AsReal(outline.shared * shared_ffn);
      row.widest = narrow ? LawRow::Affine{shared, AsReal(outline.active)} : LawRow::Affine{0, 1};
      row.least_widest = std::max(row.least_widest, shared);
    } else {
      row.widest.slope = AsReal(
          std::max({Count{1}, outline.shared, narrow ? outline.active + outline.shared : 0}));
    }
  }
  if (!tables_.tokens_on_axis) {
    row.flops = *study.budget.train_flops;
    if (study.budget.max_tokens) row.most_tokens = *study.budget.max_tokens;
  }
  return row;
}

}  // namespace perflaw
