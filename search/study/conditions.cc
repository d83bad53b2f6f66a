#include "search/study/conditions.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "search/study/metric_value.hpp"

namespace perflaw {
namespace {

std::string LimitText(const Limit& limit) {
  return fmt::format("{} must be {} {:.12g}", MetricName(limit.metric),
                     limit.is_max ? "at most" : "at least", limit.limit);
}

std::string NameOf(Rule::Kind kind, const Limit& limit) {
  if (kind == Rule::Kind::kMaxTokens) return "max_tokens";
  return fmt::format("{}.{}", MetricName(limit.metric), limit.is_max ? "max" : "min");
}

}  // namespace

bool Condition::NeedsTokens() const {
  if (const Metric* metric = std::get_if<Metric>(&subject)) return InfoOf(*metric).Is(kNeedsTokens);
  const Feature feature = std::get<Feature>(subject);
  return feature == Feature::kTokens || feature == Feature::kTokensPerParam;
}

Conditions::Conditions(const Study& study) {
  AddBuildRules();
  first_relaxable_ = rules_.size();
  AddLimits(study, false);
  first_with_tokens_ = rules_.size();
  const Budget& budget = study.budget;
  const bool spends_budget = study.space.token_rule == TokenRule::kBudget;
  if (!spends_budget && budget.train_flops) {
    all_.push_back(
        {rules_.size(), Metric::kTrainFlops, true, *budget.train_flops, kBudgetTolerance});
    rules_.push_back({Rule::Kind::kBudget,
                      "budget",
                      fmt::format("6 A T must be at most {:.6g} FLOPs", *budget.train_flops),
                      {},
                      all_.size() - 1});
  }
  if (!spends_budget && budget.max_tokens)
    Add(Rule::Kind::kMaxTokens, {Metric::kTokens, true, *budget.max_tokens});
  AddLimits(study, true);
  if (study.inside_domain) AddDomain(study.law.domain);
}

void Conditions::AddBuildRules() {
  const auto add = [this](const char* name, const char* text) {
    rules_.push_back({Rule::Kind::kBuild, name, text, {}});
  };
  add("experts",
      "a MoE has experts for its active ones and layers beside its dense ones; experts 1 "
      "(dense) goes with active 1 and shared 0");
  add("heads", "hidden must be a multiple of head_dim and its heads a multiple of kv_heads");
  add("ffn_repeats", "a smaller multiplier already gives this FFN size");
  add("parallelism", "tensor, pipeline and expert parallel sizes must divide what they split");
  add("inference_memory",
      "weights and KV caches must fit the serving accelerators to have a lifetime cost");
}

void Conditions::AddLimits(const Study& study, bool tokens) {
  std::vector<Limit> limits;
  for (const Limit& limit : study.limits) {
    if (InfoOf(limit.metric).Is(kNeedsTokens) == tokens) limits.push_back(limit);
  }
  std::stable_sort(limits.begin(), limits.end(),
                   [](const Limit& a, const Limit& b) { return a.metric < b.metric; });
  for (const Limit& limit : limits) {
    const bool goal = study.space.token_rule == TokenRule::kLeast &&
                      limit.metric == Metric::kMmlu && !limit.is_max;
    Add(goal ? Rule::Kind::kGoal : Rule::Kind::kLimit, limit);
  }
}

void Conditions::Add(Rule::Kind kind, const Limit& limit) {
  all_.push_back({rules_.size(), limit.metric, limit.is_max, limit.limit});
  rules_.push_back({kind, NameOf(kind, limit), LimitText(limit), limit, all_.size() - 1});
}

void Conditions::AddDomain(const Domain& domain) {
  const std::size_t rule = rules_.size();
  rules_.push_back(
      {Rule::Kind::kDomain, "domain", "must lie where the law was checked", {}, all_.size()});
  for (std::size_t f = 0; f < kFeatures; ++f) {
    const Feature feature{static_cast<int>(f)};
    const bool moe_only = !Applies(feature, Form::kDense);
    all_.push_back({rule, feature, false, domain.box[f].min, 0, moe_only});
    all_.push_back({rule, feature, true, domain.box[f].max, 0, moe_only});
  }
}

double Conditions::Needed(const Study& study, const Rule& rule, const Design& design) const {
  if (rule.kind == Rule::Kind::kDomain) return study.law.domain.Distance(design.model);
  return Value(std::get<Metric>(all_[rule.first].subject), study, design);
}

std::optional<double> Conditions::Excess(const Study& study, const Rule& rule,
                                         const Design& design) const {
  const double value = Needed(study, rule, design);
  const bool kept = rule.kind == Rule::Kind::kDomain ? !(value > 0) : all_[rule.first].Keeps(value);
  return kept ? std::nullopt : std::optional(value);
}

}  // namespace perflaw
