// What the fast path of a sweep needs to know of a study, worked out once: its conditions, and tables of its axes.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "search/study/objective.hpp"

namespace perflaw {

// A limit on one value that runs one way along an axis; of mmlu the limit is a raw score.
struct RowCondition {
  Condition condition;
  double margin =
      0;  // how far rounding may carry the value off its course, as a share of the limit
};

// The FFN sizes of one hidden size that can be built, rising, and their positions on the axis.
struct RowWidths {
  std::vector<Count> width, position;
  std::vector<float> ffn, log_ffn;
  std::vector<Count> repeated, indivisible;  // positions of those that can't
};
RowWidths WidthsOf(const Study& study, Count hidden);

struct RowTables {
  const ObjectiveFunction* objective = nullptr;
  bool by_score = false;  // the objective is the score: a low one cannot matter
  bool tokens_on_axis = false;
  std::vector<RowCondition> conditions;                             // in order of their rules
  std::uint64_t without_tokens = 0, with_tokens = 0, of_score = 0;  // sets of conditions
  Merit known;       // the best feasible point of a sample, for an objective that is the score
  RowWidths widths;  // where the FFN axis holds sizes
  std::vector<double> tokens;
  std::vector<float> log_tokens;
};

// Nothing for a study that has no fast path. It needs a law within single precision, axes of FFN and tokens that rise, and tokens
// that do not depend on the score; and no rule on the serving memory. The objective must outlive the tables.
std::optional<RowTables> TablesOf(const ObjectiveFunction& objective);

}  // namespace perflaw
