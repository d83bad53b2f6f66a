// What a planner gives up by not taking the best: the designs whose score is nearly as good.
#pragma once

#include <optional>
#include <vector>

#include "search/base/control.hpp"
#include "search/study/summary.hpp"

namespace perflaw {

// The feasible designs that score at least the best one's reported MMLU less `within`.
struct NearBest {
  double within = 0;
  Count at_least = 0, at_most = 0;                // how many there are, proved
  std::optional<Design> cheapest;                 // by train_usd, without prices by train_flops
  std::optional<Design> shallowest, smallest_kv;  // by layers, by kv_bytes_per_token
};

// For 0.1, 0.5 and 1 MMLU. Counting stops after a fixed number of boxes, so the two numbers of designs may differ
// in a large space. Empty when the study does not maximise mmlu, spends "least" tokens, nothing is feasible, or
// control.stop. A score reported at chance is as good as any other there.
std::vector<NearBest> FindNearBest(const ObjectiveFunction& objective, const SearchSummary& summary,
                                   int threads, Control& control);

}  // namespace perflaw
