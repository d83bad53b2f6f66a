#include "search/bound/sensitivity.hpp"

#include <gtest/gtest.h>

#include "search/base/control.hpp"
#include "search/bound/best_first.hpp"
#include "search/bound/certified.hpp"
#include "tests/bound/bound_studies.hpp"

namespace perflaw {
namespace {

struct AxisEnd {
  std::size_t axis;
  bool last;
};

std::optional<AxisEnd> AxisEndOf(const std::string& limit) {
  for (std::size_t i = 0; i < kAxes; ++i) {
    const std::string name(kAxisNames[i]);
    if (limit == name + ".from") return AxisEnd{i, false};
    if (limit == name + ".to") return AxisEnd{i, true};
  }
  return std::nullopt;
}

Study WithAxisEnd(Study study, const AxisEnd& end, Count steps) {
  Axis& axis = study.space.axes[end.axis];
  const Count step = axis[1] - axis[0], from = axis[0], to = axis[axis.size() - 1];
  axis = end.last ? Axis(from, to + steps * step, step) : Axis(from - steps * step, to, step);
  return study;
}

// Whether the name is of one of the domain's limits, which then moves.
bool LoosenDomain(Study& study, const std::string& limit, double factor) {
  for (std::size_t f = 0; f < kFeatures; ++f) {
    const std::string name = fmt::format("domain.{}", FeatureName(Feature{static_cast<int>(f)}));
    Domain::Range& range = study.law.domain.box[f];
    if (limit == name + ".max") return range.max *= factor, true;
    if (limit == name + ".min") return range.min *= 1 / factor, true;
  }
  return false;
}

// `factor` times the room under a limit that is no axis's end.
Study WithRoom(Study study, const std::string& limit, double factor) {
  if (LoosenDomain(study, limit, factor)) return study;
  if (limit == "budget") {
    *study.budget.train_flops *= factor;
  } else if (limit == "max_tokens") {
    *study.budget.max_tokens *= factor;
  } else {
    bool found = false;
    for (Limit& l : study.limits) {
      const std::string name = std::string(MetricName(l.metric)) + (l.is_max ? ".max" : ".min");
      if (name != limit) continue;
      l.limit *= l.is_max ? factor : 1 / factor;
      found = true;
    }
    EXPECT_TRUE(found) << limit << " is no limit";
  }
  return study;
}

// As people read it: under a ceiling the reported score.
double ScoreOf(const Study& study, const Design& design) {
  return study.law.ceiling ? Bounded(study.law, design.law.raw) : design.law.raw;
}

// Nothing where the changed study cannot be asked.
std::optional<double> BestOf(const Study& study) {
  try {
    const SearchSummary summary = Swept(ObjectiveFunction(study));
    if (summary.best.empty()) return std::nullopt;
    return ScoreOf(study, summary.best.front());
  } catch (const InputError&) {
    return std::nullopt;
  }
}

constexpr double kNear = 1e-7;

void CheckAxisEnd(const Study& study, const Sensitivity& found, const AxisEnd& end, double best) {
  const Axis& axis = study.space.axes[end.axis];
  const Count step = axis[1] - axis[0];
  const auto at = static_cast<double>(end.last ? axis[axis.size() - 1] : axis[0]);
  const auto gain = [&](Count steps) {
    const auto raw = BestOf(WithAxisEnd(study, end, steps));
    return raw ? *raw - best : 0;
  };
  const auto share = [&](Count steps) { return static_cast<double>(steps * step) / at; };
  const Count least_end = end.last ? 0 : axis[0];
  const auto one_percent = std::max<Count>(
      1, std::llround(at * (end.last ? 0.01 : 1 - 1 / 1.01) / static_cast<double>(step)));
  const bool can_move = end.last || least_end - one_percent * step >= 1;
  const double expected = can_move ? gain(one_percent) / (100 * share(one_percent)) : 0;
  EXPECT_NEAR(found.mmlu_per_percent, expected, kNear * (1 + std::abs(expected)));
  if (found.change_for_plus_one) {
    const double change = *found.change_for_plus_one;
    EXPECT_EQ(change > 0, end.last);
    const Count steps = std::llround(std::abs(change) * at / static_cast<double>(step));
    EXPECT_NEAR(std::abs(change), share(steps), 1e-12);
    EXPECT_GE(gain(steps), 1 - kNear);
    const double less = end.last ? at * (1 + change) / 1.02 - at : at - at * (1 + change) * 1.02;
    const auto fewer = static_cast<Count>(std::floor(less / static_cast<double>(step)));
    if (fewer >= 1) {
      EXPECT_LT(gain(fewer), 1 + kNear) << fewer << " steps do, not " << steps;
    }
  } else {
    // Not within a factor of 16, nor down to 1.
    Count most = static_cast<Count>(
        std::floor(at * (end.last ? 15 : 15.0 / 16) / static_cast<double>(step)));
    if (!end.last) most = std::min(most, (axis[0] - 1) / step);
    if (most >= 1) {
      EXPECT_LT(gain(most), 1 + kNear) << most << " steps of " << step << " from " << at << " do";
    }
  }
}

void CheckLimit(const Study& study, const Sensitivity& found, double best) {
  const auto gain = [&](double factor) {
    const auto raw = BestOf(WithRoom(study, found.limit, factor));
    return raw ? *raw - best : -1e9;
  };
  EXPECT_TRUE(std::isfinite(found.mmlu_per_percent)) << found.mmlu_per_percent;
  const bool is_min = found.limit.ends_with(".min");
  const double moved = is_min ? 1 - 1 / 1.01 : 0.01, expected = gain(1.01) / (100 * moved);
  if (expected >
      -1e8) {  // else more budget leaves nothing feasible: too many tokens for another limit
    EXPECT_NEAR(found.mmlu_per_percent, expected, kNear * (1 + std::abs(expected)));
  }
  // With the budget the tokens of every design grow, which not every law rewards.
  const bool grows = found.limit == "budget" || found.limit == "max_tokens";
  const bool monotone = !grows || study.space.token_rule == TokenRule::kAxis;
  if (found.change_for_plus_one) {
    const double change = *found.change_for_plus_one;
    EXPECT_EQ(change < 0, is_min);
    const double factor = is_min ? 1 / (1 + change) : 1 + change;
    EXPECT_LE(factor, 16 * (1 + 1e-12));
    EXPECT_GE(gain(factor * (1 + 1e-12)), 1 - kNear);
    if (monotone && factor > 1.02) {
      EXPECT_LT(gain(factor / 1.02), 1 + kNear);
    }
  } else {
    EXPECT_LT(gain(16), 1 + kNear);
  }
}

TEST(Sensitivity, IsWhatSweepsOfMovedLimitsSay) {
  int studies = 0, axis_ends = 0, limits = 0, reached = 0;
  for (std::uint64_t seed = 0; studies < 100; ++seed) {
    Study study;
    try {
      study = StudyMaker(seed).Make();
      study.objective = {};
      if (study.space.token_rule == TokenRule::kLeast || study.space.Size() > 1500) continue;
      if (!BestOf(study)) continue;
    } catch (const InputError&) {
      continue;
    }
    ++studies;
    const ObjectiveFunction objective(study);
    const SearchSummary summary = Swept(objective);
    Control control;
    for (const Sensitivity& found : FindSensitivity(objective, summary, 1, control)) {
      std::string asked = study.inside_domain ? " domain" : "";
      for (const Limit& l : study.limits)
        asked += fmt::format(" {}.{}={}", MetricName(l.metric), l.is_max ? "max" : "min", l.limit);
      SCOPED_TRACE(fmt::format("seed {}, {} of{}", seed, found.limit, asked));
      const double best = ScoreOf(study, summary.best.front());
      const auto end = AxisEndOf(found.limit);
      ++(end ? axis_ends : limits);
      reached += found.change_for_plus_one ? 1 : 0;
      if (end) {
        CheckAxisEnd(study, found, *end, best);
      } else {
        CheckLimit(study, found, best);
      }
    }
  }
  EXPECT_GT(axis_ends, 10);
  EXPECT_GT(limits, 10);
  EXPECT_GT(reached, 5);
}

// A shallow end near 1 leaves no room for a factor of 16; what room there is may still do.
TEST(Sensitivity, AxisEndsNearOneAreStillMoved) {
  Study study = PlainStudy();
  study.gamma = 3;
  study.space.axes[kLayersAxis] = Axis(30, 60, 1);
  study.space.axes[kHiddenAxis] = AxisOf({1024});
  study.space.axes[kFfnAxis] = AxisOf({1536});
  study.space.axes[kExpertsAxis] = Axis(1);
  study.space.axes[kActiveAxis] = Axis(1);
  study.space.axes[kSharedAxis] = Axis(0);
  const ObjectiveFunction objective(study);
  const SearchSummary summary = Swept(objective);
  ASSERT_EQ(summary.best.front().point[kLayersAxis], 30);
  Control control;
  bool found = false;
  for (const Sensitivity& s : FindSensitivity(objective, summary, 1, control)) {
    if (s.limit != "layers.from") continue;
    found = true;
    CheckAxisEnd(study, s, {kLayersAxis, false}, ScoreOf(study, summary.best.front()));
    EXPECT_TRUE(s.change_for_plus_one);
  }
  EXPECT_TRUE(found);
  for (const Count from : {8, 7, 6, 5}) {
    SCOPED_TRACE(fmt::format("from {}", from));
    study.gamma = 30;
    study.space.axes[kLayersAxis] = Axis(from, 60, 1);
    const ObjectiveFunction shallow(study);
    const SearchSummary least = Swept(shallow);
    for (const Sensitivity& s : FindSensitivity(shallow, least, 1, control)) {
      if (s.limit == "layers.from")
        CheckAxisEnd(study, s, {kLayersAxis, false}, ScoreOf(study, least.best.front()));
    }
  }
}

// Four times the budget breaks the domain's limits for every large point; a third more brings the point.
TEST(Sensitivity, FindsLittleRoomThatDoesWhereMuchDoesNot) {
  Study study = FullStudy();
  study.inside_domain = true;
  study.space.axes[kLayersAxis] = Axis(16, 126, 2);
  study.space.axes[kHiddenAxis] = Axis(1024, 16384, 1024);
  study.space.axes[kFfnAxis] = Axis(1024, 65536, 128);
  study.space.axes[kExpertsAxis] = AxisOf({1, 8, 16, 64, 128, 256});
  study.space.axes[kActiveAxis] = AxisOf({1, 2, 4, 8});
  study.space.token_rule = TokenRule::kBudget;
  study.space.axes[kTokensAxis] = Axis(0);
  study.budget.train_flops = 1.05e24;
  study.limits = {{Metric::kActiveParams, true, 18e9}};
  Control control;
  const auto best = [&](double factor) {
    Study with = study;
    *with.budget.train_flops *= factor;
    const Merit merit = BestOf(with, 1, control);
    return merit.index < 0 ? 0 : merit.value;
  };
  ASSERT_LT(best(16), best(1) + 1);
  ASSERT_GT(best(1.3), best(1) + 1);
  const ObjectiveFunction objective(study);
  const auto all =
      FindSensitivity(objective, SearchCertified(objective, {1, {}}, control), 1, control);
  const auto of = [&](const std::string& limit) {
    return std::find_if(all.begin(), all.end(), [&](const auto& s) { return s.limit == limit; });
  };
  ASSERT_NE(of("budget"), all.end());
  ASSERT_TRUE(of("budget")->change_for_plus_one);
  const double change = *of("budget")->change_for_plus_one;
  EXPECT_LT(change, 0.3);
  EXPECT_GE(best(1 + change), best(1) + 1);
  EXPECT_LT(best((1 + change) / 1.01), best(1) + 1);
  // The domain binds, by features; only those are listed.
  int features = 0;
  for (std::size_t f = 0; f < kFeatures; ++f) {
    for (const bool is_max : {false, true}) {
      Study looser = study;
      Domain::Range& range = looser.law.domain.box[f];
      is_max ? range.max *= 16 : range.min /= 16;
      const bool binds = BestOf(looser, 1, control).value > best(1);
      const std::string name = fmt::format(
          "domain.{}.{}", FeatureName(Feature{static_cast<int>(f)}), is_max ? "max" : "min");
      EXPECT_EQ(of(name) != all.end(), binds) << name;
      features += binds ? 1 : 0;
      if (binds && of(name) != all.end()) {
        EXPECT_GE(of(name)->mmlu_per_percent, 0);
      }
    }
  }
  EXPECT_GT(features, 0);
}

TEST(Sensitivity, IsOfScoresOnly) {
  Control control;
  Study study = PlainStudy();
  const SearchSummary best = Swept(ObjectiveFunction(study));
  EXPECT_FALSE(FindSensitivity(ObjectiveFunction(study), best, 1, control).empty());
  study.objective = {Goal::kMetric, Metric::kTotalParams, false, "total_params"};
  const ObjectiveFunction other(study);
  EXPECT_TRUE(FindSensitivity(other, Swept(other), 1, control).empty());
  control.stop = true;
  EXPECT_TRUE(FindSensitivity(ObjectiveFunction(PlainStudy()), best, 1, control).empty());
}

}  // namespace
}  // namespace perflaw
