// What each limit costs: how much better the best would be were it a little looser, and how much looser it must be
// for one point more.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "search/base/control.hpp"
#include "search/study/summary.hpp"

namespace perflaw {

struct Sensitivity {
  // A rule's name, "budget", an end of an axis at which the best stands ("ffn.from", "layers.to"), or a limit of the
  // domain that binds ("domain.layers.max").
  std::string limit;
  double mmlu_per_percent =
      0;  // raw points for 1 % more room: a maximum times 1.01, a minimum over 1.01
  // The least share by which the limit must move for +1 raw point: 0.25 for a quarter up, -0.25 for down; nothing
  // when no doubling of the room up to a factor of 16 brings it.
  std::optional<double> change_for_plus_one;
};

// By solving again with each limit moved. Empty when the study does not maximise mmlu, spends "least" tokens,
// nothing is feasible, or control.stop.
std::vector<Sensitivity> FindSensitivity(const ObjectiveFunction& objective,
                                         const SearchSummary& summary, int threads,
                                         Control& control);

}  // namespace perflaw
