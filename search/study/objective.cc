#include "search/study/objective.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "search/base/error.hpp"

namespace perflaw {
namespace {

double Real(Count n) { return static_cast<double>(n); }

std::string LimitText(const Limit& limit) {
  return fmt::format("{} must be {} {:.12g}", MetricName(limit.metric),
                     limit.is_max ? "at most" : "at least", limit.limit);
}

// The square of the score, with its sign: the paper's raw score may be under 0, a score under a ceiling is as reported.
double Squared(const Law& law, double raw) {
  const double score = law.ceiling ? Emerged(*law.ceiling, raw) : raw;
  return score * std::abs(score);
}

void CountInto(Design& d) {
  const ParamCounts counts = CountParams(d.architecture);
  d.total_params = counts.Total();
  d.active_params = counts.Active();
  d.model = AsTrained(d.architecture, counts, Real(d.point[kTokensAxis]));
}

}  // namespace

ObjectiveFunction::ObjectiveFunction(const Study& study) : study_(study) {
  const Objective& objective = study_.objective;
  negate_ = objective.goal == Goal::kShallowest ||
            (objective.goal == Goal::kMetric && !objective.maximize);
  CheckInputs();
  AddRules();
  CheckLargest();
}

void ObjectiveFunction::CheckInputs() {
  const auto require = [&](Metric metric, const std::string& key) {
    if (const std::string missing = MissingInput(metric); !missing.empty()) {
      throw InputError(study_.file, key, std::string(MetricName(metric)),
                       "this metric needs " + missing);
    }
  };
  require(study_.objective.metric, "objective");
  for (const Limit& limit : study_.limits) require(limit.metric, "constraints");
  for (const FrontMetric& front : study_.front) require(front.metric, "pareto");
  if (study_.space.token_rule == TokenRule::kLeast) {
    const auto wanted =
        std::find_if(study_.limits.begin(), study_.limits.end(),
                     [](const Limit& l) { return l.metric == Metric::kMmlu && !l.is_max; });
    if (wanted == study_.limits.end() ||
        !(wanted->limit > kChance && wanted->limit < HighestScore(study_.law))) {
      throw InputError(study_.file, "space.tokens", "least",
                       fmt::format("needs constraints.mmlu.min above {} and below {}", kChance,
                                   HighestScore(study_.law)));
    }
    if (!(study_.law.w[3] > 0)) {
      throw InputError(study_.file, "space.tokens", "least",
                       "needs a law whose score grows with tokens (w[3] > 0)");
    }
    least_raw_ = Unbounded(study_.law, wanted->limit);
  }
}

void ObjectiveFunction::AddRules() {
  AddRule("experts",
          "a MoE has experts for its active ones and layers beside its dense ones; experts 1 "
          "(dense) goes with active 1 and shared 0",
          false);
  AddRule("heads", "hidden must be a multiple of head_dim and its heads a multiple of kv_heads",
          false);
  AddRule("ffn_repeats", "a smaller multiplier already gives this FFN size", false);
  AddRule("parallelism", "tensor, pipeline and expert parallel sizes must divide what they split",
          false);
  AddRule("inference_memory",
          "weights and KV caches must fit the serving accelerators to have a lifetime cost", false);
  // Kept in the study, so that studies made from it keep the rule.
  study_.must_fit_serving =
      study_.must_fit_serving || study_.objective.metric == Metric::kLifetimeUsd ||
      std::any_of(study_.limits.begin(), study_.limits.end(),
                  [](const Limit& l) { return l.metric == Metric::kLifetimeUsd; }) ||
      std::any_of(study_.front.begin(), study_.front.end(),
                  [](const FrontMetric& f) { return f.metric == Metric::kLifetimeUsd; });
  first_relaxable_ = rules_.size();
  AddLimits(false);
  first_with_tokens_ = rules_.size();
  if (study_.space.token_rule != TokenRule::kBudget && study_.budget.train_flops) {
    budget_rule_ = rules_.size();
    AddRule("budget", fmt::format("6 A T must be at most {:.6g} FLOPs", *study_.budget.train_flops),
            true);
  }
  if (study_.space.token_rule != TokenRule::kBudget && study_.budget.max_tokens) {
    const Limit limit{Metric::kTokens, true, *study_.budget.max_tokens};
    AddRule("max_tokens", LimitText(limit), true, limit);
  }
  AddLimits(true);
  if (study_.inside_domain) AddRule("domain", "must lie where the law was checked", true);
}

// The largest architecture bounds every count of the space.
void ObjectiveFunction::CheckLargest() const {
  Point corner{};
  for (std::size_t i = 0; i < kAxes; ++i) corner[i] = study_.space.axes[i].Max();
  if (!study_.space.ffn_times_hidden.empty()) {
    const auto& times = study_.space.ffn_times_hidden;
    corner[kFfnAxis] = static_cast<Count>(*std::max_element(times.begin(), times.end()) *
                                          Real(corner[kHiddenAxis])) +
                       study_.space.ffn_multiple_of;
  }
  Architecture a = study_.base;
  a.layers = corner[kLayersAxis];
  a.hidden = corner[kHiddenAxis];
  a.ffn = std::max(a.ffn, corner[kFfnAxis]);
  if (!study_.heads_fixed) a.heads = (a.hidden / (a.head_dim * a.kv_heads) + 1) * a.kv_heads;
  if (corner[kExpertsAxis] > 1) {
    a.moe = study_.moe_base;
    a.moe->experts = corner[kExpertsAxis];
    a.moe->active = 1;
    a.moe->shared = corner[kSharedAxis];
    a.moe->ffn = corner[kFfnAxis];
    a.moe->shared_gate = false;
  }
  if (const auto bad = Validate(a))
    throw InputError(study_.file, "space", bad->field + " " + bad->value, bad->rule);
}

void ObjectiveFunction::AddRule(const std::string& name, const std::string& text, bool can_relax,
                                std::optional<Limit> limit) {
  const bool is_goal = study_.space.token_rule == TokenRule::kLeast && limit &&
                       limit->metric == Metric::kMmlu && !limit->is_max;
  rules_.push_back({name, text, limit, can_relax, is_goal});
}

void ObjectiveFunction::AddLimits(bool tokens) {
  std::vector<Limit> limits;
  for (const Limit& limit : study_.limits) {
    if (InfoOf(limit.metric).Is(kNeedsTokens) == tokens) limits.push_back(limit);
  }
  std::stable_sort(limits.begin(), limits.end(),
                   [](const Limit& a, const Limit& b) { return a.metric < b.metric; });
  for (const Limit& limit : limits) {
    AddRule(fmt::format("{}.{}", MetricName(limit.metric), limit.is_max ? "max" : "min"),
            LimitText(limit), true, limit);
  }
}

Architecture ArchitectureAt(const Study& study, const Point& point) {
  Architecture a = study.base;
  a.layers = point[kLayersAxis];
  a.hidden = point[kHiddenAxis];
  if (!study.heads_fixed) a.heads = a.hidden / a.head_dim;
  if (point[kExpertsAxis] == 1) {
    a.ffn = point[kFfnAxis];
    return a;
  }
  a.moe = study.moe_base;
  a.moe->experts = point[kExpertsAxis];
  a.moe->active = point[kActiveAxis];
  a.moe->shared = point[kSharedAxis];
  a.moe->ffn = point[kFfnAxis];
  a.moe->shared_gate = a.moe->shared_gate && a.moe->shared > 0;
  return a;
}

int ObjectiveFunction::Build(Count index, Design& d) const {
  d.index = index;
  d.point = study_.space.Decode(index);
  const auto [layers, hidden, ffn, experts, active, shared, tokens] = d.point;
  if (experts == 1 ? active != 1 || shared != 0
                   : active > experts || layers <= study_.moe_base.dense_layers) {
    return kExpertsRule;
  }
  if (!study_.heads_fixed && !study_.base.mla &&
      (hidden % study_.base.head_dim != 0 ||
       hidden / study_.base.head_dim % study_.base.kv_heads != 0)) {
    return kHeadsRule;
  }
  if (study_.space.RepeatsFfn(index)) return kFfnRepeatRule;
  const Architecture& a = d.architecture = ArchitectureAt(study_, d.point);
  if (study_.training && CheckParallelism(a, *study_.training)) return kParallelRule;
  if (study_.must_fit_serving && !FitsServing(a, study_.inference->serving)) return kServingRule;
  CountInto(d);
  return kNoRule;
}

void ObjectiveFunction::SpendTokens(Design& d) const {
  const double most = study_.budget.max_tokens.value_or(std::numeric_limits<double>::infinity());
  if (study_.space.token_rule == TokenRule::kBudget) {
    d.model.tokens = std::min(most, *study_.budget.train_flops / (6 * d.model.active_params));
  } else if (study_.space.token_rule == TokenRule::kLeast) {
    // Below saturation the raw score is linear in ln T, so the fewest tokens have a closed form. A
    // score out of reach spends up to saturation and fails its constraint.
    d.model.tokens = std::numeric_limits<double>::infinity();
    const auto saturated = EvaluateLaw(study_.law, d.model.form, ToLawInput(d.model, study_.gamma));
    const double log_fraction = std::min(0.0, (least_raw_ - saturated.raw) / study_.law.w[3]);
    // Not under one token, where a double no longer holds the score.
    d.model.tokens =
        std::max(1.0, 1e12 * std::exp(saturated.log_tokens + log_fraction) * (1 + 1e-12));
  }
  d.law = EvaluateLaw(study_.law, d.model.form, ToLawInput(d.model, study_.gamma));
}

// The limit that would admit the design where it breaks the rule; nothing where it keeps it.
std::optional<double> ObjectiveFunction::Excess(std::size_t rule, const Design& d) const {
  if (const auto& limit = rules_[rule].limit) {
    const double value = Value(limit->metric, d);
    const bool kept = limit->is_max ? value <= limit->limit : value >= limit->limit;
    return kept ? std::nullopt : std::optional(value);
  }
  if (rule == budget_rule_) {
    const Flops flops = Value(Metric::kTrainFlops, d);
    // A budget that was itself computed as 6 A T must admit its own design.
    return flops <= *study_.budget.train_flops * (1 + 1e-12) ? std::nullopt : std::optional(flops);
  }
  const double distance = study_.law.domain.Distance(d.model);
  return distance > 0 ? std::optional(distance) : std::nullopt;
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
  for (std::size_t i = first_relaxable_; i < rules_.size(); ++i) {
    if (i == first_with_tokens_) SpendTokens(design);
    const auto needed = Excess(i, design);
    if (!needed) continue;
    outcome.only = outcome.rule == kNoRule;
    if (!outcome.only) return outcome;
    outcome.rule = static_cast<int>(i);
    outcome.needed = *needed;
  }
  if (first_with_tokens_ == rules_.size()) SpendTokens(design);
  outcome.merit = MeritOf(design);
  if (outcome.rule == kNoRule) outcome.front = FrontOf(design);
  return outcome;
}

double ObjectiveFunction::Needed(const Rule& rule, Count index) const {
  const Design d = *Describe(index);
  if (rule.limit) return Value(rule.limit->metric, d);
  return rule.name == "budget" ? Value(Metric::kTrainFlops, d)
                               : study_.law.domain.Distance(d.model);
}

// The most tokens that upper limits, budget and domain admit; every metric of tokens is affine in them.
Tokens ObjectiveFunction::MostTokens(Design d) const {
  const auto& box = study_.law.domain.box;
  const auto at = [&](Metric metric, Tokens tokens) {
    d.model.tokens = tokens;
    return Value(metric, d);
  };
  Tokens most = std::numeric_limits<double>::infinity();
  if (study_.inside_domain) {
    most = std::min(
        box[static_cast<std::size_t>(Feature::kTokens)].max,
        box[static_cast<std::size_t>(Feature::kTokensPerParam)].max * d.model.total_params);
  }
  if (budget_rule_) most = std::min(most, *study_.budget.train_flops / (6 * d.model.active_params));
  for (std::size_t i = first_with_tokens_; i < rules_.size(); ++i) {
    const auto& limit = rules_[i].limit;
    if (!limit || !limit->is_max || limit->metric == Metric::kMmlu) continue;
    constexpr Tokens kUnit = 1e12;
    const double without = at(limit->metric, 0),
                 slope = (at(limit->metric, kUnit) - without) / kUnit;
    most = std::min(most, (limit->limit - without) / slope);
  }
  return most;
}

std::optional<double> ObjectiveFunction::ReachableGoal(Count index) const {
  Design design;
  if (Build(index, design) != kNoRule) return std::nullopt;
  // A hair under the limits, for the hair that SpendTokens adds.
  const Tokens most = MostTokens(design) * (1 - 1e-11);
  if (!(most > 0)) return std::nullopt;
  design.model.tokens = most;
  design.law = EvaluateLaw(study_.law, design.model.form, ToLawInput(design.model, study_.gamma));
  // Past saturation there is nothing to spend for.
  design.model.tokens = std::min(most, 1e12 * std::exp(design.law.log_tokens));
  double goal = Bounded(study_.law, design.law.raw);
  for (std::size_t i = first_relaxable_; i < rules_.size(); ++i) {
    const Rule& rule = rules_[i];
    const bool of_score = rule.limit && rule.limit->metric == Metric::kMmlu;
    if (of_score && rule.limit->is_max) goal = std::min(goal, rule.limit->limit);
    if (!of_score && Excess(i, design)) return std::nullopt;
  }
  return goal > kChance ? std::optional(goal) : std::nullopt;
}

Design ObjectiveFunction::DesignAt(const Point& point) const {
  Design design;
  design.point = point;
  design.architecture = ArchitectureAt(study_, point);
  CountInto(design);
  return design;
}

std::optional<Design> ObjectiveFunction::Describe(Count index) const {
  Design design;
  if (Build(index, design) != kNoRule) return std::nullopt;
  SpendTokens(design);
  return design;
}

std::vector<ObjectiveFunction::Failure> ObjectiveFunction::Failures(Count index) const {
  Design design;
  if (const int rule = Build(index, design); rule != kNoRule) return {{rule, NAN}};
  SpendTokens(design);
  std::vector<Failure> failures;
  for (std::size_t i = first_relaxable_; i < rules_.size(); ++i) {
    if (const auto needed = Excess(i, design)) failures.push_back({static_cast<int>(i), *needed});
  }
  return failures;
}

}  // namespace perflaw
