// The fast path of a sweep. It tells, for whole runs of points at once, which rule leaves them out and which can't matter to the
// summary, and only counts those; the objective function decides every other point.
#pragma once

#include <cstdint>
#include <vector>

#include "search/study/objective.hpp"
#include "search/sweep/tally.hpp"

namespace perflaw {

class Screen {
 public:
  // The objective must outlive this.
  explicit Screen(const ObjectiveFunction& objective);

  // Adds the points of [first, end) to the tally: Report says the same as if each had been evaluated. Several threads may call this at
  // once, each with its own tally.
  void SweepBlock(Tally& tally, Count first, Count end) const;

  // Whether this study has a fast path. It needs a law within single precision, axes of FFN and tokens that rise, and tokens that do not
  // depend on the score; and no rule on the serving memory.
  bool Applies() const { return applies_; }

 private:
  friend class RowSweep;
  friend class RowProbe;

  // A limit on one value that runs one way along an axis.
  struct Condition {
    enum class Kind { kMetric, kFeature, kBudget, kScore } kind = Kind::kMetric;
    std::size_t rule = 0;
    bool is_max = false;
    double limit = 0;
    double margin =
        0;  // how far rounding may carry the value off its course, as a share of the limit
    Metric metric{};
    Feature feature{};
    bool of_moe_only = false;
  };

  // The FFN sizes of one hidden size that can be built, rising, and their positions on the axis.
  struct Widths {
    std::vector<Count> width, position;
    std::vector<float> ffn, log_ffn;
    std::vector<Count> repeated, indivisible;  // positions of those that can't
  };

  bool FindApplies() const;
  void AddConditions();
  void Sample();
  void AddDomain(std::size_t rule);
  Widths WidthsOf(Count hidden) const;

  const ObjectiveFunction* objective_;
  bool applies_ = false;
  bool by_score_ = false;  // the objective is the score: a low one cannot matter
  bool tokens_on_axis_ = false;
  std::vector<Condition> conditions_;                                  // in order of their rules
  std::uint64_t without_tokens_ = 0, with_tokens_ = 0, of_score_ = 0;  // sets of conditions
  Merit known_;    // the best feasible point of a sample, for an objective that is the score
  Widths widths_;  // where the FFN axis holds sizes
  std::vector<double> tokens_;
  std::vector<float> log_tokens_;
};

}  // namespace perflaw
