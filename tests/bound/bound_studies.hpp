// Random small studies that reach every rule, objective, token rule and kind of architecture.
#pragma once

#include <algorithm>
#include <cmath>
#include <optional>
#include <random>

#include "search/base/control.hpp"
#include "search/bound/lattice.hpp"
#include "search/study/objective.hpp"
#include "search/sweep/sweep.hpp"
#include "tests/random_pattern.hpp"
#include "tests/studies.hpp"

namespace perflaw {

using Entries = std::array<Count, kAxes>;

// The next point of a box, the last axis fastest; false after the last.
inline bool Advance(const Box& box, Entries& at) {
  for (std::size_t i = kAxes; i-- > 0;) {
    if (at[i]++ < box.hi[i]) return true;
    at[i] = box.lo[i];
  }
  return false;
}

class StudyMaker {
 public:
  explicit StudyMaker(std::uint64_t seed) : random_(seed) {}

  Count Pick(Count least, Count most) {
    return std::uniform_int_distribution<Count>(least, most)(random_);
  }
  bool Flip() { return Pick(0, 1) == 1; }
  double Uniform(double lo, double hi) {
    return std::uniform_real_distribution<double>(lo, hi)(random_);
  }

  Study Make() {
    Study study = FullStudy();
    Template(study);
    Axes(study);
    Tokens(study);
    if (Pick(0, 2) == 0) RandomLaw(study.law);
    if (Pick(0, 2) == 0)
      study.gamma = Pick(0, 2) == 0 ? std::pow(10.0, Uniform(0, 3)) : Uniform(0, 3);
    study.inside_domain = Pick(0, 2) == 0;
    const bool floor = study.space.token_rule == TokenRule::kLeast || Pick(0, 2) == 0;
    if (floor) study.limits.push_back({Metric::kMmlu, false, Uniform(26, 76)});
    Limits(study);
    study.objective = AnObjective(floor);
    study.top = Pick(1, 30);
    return study;
  }

