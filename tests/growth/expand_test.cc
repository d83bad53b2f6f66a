// Growth against the paper's code, brute force over lattice and moments, and what a gain means.
#include "search/growth/expand.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <thread>

#include "engine/count.hpp"
#include "search/base/error.hpp"
#include "search/study/objective.hpp"

namespace perflaw {
namespace {

Law PaperLaw() {
  Law law;
  law.w = {13.95018, 0.23072, -0.48523, 5.39802};
  law.b = 9.19541;
  return law;
}

ExpansionStudy SearchStudy(Flops budget) {
  ExpansionStudy study;
  study.law = PaperLaw();
  study.from = {32, 4096, 14336, 8.03e9, 0};
  study.moment_free = true;
  study.budget = budget;
  StackTemplate& base = study.targets.base;
  base.vocab = 128256;
  base.head_dim = 128;
  base.kv_heads = 8;
  Space& space = study.targets.space;
  space.axes = {Axis(36, 96, 12),
                Axis(4096, 8192, 1024),
                Axis(std::vector<Count>{14336, 20480, 28672}),
                Axis(1),
                Axis(1),
                Axis(0),
                Axis(0)};
  space.token_rule = TokenRule::kBudget;
  return study;
}

Expansion Answer(const ExpansionStudy& study, int threads = 1) {
  Control go_on;
  return Expand(study, threads, go_on);
}

GrowthStage Target(const DesignSpace& targets, Count index) {
  const StackTemplate a = TemplateAt(targets, targets.space.Decode(index));
  return {double(a.layers), double(a.hidden), double(a.ffn),
          double(CountParams(ToStack(a)).Total()), 0};
}

std::optional<double> Brute(const ExpansionStudy& study, GrowthStage to, double from_tokens) {
  GrowthStage from = study.from;
  from.tokens = from_tokens;
  to.tokens = (study.budget / 6 - from.params * from_tokens) / to.params;
  return to.tokens < 0 ? std::nullopt : ExpansionScore(study.law, from, to, study.gamma);
}

// The best over every target and an even grid of moments.
double BruteForce(const ExpansionStudy& study, int moments) {
  double best = -INFINITY;
  for (Count i = 0; i < study.targets.space.Size(); ++i) {
    const GrowthStage to = Target(study.targets, i);
    for (int k = 0; k <= moments; ++k) {
      const double tokens = study.budget / 6 / study.from.params * k / moments;
      best = std::max(best, Brute(study, to, tokens).value_or(-INFINITY));
    }
  }
  return best;
}

// Source: the paper's expansion code, section 3.4.
TEST(Expand, ScoresThePapersPlan) {
  ExpansionStudy study;
  study.law = PaperLaw();
  study.from = {32, 4096, 14336, 7e9, 3e12};
  study.to = GrowthStage{80, 8192, 28672, 70e9, 1e12};
  const Expansion found = Answer(study);
  ASSERT_TRUE(found.best);
  EXPECT_NEAR(*found.best->moment.raw, 67.00187378584985, 1e-9);
  EXPECT_DOUBLE_EQ(found.best->train_flops, 6 * (7e9 * 3e12 + 70e9 * 1e12));
}

TEST(Expand, RefusesPlansWhoseRatioIsOutside) {
  ExpansionStudy study;
  study.law = PaperLaw();
  study.from = {32, 4096, 14336, 7e9, 100e12};
  study.to = GrowthStage{80, 8192, 28672, 70e9, 0.001e12};
  EXPECT_FALSE(Answer(study).best);
}

TEST(Expand, FindsTheBestOfABruteForceLattice) {
  for (const Flops budget : {1e23, 1e24, 6e24, 3e25}) {
    for (const double gamma : {1.0, 1.6}) {
      ExpansionStudy study = SearchStudy(budget);
      study.gamma = gamma;
      const Expansion found = Answer(study);
      ASSERT_TRUE(found.best);
      const double brute = BruteForce(study, 2000), best = *found.best->moment.raw;
      EXPECT_GE(best, brute - 1e-9) << budget;
      EXPECT_LT(best, brute + 0.01) << budget;  // what lies between the grid's moments
      EXPECT_GE(*found.upper_bound, best);
      EXPECT_LE(*found.upper_bound, best + 2e-6);
      EXPECT_EQ(found.lattice_points, 6 * 5 * 3);
      // The plan is one that the budget pays and the reference formula scores so.
      EXPECT_NEAR(found.best->train_flops,
                  6 * (found.best->from.params * found.best->from.tokens +
                       found.best->to.params * found.best->to.tokens),
                  1e-9 * budget);
      EXPECT_NEAR(*ExpansionScore(study.law, found.best->from, found.best->to, gamma), best, 1e-9);
    }
  }
}

TEST(Expand, LeavesOutTargetsThatShrink) {
  ExpansionStudy study = SearchStudy(6e24);
  study.from = {48, 5120, 20480, 15e9, 0};
  const Expansion found = Answer(study);
  Count shrink = 0;
  double brute = -INFINITY;
  for (Count i = 0; i < study.targets.space.Size(); ++i) {
    const GrowthStage to = Target(study.targets, i);
    if (to.layers < 48 || to.hidden < 5120 || to.ffn < 20480 || to.params < 15e9) {
      EXPECT_TRUE(Shrinks(study.from, to));
      ++shrink;
      continue;
    }
    for (int k = 0; k <= 500; ++k)
      brute =
          std::max(brute, Brute(study, to, study.budget / 6 / 15e9 * k / 500).value_or(-INFINITY));
  }
  EXPECT_GT(shrink, 0);
  EXPECT_EQ(found.rejected_shrinks, shrink);
  EXPECT_FALSE(Shrinks(study.from, found.best->to));
  EXPECT_GE(*found.best->moment.raw, brute - 1e-9);
  EXPECT_LT(*found.best->moment.raw, brute + 0.02);
}

// The box of the domain cuts targets, and by all their tokens moments.
TEST(Expand, StaysInTheLawsDomainWithAllTokens) {
  ExpansionStudy study = SearchStudy(6e24);
  study.law.domain.box.fill({1e-30, 1e30});
  const auto limit = [&](Feature f) -> Domain::Range& {
    return study.law.domain.box[static_cast<std::size_t>(f)];
  };
  const Expansion any = Answer(study);
  study.inside_domain = true;
  const Expansion inside = Answer(study);
  EXPECT_EQ(*inside.best->moment.raw, *any.best->moment.raw);
  EXPECT_EQ(inside.rejected_domain, 0);
  const double all = any.best->from.tokens + any.best->to.tokens;
  limit(Feature::kTokens).max = 0.9 * all;
  limit(Feature::kHidden).max = 7168;
  const Expansion cut = Answer(study);
  ASSERT_TRUE(cut.best);
  EXPECT_LT(*cut.best->moment.raw, *any.best->moment.raw);
  EXPECT_LE(cut.best->from.tokens + cut.best->to.tokens, 0.9 * all);
  EXPECT_LE(cut.best->to.hidden, 7168);
  EXPECT_GE(cut.rejected_domain, 6 * 3);  // hidden 8192
  double brute = -INFINITY;
  for (Count i = 0; i < study.targets.space.Size(); ++i) {
    const GrowthStage to = Target(study.targets, i);
    for (int k = 0; k <= 1000 && to.hidden <= 7168; ++k) {
      const double t = study.budget / 6 / study.from.params * k / 1000;
      if (t + (study.budget / 6 - study.from.params * t) / to.params > 0.9 * all) continue;
      brute = std::max(brute, Brute(study, to, t).value_or(-INFINITY));
    }
  }
  EXPECT_GE(*cut.best->moment.raw, brute - 1e-9);
  EXPECT_LT(*cut.best->moment.raw, brute + 0.02);
  EXPECT_LE(*cut.upper_bound, *cut.best->moment.raw + 2e-6);
  limit(Feature::kTokens).max = 1;
  EXPECT_FALSE(Answer(study).best);
}

TEST(Expand, FindsTheBestTargetForTokensAlreadySpent) {
  ExpansionStudy study = SearchStudy(6e24);
  study.moment_free = false;
  study.from.tokens = 4e12;
  double brute = -INFINITY;
  for (Count i = 0; i < study.targets.space.Size(); ++i)
    brute = std::max(brute, Brute(study, Target(study.targets, i), 4e12).value_or(-INFINITY));
  const Expansion found = Answer(study);
  ASSERT_TRUE(found.best);
  EXPECT_NEAR(*found.best->moment.raw, brute, 1e-9);
  EXPECT_DOUBLE_EQ(found.best->from.tokens, 4e12);
}

TEST(Expand, AnswersTheSameForAnyNumberOfThreads) {
  ExpansionStudy study = SearchStudy(6e24);
  study.targets.space.axes[kLayersAxis] = Axis(33, 120, 1);
  const Expansion one = Answer(study), four = Answer(study, 4);
  EXPECT_EQ(*one.best->moment.raw, *four.best->moment.raw);
  EXPECT_EQ(one.best->moment.from_tokens, four.best->moment.from_tokens);
  EXPECT_EQ(*one.upper_bound, *four.upper_bound);
  EXPECT_EQ(one.cells, four.cells);
}

// With a cap on one side only, a target smaller than its tokens would seem to gain.
TEST(Expand, ComparesWithScratchWithoutTheCap) {
  const ExpansionStudy study = SearchStudy(3e25);
  const Expansion found = Answer(study);
  const GrowthStage& to = found.best->to;
  TrainedModel scratch{
      Form::kDense, to.layers, to.hidden, to.ffn, to.ffn, study.budget / 6 / to.params, 1e30, 1e30};
  EXPECT_NEAR(found.scratch_tokens, scratch.tokens, 1);
  EXPECT_NEAR(found.scratch_raw, PredictScore(study.law, scratch, 1).raw, 1e-9);
  EXPECT_GE(*found.best->moment.raw, found.scratch_raw - 1e-9);
}

TEST(Expand, NamesWhereTheCurveTurns) {
  const ExpansionStudy study = SearchStudy(6e24);
  const Expansion found = Answer(study);
  const double step = found.curve[1].from_tokens;
  int turns = 0, peaks = 0;
  for (std::size_t i = 1; i + 1 < found.curve.size(); ++i) {
    const auto &left = found.curve[i - 1].raw, &here = found.curve[i].raw,
               &right = found.curve[i + 1].raw;
    if (left && here && right && (*here > *left) != (*right > *here)) ++turns;
  }
  for (const CriticalMoment& c : found.critical) {
    if (c.kind != "peak" && c.kind != "trough") continue;
    ++peaks;
    const double sign = c.kind == "peak" ? 1 : -1;
    for (const double aside : {-0.05 * step, 0.05 * step}) {
      const auto beside = Brute(study, found.best->to, c.at.from_tokens + aside);
      EXPECT_LE(sign * beside.value_or(*c.at.raw), sign * *c.at.raw + 1e-9);
    }
  }
  EXPECT_GE(peaks, turns);
  EXPECT_GT(found.critical.size(), 0u);
  for (const CriticalMoment& c : found.critical) {
    if (c.kind == "gain_changes_sign") {
      EXPECT_NEAR(*c.at.raw, found.scratch_raw, 1e-6);
    } else if (c.kind == "r_leaves_domain") {
      EXPECT_TRUE(c.at.raw);
      EXPECT_LT(std::min(std::abs(c.at.r), std::abs(c.at.r - 1)), 1e-9);
    }
  }
}

TEST(Expand, EndsForAnyGammaAndBudgetWithABoundThatHolds) {
  for (const double gamma : {1e-3, 30.0, 1000.0}) {
    for (const Flops budget : {1.0, 1e18, 1e60}) {
      ExpansionStudy study = SearchStudy(budget);
      study.gamma = gamma;
      const Expansion found = Answer(study);
      ASSERT_TRUE(found.best) << gamma << " " << budget;
      EXPECT_TRUE(std::isfinite(*found.best->moment.raw));
      EXPECT_GE(*found.upper_bound, BruteForce(study, 50)) << gamma << " " << budget;
      if (budget > 1e30) continue;  // its T2 are below the last digit of its T1
      EXPECT_LE(*found.upper_bound - *found.best->moment.raw,
                1e-5 + 1e-8 * std::abs(*found.best->moment.raw));
    }
  }
}

TEST(Expand, CountsTargetsThatCannotBeBuilt) {
  ExpansionStudy study = SearchStudy(6e24);
  study.targets.space.axes[kHiddenAxis] = Axis(std::vector<Count>{8192, 8200});
  const Expansion found = Answer(study);
  EXPECT_EQ(found.rejected_shape, 6 * 3);
  EXPECT_DOUBLE_EQ(found.best->to.hidden, 8192);
  study.targets.space.axes[kHiddenAxis] = Axis(8200);
  EXPECT_FALSE(Answer(study).best);
}

// 88 x 33 x 57 targets, many blocks.
ExpansionStudy LongStudy() {
  ExpansionStudy study = SearchStudy(6e24);
  study.targets.space.axes[kLayersAxis] = Axis(33, 120, 1);
  study.targets.space.axes[kHiddenAxis] = Axis(4096, 8192, 128);
  study.targets.space.axes[kFfnAxis] = Axis(14336, 28672, 256);
  return study;
}

TEST(Expand, StoppedItClaimsNoBound) {
  const ExpansionStudy study = LongStudy();
  for (const int threads : {1, 3}) {
    Control control;
    std::thread stopper([&control] {
      while (control.done < 1) std::this_thread::yield();
      control.stop = true;
    });
    const Expansion found = Expand(study, threads, control);
    stopper.join();
    EXPECT_EQ(found.status, Status::kInterrupted);
    EXPECT_FALSE(found.upper_bound);
    EXPECT_LT(control.done, found.lattice_points);
    EXPECT_GT(found.cells, 0);
    // The best so far is a plan that the reference formula scores so.
    ASSERT_TRUE(found.best);
    EXPECT_NEAR(*ExpansionScore(study.law, found.best->from, found.best->to, study.gamma),
                *found.best->moment.raw, 1e-9);
  }
}

TEST(Expand, StoppedBeforeItBeginsItSearchesNothing) {
  Control control;
  control.stop = true;
  const Expansion found = Expand(SearchStudy(6e24), 2, control);
  EXPECT_EQ(found.status, Status::kInterrupted);
  EXPECT_FALSE(found.upper_bound);
  EXPECT_EQ(found.cells, 0);
}

TEST(Expand, SaysWhetherAnythingCanBeGrownTo) {
  EXPECT_EQ(Answer(SearchStudy(6e24)).status, Status::kOptimal);
  ExpansionStudy none = SearchStudy(6e24);
  none.targets.space.axes[kHiddenAxis] = Axis(8200);
  EXPECT_EQ(Answer(none).status, Status::kInfeasible);
}

TEST(Expand, NamesWhatItDoesNotTake) {
  const auto refusal = [](const std::function<void(ExpansionStudy&)>& change) -> std::string {
    ExpansionStudy study = SearchStudy(6e24);
    change(study);
    try {
      Answer(study);
    } catch (const InputError& error) {
      return error.what();
    }
    return "";
  };
  EXPECT_EQ(refusal([](ExpansionStudy&) {}), "");
  EXPECT_EQ(refusal([](ExpansionStudy& s) { s.from.hidden = 0; }),
            "expansion study: from.hidden = 0: must be above 0");
  EXPECT_EQ(refusal([](ExpansionStudy& s) {
              s.to = GrowthStage{80, 8192, -1, 70e9, 1e12};
            }),
            "expansion study: to.ffn = -1: must be above 0");
  EXPECT_EQ(refusal([](ExpansionStudy& s) { s.budget = NAN; }),
            "expansion study: budget = nan: must be above 0");
  EXPECT_EQ(refusal([](ExpansionStudy& s) { s.moment_free = false, s.from.tokens = 1e18; }),
            "expansion study: from.tokens = 1e+18: must cost no more than the budget");
  EXPECT_EQ(refusal([](ExpansionStudy& s) {
              s.targets.space.axes[kExpertsAxis] = Axis(std::vector<Count>{1, 8});
            }),
            "expansion study: targets.space.experts = 2: must be 1: targets are dense");
  EXPECT_EQ(refusal([](ExpansionStudy& s) {
              for (const AxisName axis : {kLayersAxis, kHiddenAxis, kFfnAxis})
                s.targets.space.axes[axis] = Axis(1, 1000, 1);
            }),
            "expansion study: targets.space = 1000000000: must have at most 10000000 targets");
  Control control;
  EXPECT_THROW(Expand(SearchStudy(6e24), 0, control), InputError);
}

}  // namespace
}  // namespace perflaw
