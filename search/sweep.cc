#include "search/sweep.hpp"

#include <algorithm>
#include <chrono>

namespace perflaw {
namespace {

constexpr Count kBlockPoints = 1 << 14;

// The k best seen, worst on top of a heap. Total order, so the content depends on no order of
// insertion.
class TopK {
 public:
  explicit TopK(Count k) : k_(static_cast<std::size_t>(k)) {}

  void Add(const Merit& merit) {
    if (heap_.size() == k_) {
      if (!Better(merit, heap_.front())) return;
      std::pop_heap(heap_.begin(), heap_.end(), Better);
      heap_.pop_back();
    }
    heap_.push_back(merit);
    std::push_heap(heap_.begin(), heap_.end(), Better);
  }
  void Merge(const TopK& other) {
    for (const Merit& merit : other.heap_) Add(merit);
  }
  std::vector<Merit> Sorted() const {
    std::vector<Merit> sorted = heap_;
    std::sort(sorted.begin(), sorted.end(), Better);
    return sorted;
  }

 private:
  std::size_t k_;
  std::vector<Merit> heap_;
};

// What is kept for one rule: who falls to it, and what dropping it would bring.
struct RuleTally {
  Count rejected = 0;
  Merit best_without;             // among the points that break only this rule
  std::optional<double> nearest;  // the limit nearest to the present one that admits such a point
};

// One thread's share; merging shares in any order gives the same whole.
struct Tally {
  TopK top;
  Merit best_dense, best_moe;
  std::vector<RuleTally> rules;
  Count evaluated = 0, feasible = 0, ahead_of_asked = 0;

