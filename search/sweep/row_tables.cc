#include "search/sweep/row_tables.hpp"

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

// Where T = C / (6 A), rounding moves 6 A T, too.
bool Jitters(Metric metric, bool budget_tokens) {
  const MetricInfo& info = InfoOf(metric);
  return info.Is(kJitters) || (info.Is(kOfFlops) && budget_tokens);
}

bool HasFastPath(const Study& study) {
  const Space& space = study.space;
  const auto& times = space.ffn_times_hidden;
  const bool tokens_on_axis = space.token_rule == TokenRule::kAxis;
  return space.token_rule != TokenRule::kLeast && !Uses(study, Metric::kLifetimeUsd) &&
         KernelTakes(study.law, study.gamma) && Rises(space.axes[kTokensAxis]) &&
         (tokens_on_axis || space.axes[kTokensAxis].size() == 1) &&
         (times.empty() ? Rises(space.axes[kFfnAxis])
                        : std::is_sorted(times.begin(), times.end())) &&
         std::all_of(study.limits.begin(), study.limits.end(),
                     [&](const Limit& limit) { return ClearScore(study.law, limit); });
}

std::vector<RowCondition> RowConditionsOf(const ObjectiveFunction& objective, bool tokens_on_axis) {
  std::vector<RowCondition> rows;
  for (const Condition& condition : objective.conditions().All()) {
    RowCondition& row = rows.emplace_back(RowCondition{condition});
    const Metric* metric = std::get_if<Metric>(&condition.subject);
    const bool jitters = metric != nullptr
                             ? Jitters(*metric, !tokens_on_axis)
                             : std::get<Feature>(condition.subject) == Feature::kActiveShare;
    if (jitters) row.margin = kRoundingMargin;
    if (metric != nullptr && *metric == Metric::kMmlu)
      row.condition.limit = Unbounded(objective.study().law, condition.limit);
  }
  return rows;
}

// A feasible point known from the start saves weighing what it would take to have one.
Merit BestOfSample(const ObjectiveFunction& objective) {
  Merit best;
  const Count size = objective.study().space.Size();
  const Count step = std::max(size / 4096, Count{61});
  for (Count index = step / 2; index < size; index += step) {
    const Outcome outcome = objective.Evaluate(index);
    if (outcome.rule == kNoRule && Better(outcome.merit, best)) best = outcome.merit;
  }
  return best;
}

void SortByCourse(RowTables& tables) {
  for (std::size_t i = 0; i < tables.conditions.size(); ++i) {
    const Condition& c = tables.conditions[i].condition;
    const Metric* metric = std::get_if<Metric>(&c.subject);
    (metric != nullptr && *metric == Metric::kMmlu ? tables.of_score
     : c.NeedsTokens()                             ? tables.with_tokens
                       : tables.without_tokens) |= std::uint64_t{1} << i;
  }
}

}  // namespace

RowWidths WidthsOf(const Study& study, Count hidden) {
  const Count tensor = study.training ? study.training->tensor : 1;
  RowWidths widths;
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

std::optional<RowTables> TablesOf(const ObjectiveFunction& objective) {
  const Study& study = objective.study();
  if (!HasFastPath(study)) return std::nullopt;
  RowTables tables;
  tables.objective = &objective;
  tables.by_score = study.objective.IsScore();
  tables.tokens_on_axis = study.space.token_rule == TokenRule::kAxis;
  tables.conditions = RowConditionsOf(objective, tables.tokens_on_axis);
  if (tables.conditions.size() > kMostConditions) return std::nullopt;
  SortByCourse(tables);
  if (tables.by_score) tables.known = BestOfSample(objective);
  if (study.space.ffn_times_hidden.empty()) tables.widths = WidthsOf(study, 1);
  if (!tables.tokens_on_axis) return tables;
  const Axis& axis = study.space.axes[kTokensAxis];
  for (Count i = 0; i < axis.size(); ++i) {
    tables.tokens.push_back(static_cast<double>(axis[i]));
    tables.log_tokens.push_back(static_cast<float>(std::log(tables.tokens.back() / kTokensUnit)));
  }
  return tables;
}

}  // namespace perflaw
