#include "search/study/objective.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <random>

#include "tests/studies.hpp"

namespace perflaw {
namespace {

struct Counts {
  double total = 0, active = 0;
};

// A plain GQA decoder by hand: N (2hW + 2 h kv hd + 2h + 3hd (E + s) + hE) + 2 vocab h + h.
Counts CountByHand(const Study& study, const Point& p) {
  const auto r = [](Count n) { return static_cast<double>(n); };
  const double n = r(p[kLayersAxis]), h = r(p[kHiddenAxis]), d = r(p[kFfnAxis]),
               experts = r(p[kExpertsAxis]), k = r(p[kActiveAxis]), s = r(p[kSharedAxis]);
  const double width = study.heads_fixed ? r(study.base.heads * study.base.head_dim) : h;
  const double attention = 2 * h * width + 2 * h * r(study.base.kv_heads * study.base.head_dim);
  const double ends = (study.base.tied_embeddings ? 1 : 2) * r(study.base.vocab) * h + h;
  const double router = experts > 1 ? h * experts : 0;
  const auto all = [&](double used) {
    return n * (attention + 2 * h + 3 * h * d * (used + s) + router) + ends;
  };
  return {all(experts), all(k)};
}

// The law as its paper's code writes it, with powers instead of logarithms.
long double LawByHand(const Law& law, double gamma, const Point& p, Counts counts, double tokens) {
  long double n = static_cast<long double>(p[kLayersAxis]),
              h = static_cast<long double>(p[kHiddenAxis]);
  const long double d = static_cast<long double>(p[kFfnAxis]);
  const long double s = counts.total / 1e9L, a = counts.active / 1e9L, t = tokens / 1e12L;
  long double widest = d, cap = s;
  if (p[kExpertsAxis] > 1) {
    const long double root = std::sqrt(a * s);
    const long double g = std::cbrt(root / a) * (0.5L + std::sqrt(a / s)) / (1 + std::exp(-a / 4));
    const auto shared = static_cast<long double>(p[kSharedAxis]);
    widest = std::max(d, shared * d);
    if (d < h) widest = std::max(widest, (static_cast<long double>(p[kActiveAxis]) + shared) * d);
    n *= g;
    h *= g;
    cap = root;
  }
  const long double x = (10 / widest + 20 / h) * gamma * n, u = std::exp(-x * x);
  return law.w[0] * std::log(u * n) + law.w[1] * std::log(u * h) + law.w[2] * std::log(u * d) +
         law.w[3] * std::log(u * std::min(t, cap)) + law.b;
}

TEST(Describe, AgreesWithCountsAndLawByHand) {
  std::mt19937_64 random(5);
  const auto pick = [&](Count least, Count most) {
    return std::uniform_int_distribution<Count>(least, most)(random);
  };
  int compared = 0;
  for (int trial = 0; trial < 60; ++trial) {
    Study study = PlainStudy();
    study.gamma = 0.5 + 0.01 * static_cast<double>(pick(0, 100));
    study.base.tied_embeddings = pick(0, 1) == 1;
    study.heads_fixed = pick(0, 1) == 1;
    study.base.heads = study.heads_fixed ? 8 * pick(1, 10) : 0;
    study.space.axes[kLayersAxis] = Axis(pick(2, 60), 80, 7);
    const ObjectiveFunction objective(study);
    for (Count i = 0; i < study.space.Size(); i += pick(1, 20)) {
      const auto design = objective.Describe(i);
      if (!design) continue;
      const Counts counts = CountByHand(study, design->point);
      ASSERT_EQ(static_cast<double>(design->total_params), counts.total) << i;
      ASSERT_EQ(static_cast<double>(design->active_params), counts.active) << i;
      const auto tokens = static_cast<double>(design->point[kTokensAxis]);
      const auto raw = LawByHand(study.law, study.gamma, design->point, counts, tokens);
      ASSERT_NEAR(design->law.raw, static_cast<double>(raw),
                  1e-11 * (100 + std::abs(design->law.raw)));
      ++compared;
    }
  }
  EXPECT_GT(compared, 1000);
}

TEST(Describe, GivesOnlyArchitecturesThatCanBeCounted) {
  Study study = PlainStudy();
  study.base.ffn = 8192;
  study.moe_base.dense_layers = 3;
  study.space.axes[kLayersAxis] = AxisOf({1, 2, 3, 4, 30});
  const ObjectiveFunction objective(study);
  for (Count i = 0; i < study.space.Size(); ++i) {
    const auto design = objective.Describe(i);
    if (!design) continue;
    const auto bad = Validate(design->architecture);
    ASSERT_FALSE(bad) << Depth(design->architecture) << " layers: " << bad->field << ' '
                      << bad->rule << ", counted as " << design->total_params;
  }
}

Study ConstrainedStudy(TokenRule rule) {
  Study study = FullStudy();
  study.inside_domain = true;
  study.space.token_rule = rule;
  study.budget.train_flops = 4e23;
  study.budget.max_tokens = 6e12;
  if (rule != TokenRule::kAxis) study.space.axes[kTokensAxis] = Axis(0);
  study.limits = {{Metric::kMmlu, false, 60},
                  {Metric::kTotalParams, true, 60e9},
                  {Metric::kDecodeTokensPerSecond, false, 20},
                  {Metric::kTrainDays, true, 60},
                  {Metric::kLayers, false, 28},
                  {Metric::kTotalParams, false, 5e9},
                  {Metric::kTokensPerParam, true, 400}};
  return study;
}

TEST(Evaluate, NamesTheFirstOfTheFailures) {
  for (const TokenRule token_rule : {TokenRule::kAxis, TokenRule::kBudget, TokenRule::kLeast}) {
    const ObjectiveFunction objective(ConstrainedStudy(token_rule));
    std::map<int, int> seen;
    for (Count i = 0; i < objective.study().space.Size(); ++i) {
      const Outcome outcome = objective.Evaluate(i);
      const auto failures = objective.Failures(i);
      ++seen[outcome.rule];
      ASSERT_EQ(outcome.rule == kNoRule, failures.empty());
      if (failures.empty()) continue;
      const auto& first = failures.front();
      ASSERT_EQ(outcome.rule, first.rule);
      const Rule& rule = objective.Rules()[static_cast<std::size_t>(first.rule)];
      ASSERT_EQ(objective.Describe(i).has_value(), rule.CanRelax());
      ASSERT_EQ(outcome.only, rule.CanRelax() && failures.size() == 1);
      ASSERT_TRUE(!outcome.only || outcome.needed == first.needed);
      for (std::size_t j = 1; j < failures.size(); ++j)
        ASSERT_GT(failures[j].rule, failures[j - 1].rule);
    }
    EXPECT_GT(seen[kNoRule], 0) << static_cast<int>(token_rule);
    EXPECT_GE(seen.size(), 5u);
  }
}

TEST(Evaluate, FailuresAreTheLimitsThatTheValuesBreak) {
  const ObjectiveFunction objective(ConstrainedStudy(TokenRule::kAxis));
  for (Count i = 0; i < objective.study().space.Size(); ++i) {
    const auto design = objective.Describe(i);
    if (!design) continue;
    std::vector<std::string> broken, named;
    for (const Limit& limit : objective.study().limits) {
      const double value = objective.Value(limit.metric, *design);
      if (limit.is_max ? value > limit.limit : value < limit.limit)
        broken.push_back(std::string(MetricName(limit.metric)) + (limit.is_max ? ".max" : ".min"));
    }
    const double flops = 6 * design->model.active_params * design->model.tokens;
    if (flops > 4e23) broken.emplace_back("budget");
    if (PaperLaw().domain.Distance(design->model) > 0) broken.emplace_back("domain");
    for (const auto& failure : objective.Failures(i))
      named.push_back(objective.Rules()[static_cast<std::size_t>(failure.rule)].name);
    std::sort(broken.begin(), broken.end());
    std::sort(named.begin(), named.end());
    ASSERT_EQ(named, broken) << i;
  }
}

TEST(Rules, StandInAFixedOrderCheapestFirst) {
  const ObjectiveFunction objective(ConstrainedStudy(TokenRule::kAxis));
  std::vector<std::string> names;
  for (const Rule& rule : objective.Rules()) names.push_back(rule.name);
  const std::vector<std::string> wanted = {"experts",
                                           "heads",
                                           "ffn_repeats",
                                           "parallelism",
                                           "inference_memory",
                                           "layers.min",
                                           "total_params.max",
                                           "total_params.min",
                                           "decode_tokens_per_second.min",
                                           "budget",
                                           "max_tokens",
                                           "tokens_per_param.max",
                                           "train_days.max",
                                           "mmlu.min",
                                           "domain"};
  EXPECT_EQ(names, wanted);
}

TEST(Experts, OneExpertGoesWithOneActiveAndNoneShared) {
  const ObjectiveFunction objective(PlainStudy());
  for (Count i = 0; i < objective.study().space.Size(); ++i) {
    const auto [layers, hidden, ffn, experts, active, shared, tokens] =
        objective.study().space.Decode(i);
    const bool possible = experts == 1 ? active == 1 && shared == 0 : active <= experts;
    const bool rejected =
        objective.Evaluate(i).rule != kNoRule &&
        objective.Rules()[static_cast<std::size_t>(objective.Evaluate(i).rule)].name == "experts";
    ASSERT_EQ(rejected, !possible);
  }
}

TEST(Heads, FollowTheHiddenSizeUnlessFixed) {
  Study study = PlainStudy();
  study.space.axes[kHiddenAxis] = Axis(64, 8192, 64);
  study.space.axes[kExpertsAxis] = study.space.axes[kActiveAxis] = Axis(1);
  study.space.axes[kSharedAxis] = Axis(0);
  const ObjectiveFunction free(study);
  for (Count i = 0; i < study.space.Size(); ++i) {
    const Count hidden = study.space.Decode(i)[kHiddenAxis];
    const auto design = free.Describe(i);
    ASSERT_EQ(design.has_value(), hidden % (128 * 8) == 0) << hidden;
    ASSERT_TRUE(!design || OutlineOf(design->architecture).heads == hidden / 128);
  }
  study.heads_fixed = true;
  study.base.heads = 24;
  const ObjectiveFunction fixed(study);
  for (Count i = 0; i < study.space.Size(); ++i) {
    const auto design = fixed.Describe(i);
    ASSERT_TRUE(design);
    ASSERT_EQ(OutlineOf(design->architecture).heads, 24);
  }
}

TEST(ParallelSizes, DivideHeadsFfnLayersAndExperts) {
  for (const Count tensor : {1, 2, 8, 16, 32}) {
    for (const Count pipeline : {1, 3, 4}) {
      for (const Count expert : {1, 8, 16}) {
        Study study = FullStudy();
        study.space.axes[kLayersAxis] = Axis(20, 30, 1);
        study.space.axes[kFfnAxis] = AxisOf({1536, 1000, 8208});
        study.training->tensor = tensor;
        study.training->pipeline = pipeline;
        study.training->data = 32;
        study.training->expert = expert;
        const ObjectiveFunction objective(study);
        for (Count i = 0; i < study.space.Size(); ++i) {
          const auto [layers, hidden, ffn, experts, active, shared, t] = study.space.Decode(i);
          if (experts == 1 ? active != 1 || shared != 0 : active > experts) continue;
          if (hidden % 1024 != 0) continue;
          const bool fits = hidden / 128 % tensor == 0 && (8 % tensor == 0 || tensor % 8 == 0) &&
                            ffn % tensor == 0 && layers % pipeline == 0 &&
                            (experts == 1 || experts % expert == 0);
          ASSERT_EQ(objective.Describe(i).has_value(), fits)
              << tensor << ' ' << pipeline << ' ' << expert << ": " << layers << ' ' << hidden
              << ' ' << ffn << ' ' << experts;
        }
      }
    }
  }
}

TEST(Tokens, BudgetSpendsWhatItLeavesUpToTheCap) {
  Study study = PlainStudy();
  study.space.token_rule = TokenRule::kBudget;
  study.space.axes[kTokensAxis] = Axis(0);
  study.budget.train_flops = 3e23;
  study.budget.max_tokens = 8e12;
  const ObjectiveFunction objective(study);
  int capped = 0, spent = 0;
  for (Count i = 0; i < study.space.Size(); ++i) {
    const auto design = objective.Describe(i);
    if (!design) continue;
    const double wanted = 3e23 / (6 * static_cast<double>(design->active_params));
    ASSERT_DOUBLE_EQ(design->model.tokens, std::min(8e12, wanted));
    ++(wanted > 8e12 ? capped : spent);
  }
  EXPECT_GT(capped, 0);
  EXPECT_GT(spent, 0);
}

// The fewest tokens reach the wanted score, and a hair fewer do not.
TEST(Tokens, LeastReachesTheScoreAndNoFewerWould) {
  for (const double wanted : {30.0, 55.5, 70.0, 89.9, 90.0, 95.0, 99.9, 99.999}) {
    Study study = PlainStudy();
    study.space.axes[kLayersAxis] = AxisOf({24, 60, 120, 400, 1000});
    study.space.axes[kHiddenAxis] = AxisOf({2048, 8192, 65536});
    study.space.token_rule = TokenRule::kLeast;
    study.space.axes[kTokensAxis] = Axis(0);
    study.limits = {{Metric::kMmlu, false, wanted}};
    const ObjectiveFunction objective(study);
    int reached = 0;
    for (Count i = 0; i < study.space.Size(); ++i) {
      const auto design = objective.Describe(i);
      if (!design) continue;
      const auto score = [&](double tokens) {
        TrainedModel model = design->model;
        model.tokens = tokens;
        return Bounded(study.law,
                       EvaluateLaw(study.law, model.form, ToLawInput(model, study.gamma)).raw);
      };
      const bool possible = score(1e30) > wanted * (1 + 1e-9);
      if (possible) {
        ++reached;
        ASSERT_EQ(objective.Evaluate(i).rule, kNoRule) << wanted << " at " << i;
        ASSERT_LT(score(design->model.tokens * (1 - 1e-6)), wanted);
      }
      ASSERT_TRUE(score(1e30) >= wanted || objective.Evaluate(i).rule != kNoRule);
    }
    EXPECT_GT(reached, 0) << wanted;
  }
}

TEST(Tokens, LeastNeedsAScoreToReach) {
  Study study = PlainStudy();
  study.space.token_rule = TokenRule::kLeast;
  for (const double wanted : {-1.0, 25.0, 100.0, 130.0}) {
    study.limits = {{Metric::kMmlu, false, wanted}};
    ExpectParts(Refusal([&] { ObjectiveFunction{study}; }), {"study.json", "tokens", "mmlu.min"});
  }
  study.limits = {{Metric::kMmlu, true, 70}};
  ExpectParts(Refusal([&] { ObjectiveFunction{study}; }), {"study.json", "tokens", "mmlu.min"});
}

// Every metric of one design against arithmetic in base units.
TEST(Metrics, AreFiniteAndInBaseUnits) {
  const Study study = FullStudy();
  const ObjectiveFunction objective(study);
  for (Count i = 0; i < study.space.Size(); i += 5) {
    const auto design = objective.Describe(i);
    if (!design) continue;
    const auto value = [&](Metric metric) { return objective.Value(metric, *design); };
    for (std::size_t m = 0; m < kMetrics; ++m) {
      ASSERT_TRUE(objective.Defined(Metric{static_cast<int>(m)}));
      ASSERT_TRUE(std::isfinite(value(Metric{static_cast<int>(m)}))) << kMetricTable[m].name;
    }
    const auto [layers, hidden, ffn, experts, active, shared, tokens] = design->point;
    const auto total = static_cast<double>(design->total_params),
               used = static_cast<double>(design->active_params),
               trained = static_cast<double>(tokens);
    const double flops = 6 * used * trained, gpu_seconds = flops / (1e15 * 0.4);
    const double usd = gpu_seconds / 3600 * 4;
    const double decoded = value(Metric::kDecodeTokensPerSecond) * 16;
    const std::pair<Metric, double> wanted[] = {
        {Metric::kLayers, layers},
        {Metric::kHidden, hidden},
        {Metric::kFfn, ffn},
        {Metric::kExperts, experts},
        {Metric::kExpertsActive, active},
        {Metric::kExpertsShared, shared},
        {Metric::kFfnRatio, static_cast<double>(ffn) / static_cast<double>(hidden)},
        {Metric::kAspectRatio, static_cast<double>(hidden) / static_cast<double>(layers)},
        {Metric::kTotalParams, total},
        {Metric::kActiveParams, used},
        {Metric::kActiveShare, used / total},
        {Metric::kWeightBytes, 2 * total},
        {Metric::kKvBytesPerToken, static_cast<double>(layers) * 2 * 8 * 128 * 2},
        {Metric::kStateBytesPerSequence, 0},
        {Metric::kTokens, trained},
        {Metric::kTokensPerParam, trained / total},
        {Metric::kTrainFlops, flops},
        {Metric::kTrainDays, gpu_seconds / 256 / 86400},
        {Metric::kTrainUsd, usd},
        {Metric::kTrainKwh, gpu_seconds / 3600 * 0.7},
        {Metric::kLifetimeUsd, usd + 1e12 / decoded / 3600 * 64 * 4},
        {Metric::kMmlu, Bounded(study.law, design->law.raw)}};
    for (const auto& [metric, number] : wanted)
      ASSERT_NEAR(value(metric), number, 1e-12 * number) << MetricName(metric);
    ASSERT_GT(value(Metric::kTrainMemoryBytesPerAccelerator), 18 * total / 8 / 32);
    ASSERT_GT(value(Metric::kPrefillFlopsPerToken),
              2 * (used - 32000.0 * static_cast<double>(hidden)));
  }
}

TEST(Metrics, WithoutTheirInputsAreRefusedByName) {
  const std::map<Metric, std::string> needs = {
      {Metric::kTrainMemoryBytesPerAccelerator, "training"},
      {Metric::kPrefillFlopsPerToken, "inference"},
      {Metric::kDecodeTokensPerSecond, "inference"},
      {Metric::kTrainDays, "budget.accelerator"},
      {Metric::kTrainUsd, "budget.accelerator"},
      {Metric::kTrainKwh, "budget.accelerator"},
      {Metric::kLifetimeUsd, "budget.accelerator"}};
  for (std::size_t m = 0; m < kMetrics; ++m) {
    const Metric metric{static_cast<int>(m)};
    const std::string name(kMetricTable[m].name);
    Study wished = PlainStudy(), limited = PlainStudy();
    wished.objective = {Goal::kMetric, metric, true, "maximize " + name};
    limited.limits = {{metric, true, 1}};
    if (const auto need = needs.find(metric); need == needs.end()) {
      EXPECT_TRUE(ObjectiveFunction(wished).Defined(metric)) << name;
      EXPECT_NO_THROW(ObjectiveFunction{limited}) << name;
    } else {
      EXPECT_FALSE(ObjectiveFunction(PlainStudy()).Defined(metric)) << name;
      for (const Study& study : {wished, limited}) {
        ExpectParts(Refusal([&] { ObjectiveFunction{study}; }), {"study.json", name, need->second});
      }
    }
  }
}

TEST(Metrics, PricesAndCountsAreInputsToo) {
  Study study = FullStudy();
  study.budget.run->count = 0;
  EXPECT_FALSE(ObjectiveFunction(study).Defined(Metric::kTrainDays));
  EXPECT_TRUE(ObjectiveFunction(study).Defined(Metric::kTrainUsd));
  study = FullStudy();
  study.budget.run->accelerator.usd_per_hour.reset();
  EXPECT_FALSE(ObjectiveFunction(study).Defined(Metric::kTrainUsd));
  EXPECT_FALSE(ObjectiveFunction(study).Defined(Metric::kLifetimeUsd));
  EXPECT_TRUE(ObjectiveFunction(study).Defined(Metric::kTrainKwh));
  for (const bool priced : {true, false}) {
    study = FullStudy();
    if (priced) study.inference->tokens.reset();
    if (!priced) study.inference->serving.accelerator.usd_per_hour.reset();
    EXPECT_FALSE(ObjectiveFunction(study).Defined(Metric::kLifetimeUsd));
  }
}

TEST(RoundForOrder, IsMonotoneIdempotentAndCloseEnough) {
  std::mt19937_64 random(6);
  std::uniform_real_distribution<double> exponent(-12, 30), nudge(-1e-10, 1e-10);
  for (int i = 0; i < 100000; ++i) {
    const double value = (i % 2 ? -1 : 1) * std::pow(10.0, exponent(random));
    const double rounded = RoundForOrder(value);
    const double quantum = std::max(1e-9, 1.0001e-11 * std::abs(value));
    ASSERT_LE(std::abs(rounded - value), 0.51 * quantum);
    ASSERT_EQ(RoundForOrder(rounded), rounded) << value;
    const double near = value * (1 + nudge(random));
    ASSERT_EQ(value < near ? rounded <= RoundForOrder(near) : rounded >= RoundForOrder(near), true);
  }
  EXPECT_EQ(RoundForOrder(71.9700000001), RoundForOrder(71.97000000011));
  EXPECT_NE(RoundForOrder(71.970000001), RoundForOrder(71.970000003));
  EXPECT_EQ(RoundForOrder(INFINITY), INFINITY);
  EXPECT_EQ(RoundForOrder(-INFINITY), -INFINITY);
  EXPECT_EQ(RoundForOrder(0), 0);
}

}  // namespace
}  // namespace perflaw
