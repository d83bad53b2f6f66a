#include "search/study/objective.hpp"

#include <algorithm>
#include <cmath>

#include "search/base/error.hpp"
#include "search/study/spending.hpp"

namespace perflaw {
namespace {

// The square of the score, with its sign: the paper's raw score may be under 0, a score under a ceiling is as reported.
double Squared(const Law& law, double raw) {
  const double score = law.ceiling ? Emerged(*law.ceiling, raw) : raw;
  return score * std::abs(score);
}

// Kept in the study, so that studies made from it keep the rule.
Study KeepingServing(Study study) {
  const auto is_lifetime = [](const auto& x) { return x.metric == Metric::kLifetimeUsd; };
  study.must_fit_serving = study.must_fit_serving || is_lifetime(study.objective) ||
                           std::any_of(study.limits.begin(), study.limits.end(), is_lifetime) ||
                           std::any_of(study.front.begin(), study.front.end(), is_lifetime);
  return study;
}

}  // namespace

ObjectiveFunction::ObjectiveFunction(const Study& study)
    : study_(KeepingServing(study)),
      negate_(study.objective.goal == Goal::kShallowest ||
              (study.objective.goal == Goal::kMetric && !study.objective.maximize)),
      conditions_(study_) {
  CheckInputs();
  least_raw_ = perflaw::LeastRaw(study_);
  CheckLargest(study_, study_.file);
}

void ObjectiveFunction::CheckInputs() const {
  const auto require = [&](Metric metric, const std::string& key) {
    if (const std::string missing = MissingInput(metric, study_); !missing.empty()) {
      throw InputError(study_.file, key, std::string(MetricName(metric)),
                       "this metric needs " + missing);
    }
  };
  require(study_.objective.metric, "objective");
  for (const Limit& limit : study_.limits) require(limit.metric, "constraints");
  for (const FrontMetric& front : study_.front) require(front.metric, "pareto");
}

Merit ObjectiveFunction::MeritOf(const Design& d) const {
  Merit merit;
  merit.index = d.index;
  switch (study_.objective.goal) {
    case Goal::kShallowest:
      merit.value = -d.model.layers;
      merit.tie = d.law.raw;
      break;
    case Goal::kBalance:
      merit.value = Squared(study_.law, d.law.raw) / std::log1p(d.model.layers);
      break;
    case Goal::kNearestToDomain:
      merit.value = -study_.law.domain.Distance(d.model);
      break;
    case Goal::kMetric: {
      const Metric metric = study_.objective.metric;
      const double value = metric == Metric::kMmlu ? d.law.raw : Value(metric, d);
      merit.value = negate_ ? -value : value;
      break;
    }
  }
  merit.value = RoundForOrder(merit.value);
  merit.tie = RoundForOrder(merit.tie);
  return merit;
}

// Merits order raw scores; under a ceiling what people read is the reported one.
double ObjectiveFunction::ToUser(double merit_value) const {
  const double value = negate_ ? -merit_value : merit_value;
  const Objective& objective = study_.objective;
  const bool score = objective.goal == Goal::kMetric && objective.metric == Metric::kMmlu;
  return score && study_.law.ceiling ? Bounded(study_.law, value) : value;
}

FrontValues ObjectiveFunction::FrontOf(const Design& d) const {
  FrontValues values{};
  for (std::size_t i = 0; i < study_.front.size(); ++i) {
    const auto [metric, maximize, resolution] = study_.front[i];
    const double value = metric == Metric::kMmlu ? d.law.raw : Value(metric, d);
    values[i] = RoundForOrder(maximize ? value : -value);
  }
  return values;
}

FrontValues ObjectiveFunction::FrontResolution() const {
  FrontValues resolution{};
  for (std::size_t i = 0; i < study_.front.size(); ++i) resolution[i] = study_.front[i].resolution;
  return resolution;
}

Outcome ObjectiveFunction::Evaluate(Count index) const {
  Outcome outcome;
  Design design;
  outcome.rule = Build(index, design);
  if (outcome.rule != kNoRule) return outcome;
  outcome.form = design.model.form;
  const std::vector<Rule>& rules = Rules();
  const std::size_t with_tokens = conditions_.FirstWithTokens();
  for (std::size_t i = conditions_.FirstRelaxable(); i < rules.size(); ++i) {
    if (i == with_tokens) SpendTokens(study_, least_raw_, design);
    const auto needed = conditions_.Excess(study_, rules[i], design);
    if (!needed) continue;
    outcome.only = outcome.rule == kNoRule;
    if (!outcome.only) return outcome;
    outcome.rule = static_cast<int>(i);
    outcome.needed = *needed;
  }
  if (with_tokens == rules.size()) SpendTokens(study_, least_raw_, design);
  outcome.merit = MeritOf(design);
  if (outcome.rule == kNoRule) outcome.front = FrontOf(design);
  return outcome;
}

std::optional<Design> ObjectiveFunction::Describe(Count index) const {
  Design design;
  if (Build(index, design) != kNoRule) return std::nullopt;
  SpendTokens(study_, least_raw_, design);
  return design;
}

std::vector<ObjectiveFunction::Failure> ObjectiveFunction::Failures(Count index) const {
  Design design;
  if (const int rule = Build(index, design); rule != kNoRule) return {{rule, NAN}};
  SpendTokens(study_, least_raw_, design);
  std::vector<Failure> failures;
  for (std::size_t i = conditions_.FirstRelaxable(); i < Rules().size(); ++i) {
    if (const auto needed = conditions_.Excess(study_, Rules()[i], design))
      failures.push_back({static_cast<int>(i), *needed});
  }
  return failures;
}

}  // namespace perflaw
