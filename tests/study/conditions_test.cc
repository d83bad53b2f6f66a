#include "search/study/conditions.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

#include "search/study/objective.hpp"
#include "search/study/variant.hpp"
#include "tests/studies.hpp"

namespace perflaw {
namespace {

Study LimitedStudy() {
  Study study = FullStudy();
  study.budget.train_flops = 4e23;
  study.budget.max_tokens = 3e12;
  study.inside_domain = true;
  study.limits = {{Metric::kMmlu, false, 50},
                  {Metric::kLayers, true, 40},
                  {Metric::kDecodeTokensPerSecond, false, 20},
                  {Metric::kTrainDays, true, 60}};
  return study;
}

TEST(Conditions, EachRuleThatCanRelaxHasItsOwn) {
  const Conditions conditions(LimitedStudy());
  std::vector<std::size_t> of_rule(conditions.Rules().size(), 0);
  for (std::size_t i = 0; i < conditions.All().size(); ++i) {
    const std::size_t rule = conditions.All()[i].rule;
    if (of_rule[rule]++ == 0) {
      EXPECT_EQ(conditions.Rules()[rule].first, i);
    }
    if (i > 0) {
      EXPECT_GE(rule, conditions.All()[i - 1].rule);
    }
    if (rule < conditions.FirstWithTokens()) {
      EXPECT_FALSE(conditions.All()[i].NeedsTokens());
    }
  }
  for (std::size_t i = 0; i < of_rule.size(); ++i) {
    const Rule& rule = conditions.Rules()[i];
    const bool domain = rule.kind == Rule::Kind::kDomain;
    EXPECT_EQ(of_rule[i], !rule.CanRelax() ? 0 : domain ? 2 * kFeatures : 1) << rule.name;
    EXPECT_EQ(rule.CanRelax(), i >= conditions.FirstRelaxable());
  }
}

TEST(Conditions, OnlyABudgetHasAHairOfRoom) {
  const Conditions conditions(LimitedStudy());
  for (const Condition& c : conditions.All()) {
    const Rule& rule = conditions.Rules()[c.rule];
    const double out = c.is_max ? 1 : -1;
    EXPECT_TRUE(c.Keeps(c.limit)) << rule.name;
    EXPECT_EQ(c.Keeps(c.limit * (1 + out * 5e-13)), rule.kind == Rule::Kind::kBudget) << rule.name;
    EXPECT_FALSE(c.Keeps(c.limit * (1 + out * 2e-12))) << rule.name;
  }
}

// What fast path and bounds read, the conditions, and what decides, the distance, are one domain.
TEST(Conditions, OfTheDomainAreBrokenWhereItIsFar) {
  Study study = LimitedStudy();
  study.limits.clear();
  const ObjectiveFunction objective(study);
  const Conditions& conditions = objective.conditions();
  int inside = 0, outside = 0;
  for (Count i = 0; i < study.space.Size(); ++i) {
    const auto design = objective.Describe(i);
    if (!design) continue;
    bool kept = true;
    for (const Condition& c : conditions.All()) {
      const Feature* feature = std::get_if<Feature>(&c.subject);
      if (feature == nullptr || (c.of_moe_only && design->model.form == Form::kDense)) continue;
      kept = kept && c.Keeps(FeatureValue(*feature, design->model));
    }
    const auto excess = conditions.Excess(study, conditions.Rules().back(), *design);
    ASSERT_EQ(!excess.has_value(), kept) << i;
    ++(kept ? inside : outside);
  }
  EXPECT_GT(inside, 0);
  EXPECT_GT(outside, 0);
}

TEST(Variants, LackOneRuleAndSeekIt) {
  const Study study = LimitedStudy();
  const auto names = [](const Study& of) {
    std::vector<std::string> all;
    const Conditions made(of);
    for (const Rule& rule : made.Rules()) all.push_back(rule.name);
    return all;
  };
  const Conditions conditions(study);
  for (const Rule& rule : conditions.Rules()) {
    if (!rule.CanRelax()) continue;
    std::vector<std::string> wanted = names(study);
    std::erase(wanted, rule.name);
    EXPECT_EQ(names(Without(study, rule)), wanted) << rule.name;
    const Study nearest = Nearest(study, rule);
    EXPECT_EQ(names(nearest), wanted) << rule.name;
    // Of two points the one that needs less of a change is the better.
    const ObjectiveFunction objective(study), seeks(nearest);
    const bool up = !rule.limit || rule.limit->is_max;
    const auto a = objective.Describe(0), b = objective.Describe(study.space.Size() - 1);
    ASSERT_TRUE(a && b);
    const double of_a = conditions.Needed(study, rule, *a),
                 of_b = conditions.Needed(study, rule, *b);
    const Merit merit_a = seeks.MeritOf(*a), merit_b = seeks.MeritOf(*b);
    if (rule.limit && rule.limit->metric == Metric::kMmlu) continue;  // the raw score's order
    EXPECT_EQ(merit_a.value > merit_b.value, up ? of_a < of_b : of_a > of_b) << rule.name;
  }
}

}  // namespace
}  // namespace perflaw
