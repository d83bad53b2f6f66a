#include "search/sweep.hpp"

#include <algorithm>
#include <chrono>

#include "search/screen.hpp"
#include "search/tally.hpp"

namespace perflaw {
namespace {

// A block takes about as long whether its points are scored one by one or screened.
constexpr Count kScoredBlock = 1 << 14, kScreenedBlock = 1 << 18;

// body(first, end, slot) for ranges that make up all points.
template <class Body>
void ForEachRange(Count points, Count block_points, int threads, const std::atomic<bool>& stop,
                  const Body& body) {
  ForEachBlock((points - 1) / block_points + 1, threads, stop, [&](Count block, int slot) {
    const Count first = block * block_points;
    body(first, first + std::min(block_points, points - first), static_cast<std::size_t>(slot));
  });
}

// The highest goal of "least" tokens that some point reaches. A lower goal changes the tokens of every
// point, so this takes a pass of its own. Nothing also when stopped.
std::optional<double> HighestGoal(const ObjectiveFunction& objective, int threads,
                                  const Control& control) {
  std::vector<double> best(static_cast<std::size_t>(threads), 0);
  const auto keep = [&](Count first, Count end, std::size_t slot) {
    for (Count index = first; index < end; ++index)
      best[slot] = std::max(best[slot], objective.ReachableGoal(index).value_or(0));
  };
  ForEachRange(objective.study().space.Size(), kScoredBlock, threads, control.stop, keep);
  const double highest = *std::max_element(best.begin(), best.end());
  return highest > 0 && !control.stop ? std::optional(highest) : std::nullopt;
}

}  // namespace

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
  const Screen screen(objective);
  const Count block = screen.Applies() ? kScreenedBlock : kScoredBlock;
  ForEachRange(summary.space_points, block, options.threads, control.stop,
               [&](Count first, Count end, std::size_t slot) {
                 screen.SweepBlock(tallies[slot], first, end);
                 control.done.fetch_add(end - first, std::memory_order_relaxed);
               });
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
    summary.binding.clear();
    summary.relaxation.clear();
    summary.rank.reset();
  }
  summary.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  return summary;
}

}  // namespace perflaw
