#include "search/io/outputs/design.hpp"

#include "engine/cost.hpp"

namespace perflaw {
namespace {

Json InfoJson(const MetricInfo& info) {
  return {
      {"label", info.label}, {"unit", info.unit}, {"larger_is_better", info.Is(kLargerIsBetter)}};
}

}  // namespace

Json MetricsJson() {
  Json metrics = Json::object();
  for (const MetricInfo& info : kMetricTable) metrics[std::string(info.name)] = InfoJson(info);
  return metrics;
}

Json MetricsJson(const ObjectiveFunction& objective) {
  Json metrics = Json::object();
  for (const MetricInfo& info : kMetricTable) {
    if (objective.Defined(info.metric)) metrics[std::string(info.name)] = InfoJson(info);
  }
  return metrics;
}

Json DesignOrNull(const ObjectiveFunction& objective, const std::optional<Design>& design) {
  return design ? DesignJson(objective, *design) : Json(nullptr);
}

Json DesignJson(const ObjectiveFunction& objective, const Design& d) {
  const Study& study = objective.study();
  const Score score = PredictScore(study.law, d.model, study.gamma);
  Json row = {{"index", d.index}};
  constexpr std::size_t kColumns = 48;  // fronts have thousands of rows
  row.get_ref<Json::object_t&>().reserve(kColumns);
  for (std::size_t i = 0; i + 1 < kAxes; ++i) row[std::string(kAxisNames[i])] = d.point[i];
  row["tokens"] = Real(d.model.tokens);
  row["heads"] = OutlineOf(d.architecture).heads;
  row["mmlu"] = Real(score.mmlu);
  row["mmlu_raw"] = Real(score.raw);
  row["mmlu_low90"] = Real(score.low90);
  row["mmlu_high90"] = Real(score.high90);
  for (std::size_t i = 0; i < kMetrics; ++i) {
    const Metric metric{static_cast<int>(i)};
    const std::string name(MetricName(metric));
    if (!row.contains(name) && objective.Defined(metric))
      row[name] = Real(objective.Value(metric, d));
  }
  // No speed where it does not fit.
  if (row.contains("decode_tokens_per_second") && row.at("decode_tokens_per_second") == 0) {
    row["decode_tokens_per_second"] = nullptr;
  }
  if (!study.base.pattern.order.empty()) row["stack"] = StackInWords(d.architecture);
  // Exactly, whatever their size.
  row["total_params"] = d.total_params;
  row["active_params"] = d.active_params;
  if (const auto& run = study.budget.run; run && run->kilograms_co2_per_kwh) {
    row["train_kg_co2"] =
        RealOrNull(CostOfTraining(TrainFlops(d.model.active_params, d.model.tokens), *run).co2);
  }
  row["unstable_discount"] = Real(score.unstable_discount);
  row["domain_distance"] = Real(study.law.domain.Distance(d.model));
  return row;
}

Json WhyJson(const ObjectiveFunction& objective, Count index, const SearchSummary& summary) {
  const auto design = objective.Describe(index);
  Json broken = Json::array();
  for (const auto& failure : objective.Failures(index)) {
    const Rule& rule = objective.Rules()[static_cast<std::size_t>(failure.rule)];
    broken.push_back({{"rule", rule.name},
                      {"text", rule.text},
                      {"value", Real(failure.needed)},
                      {"limit", rule.limit ? Real(rule.limit->limit) : Json(nullptr)}});
  }
  Json why = {{"index", index},
              {"feasible", broken.empty()},
              {"breaks", broken},
              {"rank", summary.rank ? Json(*summary.rank) : Json(nullptr)},
              {"row", DesignOrNull(objective, design)}};
  if (design) why["objective"] = Real(objective.ToUser(objective.MeritOf(*design).value));
  if (!summary.best.empty()) {
    why["best_objective"] = Real(objective.ToUser(objective.MeritOf(summary.best.front()).value));
  }
  return why;
}

}  // namespace perflaw
