#include "search/sweep.hpp"

#include <algorithm>
#include <chrono>

#include "search/tally.hpp"

namespace perflaw {
namespace {

constexpr Count kBlockPoints = 1 << 14;

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

}  // namespace

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

  Tally whole(objective, asked);
  std::vector<Tally> tallies(static_cast<std::size_t>(options.threads), whole);
  ForEachPoint(
      summary.space_points, options.threads, control.stop,
      [&](Count index, std::size_t slot) { tallies[slot].Add(objective.Evaluate(index)); },
      [&](Count points) { control.done.fetch_add(points, std::memory_order_relaxed); });
  for (const Tally& tally : tallies) whole.Merge(tally);
  Report(whole, summary);
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
    summary.gap.reset();
    summary.binding.clear();
    summary.relaxation.clear();
    summary.rank.reset();
  }
  summary.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  return summary;
}

}  // namespace perflaw
