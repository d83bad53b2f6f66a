#include "search/sweep/tally.hpp"

#include <algorithm>

namespace perflaw {
namespace {

void Keep(Merit& best, const Merit& candidate) {
  if (Better(candidate, best)) best = candidate;
}

void KeepNearest(std::optional<double>& nearest, double limit, const Rule& rule) {
  const bool smaller_is_nearer = !rule.limit || rule.limit->is_max;
  if (!nearest || (smaller_is_nearer ? limit < *nearest : limit > *nearest)) nearest = limit;
}

std::optional<Design> DesignOf(const ObjectiveFunction& objective, const Merit& merit) {
  return merit.index < 0 ? std::nullopt : objective.Describe(merit.index);
}

}  // namespace

Tally::Tally(const ObjectiveFunction& function, const Merit& asked_merit)
    : objective(&function),
      asked(asked_merit),
      top(function.study().top + 1),
      front(function.study().front.size()),
      rules(function.Rules().size()) {}

void Tally::Add(const Outcome& outcome) {
  ++evaluated;
  if (outcome.rule == kNoRule) {
    ++feasible;
    top.Add(outcome.merit);
    Keep(outcome.form == Form::kMoe ? best_moe : best_dense, outcome.merit);
    if (!objective->study().front.empty()) front.Add({outcome.front, outcome.merit.index});
    ahead_of_asked += asked.index >= 0 && Better(outcome.merit, asked) ? 1 : 0;
    return;
  }
  const auto i = static_cast<std::size_t>(outcome.rule);
  ++rules[i].rejected;
  if (!outcome.only) return;
  Keep(rules[i].best_without, outcome.merit);
  KeepNearest(rules[i].nearest, outcome.needed, objective->Rules()[i]);
}

void Tally::Merge(const Tally& other) {
  top.Merge(other.top);
  Keep(best_dense, other.best_dense);
  Keep(best_moe, other.best_moe);
  front.Merge(other.front);
  for (std::size_t i = 0; i < rules.size(); ++i) {
    rules[i].rejected += other.rules[i].rejected;
    Keep(rules[i].best_without, other.rules[i].best_without);
    if (other.rules[i].nearest)
      KeepNearest(rules[i].nearest, *other.rules[i].nearest, objective->Rules()[i]);
  }
  evaluated += other.evaluated;
  feasible += other.feasible;
  ahead_of_asked += other.ahead_of_asked;
}

void Report(const Tally& tally, SearchSummary& summary) {
  const ObjectiveFunction& objective = *tally.objective;
  summary.evaluated = tally.evaluated;
  summary.feasible = tally.feasible;
  ListTop(objective, tally.top.Sorted(), summary);
  ListFront(objective,
            Thin(tally.front.Points(), objective.FrontResolution(), objective.study().front.size()),
            summary);
  summary.best_dense = DesignOf(objective, tally.best_dense);
  summary.best_moe = DesignOf(objective, tally.best_moe);
  const Merit best = summary.best.empty() ? Merit{} : objective.MeritOf(summary.best.front());
  for (std::size_t i = 0; i < tally.rules.size(); ++i) {
    const Rule& rule = objective.Rules()[i];
    const RuleTally& counts = tally.rules[i];
    if (counts.rejected > 0) summary.rejected.emplace_back(rule.name, counts.rejected);
    if (!rule.CanRelax()) continue;
    if (best.index < 0) summary.relaxation.push_back({rule.name, counts.nearest});
    if (!rule.IsGoal() && counts.best_without.index >= 0 &&
        StrictlyBetter(counts.best_without, best)) {
      summary.binding.emplace_back(rule.name, objective.ToUser(counts.best_without.value));
    }
  }
  if (tally.asked.index >= 0) summary.rank = tally.ahead_of_asked + 1;
}

}  // namespace perflaw