  // Layers by a pattern, and shared experts of their own width.
  void Pattern(Study& study) {
    study.base.mla.reset();
    study.base.pattern = RandomPattern(random_, study.base);
    if (Flip()) study.moe_base.shared_ffn = Pick(1, 12'000);
    if (study.heads_fixed) study.base.heads = 32;
  }

 private:
  void Template(Study& study) {
    StackTemplate& a = study.base;
    a.tied_embeddings = Flip();
    a.gated_ffn = Flip();
    a.qk_norm = QkNorm{static_cast<int>(Pick(0, 2))};
    a.biases = {Flip(), Flip(), Flip(), Flip()};
    a.sinks = Flip();
    a.norms_per_layer = Pick(1, 4);
    a.learned_positions = Flip() ? 2048 : 0;
    if (Flip()) {
      study.heads_fixed = true;
      a.heads = 32;
    }
    if (Pick(0, 4) == 0) {
      a.mla = LatentSizes{Flip() ? 768 : 0, 512, 128, 64, 128};
      a.qk_norm = QkNorm::kNone;
    }
    study.moe_base.router_bias = Flip();
    study.moe_base.shared_gate = Flip();
    if (Pick(0, 3) == 0) {
      study.moe_base.dense_layers = Pick(1, 3);
      a.ffn = 8192;
    }
    study.training->tensor = Count{1} << Pick(0, 3);
    study.training->pipeline = Count{1} << Pick(0, 1);
    study.training->expert = Count{1} << Pick(0, 2);
    if (Pick(0, 3) == 0) study.training.reset();
    if (Pick(0, 2) == 0) study.inference->serving.count = 1;  // few models fit
  }

  std::vector<Count> Shuffled(std::vector<Count> values) {
    std::shuffle(values.begin(), values.end(), random_);
    values.resize(static_cast<std::size_t>(Pick(1, static_cast<Count>(values.size()))));
    return values;
  }

  void Axes(Study& study) {
    Space& space = study.space;
    space.axes[kLayersAxis] = Axis(Pick(1, 24), Pick(25, 90), Pick(1, 9));
    space.axes[kHiddenAxis] = Flip() ? Axis(512 * Pick(1, 4), 9000, 256 * Pick(1, 4))
                                     : AxisOf(Shuffled({4096, 1024, 2560, 8192, 2048, 5120}));
    space.axes[kFfnAxis] = Axis(128 * Pick(1, 20), 20000, 128 * Pick(4, 40));
    if (Pick(0, 3) == 0) {
      // The one just over 1 is rounded down to 1 at some widths.
      space.ffn_times_hidden = {3, 0.5, 2, 1.0000000009, 4};
      space.ffn_multiple_of = 128 * Pick(1, 8);
      space.axes[kFfnAxis] = Axis(0, 4, 1);
    }
    space.axes[kExpertsAxis] = AxisOf(Shuffled({64, 1, 8, 16, 5, 128}));
    space.axes[kActiveAxis] = AxisOf(Shuffled({2, 1, 8, 6}));
    space.axes[kSharedAxis] = AxisOf(Shuffled({1, 0, 2}));
  }

  void Tokens(Study& study) {
    Space& space = study.space;
    space.token_rule = TokenRule{static_cast<int>(Pick(0, 2))};
    space.axes[kTokensAxis] = Axis(0);
    if (space.token_rule == TokenRule::kAxis)
      space.axes[kTokensAxis] =
          Axis(200'000'000'000 * Pick(1, 9), 9'000'000'000'000, 1'000'000'000'000 * Pick(1, 9));
    study.budget.train_flops = std::pow(10.0, Uniform(22, 25));
    if (Flip()) study.budget.max_tokens = Uniform(1e12, 2e13);
  }

  void RandomLaw(Law& law) {
    for (double& w : law.w) w = Pick(0, 5) == 0 ? 0 : Uniform(-15, 15);
    if (Flip()) law.w_active = Uniform(-10, 10), law.w_sparsity = Uniform(-5, 5);
    if (Flip()) law.log_saturation = Uniform(-1, 4);
    law.expands = Flip();
    if (Flip()) law.ceiling = Uniform(kChance + 10, 100);
    if (Pick(0, 3) == 0) {
      for (double& w : law.w) w *= std::pow(10.0, Uniform(0, 5));
    }
  }

  void Limits(Study& study) {
    const ObjectiveFunction probe(study);
    const Count last = study.training ? static_cast<Count>(Metric::kMmlu)
                                      : static_cast<Count>(Metric::kKvBytesPerToken);
    for (Count i = Pick(0, 3); i-- > 0;) {
      const auto design = probe.Describe(Pick(0, study.space.Size() - 1));
      const Metric metric{static_cast<int>(Pick(0, last))};
      const bool is_max = Flip();
      const bool twin = std::any_of(study.limits.begin(), study.limits.end(), [&](const Limit& l) {
        return l.metric == metric && l.is_max == is_max;
      });
      if (!design || twin) continue;
      const double value = probe.Value(metric, *design);
      if (std::isfinite(value)) study.limits.push_back({metric, is_max, value});
    }
  }

  // Those on layers, hidden or KV bytes tie on purpose.
  Objective AnObjective(bool floor) {
    const Metric metrics[] = {Metric::kLayers,
                              Metric::kHidden,
                              Metric::kKvBytesPerToken,
                              Metric::kTotalParams,
                              Metric::kTrainFlops,
                              Metric::kMmlu,
                              Metric::kLifetimeUsd,
                              Metric::kActiveShare,
                              Metric::kFfn,
                              Metric::kExperts,
                              Metric::kTokens,
                              Metric::kTokensPerParam,
                              Metric::kAspectRatio,
                              Metric::kWeightBytes,
                              Metric::kDecodeTokensPerSecond,
                              Metric::kPrefillFlopsPerToken};
    switch (Pick(0, floor ? 7 : 5)) {
      case 0:
      case 1:
        return {};
      case 2:
        return {Goal::kBalance, Metric::kMmlu, true, "balance"};
      case 6:
        return {Goal::kShallowest, Metric::kMmlu, true, "shallowest"};
      case 7:
        return {Goal::kMetric, Metric::kTrainUsd, false, "cheapest"};
      default:
        return {Goal::kMetric, metrics[Pick(0, 15)], Flip(), "a metric"};
    }
  }

  std::mt19937_64 random_;
};

// The maker's next study after `change`; nothing when it is refused (a law with a random w[3] may not go with
// "least") or has more points than that.
template <class Change>
std::optional<Study> StudyOf(StudyMaker& maker, Count most_points, const Change& change) {
  try {
    Study study = maker.Make();
    change(study);
    if (study.space.Size() > most_points) return std::nullopt;
    return ObjectiveFunction(study).study();
  } catch (const InputError&) {
    return std::nullopt;
  }
}
inline std::optional<Study> StudyOf(StudyMaker& maker, Count most_points) {
  return StudyOf(maker, most_points, [](Study&) {});
}

inline SearchSummary Swept(const ObjectiveFunction& objective) {
  Control control;
  return Sweep(objective, {1, {}}, control);
}

inline Count IndexOf(const std::optional<Design>& design) { return design ? design->index : -1; }

}  // namespace perflaw
