// When and how far to grow a dense model: one plan scored, or the best switch moment and target for a training
// budget, with a bound that is a proof over every target of the lattice and every real moment.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "search/base/control.hpp"
#include "search/base/status.hpp"
#include "search/growth/growth_case.hpp"

namespace perflaw {

// The largest lattice of targets that is enumerated.
inline constexpr Count kMaxTargets = 10'000'000;

// Whether `to` is smaller than `from` in layers, hidden, ffn or params: the formula was made for growth.
bool Shrinks(const GrowthStage& from, const GrowthStage& to);

struct CriticalMoment {
  // "peak", "trough": the slope of the score in T1 is zero; "r_leaves_domain": r is 0 or 1 there and outside
  // [0, 1] on one side; "gain_changes_sign": as good as training from scratch.
  std::string kind;
  SwitchMoment at;
};

struct GrowthPlan {
  GrowthStage from, to;
  SwitchMoment moment;
  Flops train_flops = 0;
};

struct Expansion {
  // Interrupted: the best is that of the targets so far, and may be missing where others can be grown to.
  Status status = Status::kOptimal;
  std::optional<GrowthPlan> best;  // nothing when no target has a moment with r in [0, 1]
  // The target trained from scratch with the same FLOPs, T = budget/(6 S2), without the saturation cap: the
  // growth formula has none, and a gain over a capped score would be the cap's.
  Tokens scratch_tokens = 0;
  double scratch_raw = 0;
  std::vector<SwitchMoment> curve;  // of the best target, evenly over [0, budget/(6 S1)]
  std::vector<CriticalMoment> critical;
  // Of a whole search only: no target of the lattice scores more at any moment (interval arithmetic).
  std::optional<double> upper_bound;
  Count lattice_points = 0;
  // Of the targets that were looked at:
  Count rejected_shape = 0;  // whose heads do not divide the hidden size, or that cannot be counted
  Count rejected_shrinks = 0;  // smaller than `from` in layers, hidden, ffn or parameters
  Count rejected_domain = 0;   // outside the law's domain at every moment
  Count rejected_growth = 0;   // r outside [0, 1] whatever the moment
  Count cells = 0;             // intervals of moments that were bounded
};

// Scores `to`, or finds the target and the T1 in [0, budget/(6 S1)] (or the given one) with the highest raw
// score: NLopt's DIRECT-L over target and moment, then a bisection of the moments of every target until interval
// bounds leave at most 1e-6 points open (1e-9 of scores beyond 1000; more where T2 is too small beside T1 for a
// double, and upper_bound then says so). Ties to 1e-9 go to the smaller index. The result is the same for any
// number of threads. T1 = 0 is training from scratch, T2 = 0 never growing. control.stop ends a search early.
// Throws InputError as Check does, and for less than one thread.
Expansion Expand(const ExpansionStudy& study, int threads, Control& control);

// Throws InputError that names the field, its value and the rule: positive sizes; of a search a positive budget, at most kMaxTargets
// targets, all dense, and a given T1 that costs at most the budget.
void Check(const ExpansionStudy& study);

}  // namespace perflaw
