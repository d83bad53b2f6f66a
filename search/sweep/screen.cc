// Which studies have a fast path, and what it has to look at.
#include "search/sweep/screen.hpp"

#include <algorithm>
#include <cmath>

#include "engine/kernel.hpp"

namespace perflaw {
namespace {

constexpr std::size_t kMostConditions = 64;  // what a set of them holds
constexpr double kRoundingMargin = 1e-9;

// Tables of an axis's logarithms must not outgrow what points are swept for.
constexpr Count kMostTabulated = 1 << 20;

bool Rises(const Axis& axis) {
  if (axis.size() > kMostTabulated) return false;
  for (Count i = 1; i < axis.size(); ++i) {
    if (axis[i] <= axis[i - 1]) return false;
  }
  return true;
}

bool Uses(const Study& study, Metric metric) {
  const auto is = [metric](const auto& x) { return x.metric == metric; };
  return study.objective.metric == metric ||
         std::any_of(study.limits.begin(), study.limits.end(), is) ||
         std::any_of(study.front.begin(), study.front.end(), is);
}

// Whether a limit of the score has one raw score behind it.
bool ClearScore(const Law& law, const Limit& limit) {
  return limit.metric != Metric::kMmlu ||
         (limit.limit > kChance && limit.limit <= HighestScore(law) - 1);
}

// Values that rounding may move against their course: ratios of two that both grow, differences, and 6 A T where T = C / (6 A).
bool Jitters(Metric metric, bool budget_tokens) {
  switch (metric) {
    case Metric::kActiveShare:
    case Metric::kDecodeTokensPerSecond:
      return true;
    case Metric::kTrainFlops:
    case Metric::kTrainDays:
    case Metric::kTrainUsd:
    case Metric::kTrainKwh:
      return budget_tokens;
    default:
      return false;
  }
}

}  // namespace

Screen::Screen(const ObjectiveFunction& objective) : objective_(&objective) {
  const Study& study = objective.study();
  by_score_ = study.objective.IsScore();
  tokens_on_axis_ = study.space.token_rule == TokenRule::kAxis;
  if (!FindApplies()) return;
  AddConditions();
  applies_ = conditions_.size() <= kMostConditions;
  if (!applies_) return;
  for (std::size_t i = 0; i < conditions_.size(); ++i) {
    using Kind = Condition::Kind;
    const Condition& c = conditions_[i];
    const bool of_tokens =
        c.kind == Kind::kBudget || (c.kind == Kind::kMetric && NeedsTokens(c.metric)) ||
        (c.kind == Kind::kFeature &&
         (c.feature == Feature::kTokens || c.feature == Feature::kTokensPerParam));
    (c.kind == Kind::kScore ? of_score_
     : of_tokens            ? with_tokens_
                            : without_tokens_) |= std::uint64_t{1} << i;
  }
  if (by_score_) Sample();
  if (study.space.ffn_times_hidden.empty()) widths_ = WidthsOf(1);
  if (!tokens_on_axis_) return;
  const Axis& axis = study.space.axes[kTokensAxis];
  for (Count i = 0; i < axis.size(); ++i) {
    tokens_.push_back(static_cast<double>(axis[i]));
    log_tokens_.push_back(static_cast<float>(std::log(tokens_.back() / 1e12)));
  }
}

// A feasible point known from the start saves weighing what it would take to have one.
void Screen::Sample() {
  const Count size = objective_->study().space.Size();
  const Count step = std::max(size / 4096, Count{61});
  for (Count index = step / 2; index < size; index += step) {
    const Outcome outcome = objective_->Evaluate(index);
    if (outcome.rule == kNoRule && Better(outcome.merit, known_)) known_ = outcome.merit;
  }
}

bool Screen::FindApplies() const {
  const Study& study = objective_->study();
  const Space& space = study.space;
  const auto& times = space.ffn_times_hidden;
  return space.token_rule != TokenRule::kLeast && !Uses(study, Metric::kLifetimeUsd) &&
         KernelTakes(study.law, study.gamma) && Rises(space.axes[kTokensAxis]) &&
         (tokens_on_axis_ || space.axes[kTokensAxis].size() == 1) &&
         (times.empty() ? Rises(space.axes[kFfnAxis])
                        : std::is_sorted(times.begin(), times.end())) &&
         std::all_of(study.limits.begin(), study.limits.end(),
                     [&](const Limit& limit) { return ClearScore(study.law, limit); });
}

void Screen::AddConditions() {
  const auto& rules = objective_->Rules();
  const Study& study = objective_->study();
  for (std::size_t i = 0; i < rules.size(); ++i) {
    if (!rules[i].can_relax) continue;
    Condition condition;
    condition.rule = i;
    if (const auto& limit = rules[i].limit) {
      const bool score = limit->metric == Metric::kMmlu;
      condition.kind = score ? Condition::Kind::kScore : Condition::Kind::kMetric;
      condition.metric = limit->metric;
      condition.is_max = limit->is_max;
      condition.limit = score ? Unbounded(study.law, limit->limit) : limit->limit;
      condition.margin = Jitters(limit->metric, !tokens_on_axis_) ? kRoundingMargin : 0;
      conditions_.push_back(condition);
    } else if (rules[i].name == "budget") {
      condition.kind = Condition::Kind::kBudget;
      condition.is_max = true;
      condition.limit = *study.budget.train_flops * (1 + 1e-12);
      conditions_.push_back(condition);
    } else {
      AddDomain(i);
    }
  }
}

void Screen::AddDomain(std::size_t rule) {
  for (std::size_t f = 0; f < kFeatures; ++f) {
    const Feature feature{static_cast<int>(f)};
    const bool share = feature == Feature::kActiveShare;
    const auto [min, max] = objective_->study().law.domain.box[f];
    Condition condition;
    condition.kind = Condition::Kind::kFeature;
    condition.rule = rule;
    condition.feature = feature;
    condition.of_moe_only = share;
    condition.margin = share ? kRoundingMargin : 0;
    for (const bool is_max : {false, true}) {
      condition.is_max = is_max;
      condition.limit = is_max ? max : min;
      conditions_.push_back(condition);
    }
  }
}

Screen::Widths Screen::WidthsOf(Count hidden) const {
  const Study& study = objective_->study();
  const Count tensor = study.training ? study.training->tensor : 1;
  Widths widths;
  Count last = 0;
  for (Count i = 0; i < study.space.axes[kFfnAxis].size(); ++i) {
    const Count ffn = study.space.Ffn(i, hidden);
    if (ffn == last) {
      widths.repeated.push_back(i);
    } else if (ffn % tensor != 0) {
      widths.indivisible.push_back(i);
    } else {
      widths.width.push_back(ffn);
      widths.position.push_back(i);
      widths.ffn.push_back(static_cast<float>(ffn));
      widths.log_ffn.push_back(static_cast<float>(std::log(static_cast<double>(ffn))));
    }
    last = ffn;
  }
  return widths;
}

}  // namespace perflaw
