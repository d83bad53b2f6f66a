// What a sweep keeps of the points it has seen. Shares of a sweep, one a thread or one a machine, merge in
// any order into the same whole.
#pragma once

#include <optional>
#include <vector>

#include "search/study/pareto.hpp"
#include "search/study/summary.hpp"

namespace perflaw {

// What is kept for one rule: who falls to it, and what dropping it would bring.
struct RuleTally {
  Count rejected = 0;
  Merit best_without;             // among the points that break only this rule
  std::optional<double> nearest;  // the limit nearest to the present one that admits such a point
};

struct Tally {
  // `asked`, when its index is not -1, is the point whose rank is wanted. The objective must outlive this.
  Tally(const ObjectiveFunction& objective, const Merit& asked);

  void Add(const Outcome& outcome);
  void Merge(const Tally& other);

  const ObjectiveFunction* objective;
  Merit asked;
  TopK top;  // one more than the study lists, which bounds what is not listed
  Merit best_dense, best_moe;
  FrontGatherer front;
  std::vector<RuleTally> rules;  // in order of ObjectiveFunction::Rules()
  Count evaluated = 0, feasible = 0, ahead_of_asked = 0;
};

// Fills all of the summary that follows from the tally of a whole space.
void Report(const Tally& tally, SearchSummary& summary);

}  // namespace perflaw