  void Add(const Outcome& outcome, const ObjectiveFunction& objective, const Merit& asked);
  void Merge(const Tally& other, const std::vector<Rule>& rules_of);
};

void Keep(Merit& best, const Merit& candidate) {
  if (Better(candidate, best)) best = candidate;
}

void KeepNearest(std::optional<double>& nearest, double limit, const Rule& rule) {
  const bool smaller_is_nearer = !rule.limit || rule.limit->is_max;
  if (!nearest || (smaller_is_nearer ? limit < *nearest : limit > *nearest)) nearest = limit;
}

void Tally::Add(const Outcome& outcome, const ObjectiveFunction& objective, const Merit& asked) {
  ++evaluated;
  if (outcome.rule == kNoRule) {
    ++feasible;
    top.Add(outcome.merit);
    Keep(outcome.moe ? best_moe : best_dense, outcome.merit);
    ahead_of_asked += asked.index >= 0 && Better(outcome.merit, asked) ? 1 : 0;
    return;
  }
  const auto i = static_cast<std::size_t>(outcome.rule);
  ++rules[i].rejected;
  if (!outcome.only) return;
  Keep(rules[i].best_without, outcome.merit);
  KeepNearest(rules[i].nearest, outcome.needed, objective.Rules()[i]);
}

void Tally::Merge(const Tally& other, const std::vector<Rule>& rules_of) {
  top.Merge(other.top);
  Keep(best_dense, other.best_dense);
  Keep(best_moe, other.best_moe);
  for (std::size_t i = 0; i < rules.size(); ++i) {
    rules[i].rejected += other.rules[i].rejected;
    Keep(rules[i].best_without, other.rules[i].best_without);
    if (other.rules[i].nearest) KeepNearest(rules[i].nearest, *other.rules[i].nearest, rules_of[i]);
  }
  evaluated += other.evaluated;
  feasible += other.feasible;
  ahead_of_asked += other.ahead_of_asked;
}

std::optional<Design> DesignOf(const ObjectiveFunction& objective, const Merit& merit) {
  return merit.index < 0 ? std::nullopt : objective.Describe(merit.index);
}

void Report(const ObjectiveFunction& objective, const Tally& tally, SearchSummary& summary) {
  std::vector<Merit> top = tally.top.Sorted();
  const auto listed = static_cast<std::size_t>(objective.study().top);
  if (top.size() > listed) {
    summary.upper_bound = objective.ToUser(top[listed].value);
    summary.gap = std::max(0.0, top[listed].value - top[listed - 1].value);
    top.resize(listed);
  }
  for (const Merit& merit : top) summary.best.push_back(*objective.Describe(merit.index));
  summary.best_dense = DesignOf(objective, tally.best_dense);
  summary.best_moe = DesignOf(objective, tally.best_moe);
  for (std::size_t i = 0; i < tally.rules.size(); ++i) {
    const Rule& rule = objective.Rules()[i];
    const RuleTally& counts = tally.rules[i];
    if (counts.rejected > 0) summary.rejected.emplace_back(rule.name, counts.rejected);
    if (!rule.can_relax) continue;
    if (top.empty()) summary.relaxation.push_back({rule.name, counts.nearest});
    if (!rule.is_goal && counts.best_without.index >= 0 &&
        StrictlyBetter(counts.best_without, top.empty() ? Merit{} : top.front())) {
      summary.binding.emplace_back(rule.name, objective.ToUser(counts.best_without.value));
    }
  }
}

// body(index, slot) for every point, block by block; done(points) after each block.
template <class Body, class Done>
void ForEachPoint(Count points, int threads, const std::atomic<bool>& stop, const Body& body,
                  const Done& done) {
  ForEachBlock((points - 1) / kBlockPoints + 1, threads, stop, [&](Count block, int slot) {
    const Count first = block * kBlockPoints;
    const Count end = first + std::min(kBlockPoints, points - first);
    for (Count index = first; index < end; ++index) body(index, static_cast<std::size_t>(slot));
    done(end - first);
  });
}

// The highest goal of "least" tokens that some point reaches. A lower goal changes the tokens of every
// point, so this takes a pass of its own. Nothing also when stopped.
std::optional<double> HighestGoal(const ObjectiveFunction& objective, int threads,
                                  const Control& control) {
  std::vector<double> best(static_cast<std::size_t>(threads), 0);
  const auto keep = [&](Count index, std::size_t slot) {
    best[slot] = std::max(best[slot], objective.ReachableGoal(index).value_or(0));
  };
  ForEachPoint(objective.study().space.Size(), threads, control.stop, keep, [](Count) {});
  const double highest = *std::max_element(best.begin(), best.end());
  return highest > 0 && !control.stop ? std::optional(highest) : std::nullopt;
}

}  // namespace

std::string_view StatusName(Status status) {
  switch (status) {
    case Status::kOptimal:
      return "optimal";
    case Status::kInfeasible:
      return "infeasible";
    case Status::kInterrupted:
      return "interrupted";
  }
  return "";
}

SearchSummary Sweep(const ObjectiveFunction& objective, const SearchOptions& options,
                    Control& control) {
  const auto begin = std::chrono::steady_clock::now();
  SearchSummary summary;
  summary.space_points = objective.study().space.Size();
  Merit asked;
  if (options.asked) {
    if (const Outcome outcome = objective.Evaluate(*options.asked); outcome.rule == kNoRule)
      asked = outcome.merit;
  }

  Tally empty{
      TopK(objective.study().top + 1), {}, {}, std::vector<RuleTally>(objective.Rules().size())};
  std::vector<Tally> tallies(static_cast<std::size_t>(options.threads), empty);
  ForEachPoint(
      summary.space_points, options.threads, control.stop,
      [&](Count index, std::size_t slot) {
        tallies[slot].Add(objective.Evaluate(index), objective, asked);
      },
      [&](Count points) { control.done.fetch_add(points, std::memory_order_relaxed); });
  for (const Tally& tally : tallies) empty.Merge(tally, objective.Rules());

  summary.evaluated = empty.evaluated;
  summary.feasible = empty.feasible;
  Report(objective, empty, summary);
  if (asked.index >= 0) summary.rank = empty.ahead_of_asked + 1;
  summary.status = summary.evaluated < summary.space_points ? Status::kInterrupted
                   : summary.best.empty()                   ? Status::kInfeasible
                                                            : Status::kOptimal;
  if (summary.status == Status::kInfeasible &&
      objective.study().space.token_rule == TokenRule::kLeast) {
    for (SearchSummary::Relaxation& relaxation : summary.relaxation) {
      if (relaxation.rule == "mmlu.min")
        relaxation.limit = HighestGoal(objective, options.threads, control);
    }
  }
  // What was not looked at may be better than all that was.
  if (summary.status == Status::kInterrupted) {
    summary.upper_bound.reset();
    summary.binding.clear();
    summary.relaxation.clear();
    summary.rank.reset();
  }
  summary.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  return summary;
}

}  // namespace perflaw
