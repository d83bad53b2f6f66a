#include "search/io/outputs/result.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <cmath>

#include "engine/cost.hpp"
#include "perflaw_version.hpp"
#include "search/io/text/numbers.hpp"
#include "search/base/parallel.hpp"

namespace perflaw {
namespace {

constexpr int kSchemaVersion = 1;

Json RealOrNull(const std::optional<double>& value) { return value ? Real(*value) : Json(nullptr); }

Json DesignOrNull(const ObjectiveFunction& objective, const std::optional<Design>& design) {
  return design ? DesignJson(objective, *design) : Json(nullptr);
}

Json RowsJson(const ObjectiveFunction& objective, const std::vector<Design>& designs, int threads) {
  constexpr Count kBlock = 64;
  const auto count = static_cast<Count>(designs.size());
  std::vector<Json> rows(designs.size());
  const std::atomic<bool> never{false};
  ForEachBlock((count + kBlock - 1) / kBlock, threads, never, [&](Count block, int) {
    for (Count i = block * kBlock; i < std::min(count, (block + 1) * kBlock); ++i)
      rows[static_cast<std::size_t>(i)] =
          DesignJson(objective, designs[static_cast<std::size_t>(i)]);
  });
  return Json(std::move(rows));
}

// The 12-digit number on the side of `value` that a limit there still admits.
double TwelveDigitsOutward(double value, bool up) {
  const double rounded = TwelveDigits(value);
  if (up ? rounded >= value : rounded <= value) return rounded;
  const double last_digit = std::pow(10.0, std::floor(std::log10(std::abs(value))) - 11);
  return TwelveDigits(rounded + (up ? last_digit : -last_digit));
}

Json RelaxationJson(const ObjectiveFunction& objective, const SearchSummary& summary) {
  Json relaxation = Json::object();
  for (const auto& [name, limit] : summary.relaxation) {
    const auto rule = std::find_if(objective.Rules().begin(), objective.Rules().end(),
                                   [&name = name](const Rule& r) { return r.name == name; });
    const bool up = !rule->limit || rule->limit->is_max;
    relaxation[name] = limit ? Real(TwelveDigitsOutward(*limit, up)) : Json(nullptr);
  }
  return relaxation;
}

// Whether a front's metric is the same for all designs that are listed.
bool IsConstant(const ObjectiveFunction& objective, const SearchSummary& summary, std::size_t i) {
  std::vector<double> values;
  for (const std::vector<Design>* designs : {&summary.best, &summary.front}) {
    for (const Design& design : *designs) values.push_back(objective.FrontOf(design)[i]);
  }
  return !summary.front.empty() && values.size() > 2 &&
         std::equal(values.begin() + 1, values.end(), values.begin());
}

std::vector<std::string> Warnings(const ObjectiveFunction& objective,
                                  const SearchSummary& summary) {
  const Study& study = objective.study();
  std::vector<std::string> warnings;
  if (!summary.best.empty()) {
    const Design& best = summary.best.front();
    const Score score = PredictScore(study.law, best.model, study.gamma);
    for (const auto& warning : LawWarnings(study.law, best.model, score)) {
      warnings.push_back("best: " + warning);
    }
  }
  if (study.law.expands && summary.best_dense && summary.best_moe) {
    const double g = std::exp(summary.best_moe->law.log_expansion);
    warnings.push_back(
        fmt::format("law {}: its MoE form multiplies the best MoE's layers and hidden size by g = "
                    "{:.3f}, {:+.1f} points that the "
                    "dense form does not have; compare dense with dense and MoE with MoE",
                    study.law.name, g, (study.law.w[0] + study.law.w[1]) * std::log(g)));
  }
  const auto warn_of_constant = [&](Metric metric) {
    const bool constant = study.space.token_rule == TokenRule::kBudget &&
                          !study.budget.max_tokens && metric >= Metric::kTrainFlops &&
                          metric <= Metric::kTrainKwh;
    if (constant) {
      warnings.push_back(fmt::format(
          "{} is the same for every point: tokens \"budget\" always spends the whole budget",
          MetricName(metric)));
    }
    return constant;
  };
  if (study.objective.goal == Goal::kMetric) warn_of_constant(study.objective.metric);
  for (std::size_t i = 0; i < study.front.size(); ++i) {
    if (warn_of_constant(study.front[i].metric) || !IsConstant(objective, summary, i)) continue;
    warnings.push_back(
        fmt::format("{} is the same for every design found: a front with it trades nothing for it",
                    MetricName(study.front[i].metric)));
  }
  if (summary.status == Status::kInfeasible) {
    for (const Rule& rule : objective.Rules()) {
      const bool told = std::any_of(summary.relaxation.begin(), summary.relaxation.end(),
                                    [&](const auto& r) { return r.rule == rule.name; });
      if (rule.can_relax && !told)
        warnings.push_back(rule.name +
                           ": how far it would have to move takes looking at every "
                           "point of a space too large for that");
    }
  }
  return warnings;
}

}  // namespace

Json Envelope(const std::string& command, const std::string& law, const Inputs& inputs, int threads,
              double seconds, int ranks) {
  return {{"schema_version", kSchemaVersion},
          {"perflaw_version", kVersion},
          {"git_revision", kGitRevision},
          {"command", command},
          {"law", law.empty() ? Json(nullptr) : Json(law)},
          {"inputs_sha256", inputs.Sha256()},
          {"seed", nullptr},
          {"threads", threads},
          {"ranks", ranks},
          {"seconds", Real(seconds)}};
}

Json ConventionsJson() {
  return {
      {"units", "decimal base units: parameters, tokens, FLOPs, bytes, seconds, dollars"},
      {"active_params",
       "routed experts: the active ones; all else whole; with the input embedding"},
      {"active_params_excluding_input_embedding",
       "less vocab x hidden, unless tied: then it is the head"},
      {"activated_ffn", "the law's d': the widest FFN block that one token passes through"},
      {"train_flops", "6 x active_params x tokens"},
      {"six_nd", "6 x active_params"},
      {"with_attention",
       "6 x active without the input embedding, plus causal attention over the context"},
      {"train_memory_bytes_per_accelerator",
       "18 bytes a parameter before ZeRO, activations of the layers, logits; ideal sharding, no "
       "fragmentation"},
      {"kv_bytes_per_token", "mean over the context; a sliding-window layer holds its window"},
      {"decode_tokens_per_second", "of one sequence, by roofline; null or 0 where it does not fit"},
      {"interval_90", "the law's own error inside its domain, normal"}};
}

Json Real(double value) {
  if (!std::isfinite(value)) return nullptr;
  const auto is_whole = [](double x) {
    return x == std::floor(x) && std::abs(x) < 9007199254740992.0;
  };
  if (is_whole(value)) return static_cast<Count>(value);
  const double rounded = TwelveDigits(value);
  return is_whole(rounded) ? Json(static_cast<Count>(rounded)) : Json(rounded);
}

Json PredictionJson(const Law& law, const TrainedModel& model, double gamma) {
  const Score score = PredictScore(law, model, gamma);
  const double distance = law.domain.Distance(model);
  Json prediction = {{"mmlu", Real(score.mmlu)},
                     {"mmlu_raw", Real(score.raw)},
                     {"mmlu_pro", RealOrNull(score.mmlu_pro)},
                     {"interval_90", {Real(score.low90), Real(score.high90)}},
                     {"unstable_discount", Real(score.unstable_discount)},
                     {"effective_tokens", Real(score.effective_tokens)},
                     {"expansion_factor", Real(score.expansion_factor)},
                     {"layers", Real(model.layers)},
                     {"hidden", Real(model.hidden)},
                     {"ffn", Real(model.ffn)},
                     {"activated_ffn", Real(model.widest_ffn)},
                     {"form", model.form == Form::kMoe ? "moe" : "dense"},
                     {"gamma", Real(gamma)},
                     {"tokens", Real(model.tokens)},
                     {"total_params", Real(model.total_params)},
                     {"active_params", Real(model.active_params)},
                     {"train_flops", Real(6 * model.active_params * model.tokens)},
                     {"domain",
                      {{"inside", distance == 0},
                       {"distance", Real(distance)},
                       {"warnings", LawWarnings(law, model, score)}}}};
  if (law.recipe.per_year != 0) prediction["recipe_year_month"] = FormatYearMonth(law.recipe.date);
  return prediction;
}

Json BlocksJson(const BlockCounts& b) {
  return {{"embedding", b.embedding},
          {"attention", b.attention},
          {"dense_ffn", b.dense_ffn},
          {"routed_experts", b.routed_experts},
          {"shared_experts", b.shared_experts},
          {"router", b.router},
          {"norms", b.norms},
          {"biases", b.biases},
          {"head", b.head}};
}

Json CountJson(const Model& model, const CountOptions& options) {
  const Architecture& a = model.architecture;
  const ParamCounts counts = CountParams(a);
  return {
      {"model", model.name},
      {"family", model.source},
      {"total_params", counts.Total()},
      {"active_params", counts.Active()},
      {"active_params_excluding_input_embedding", ActiveExcludingInputEmbedding(a)},
      {"blocks", BlocksJson(counts.total)},
      {"active_blocks", BlocksJson(counts.active)},
      {"context", options.context},
      {"dtype", options.dtype},
      {"weight_bytes", Real(static_cast<double>(counts.Total()) * options.bytes)},
      {"kv_bytes_per_token", Real(KvBytesPerToken(a, options.context, options.bytes))},
      {"train_flops_per_token",
       {{"six_nd", Real(SixNdFlopsPerToken(a))},
        {"with_attention", Real(TrainingFlopsPerToken(a, options.context, Attention::kCausal))}}},
      {"defaults", model.defaults},
      {"notes", model.notes}};
}

Json DesignJson(const ObjectiveFunction& objective, const Design& d) {
  const Study& study = objective.study();
  const Score score = PredictScore(study.law, d.model, study.gamma);
  Json row = {{"index", d.index}};
  constexpr std::size_t kColumns = 48;  // fronts have thousands of rows
  row.get_ref<Json::object_t&>().reserve(kColumns);
  for (std::size_t i = 0; i + 1 < kAxes; ++i) row[std::string(kAxisNames[i])] = d.point[i];
  row["tokens"] = Real(d.model.tokens);
  row["heads"] = d.architecture.heads;
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
  // Exactly, whatever their size.
  row["total_params"] = d.total_params;
  row["active_params"] = d.active_params;
  if (const auto& run = study.budget.run; run && run->kilograms_co2_per_kwh) {
    row["train_kg_co2"] =
        RealOrNull(CostOfTraining(6 * d.model.active_params * d.model.tokens, *run).co2);
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

Json SearchJson(const ObjectiveFunction& objective, const SearchSummary& summary, int threads) {
  const Study& study = objective.study();
  Json rows = RowsJson(objective, summary.best, threads);
  Json front = RowsJson(objective, summary.front, threads);
  Json rejected = Json::object(), rules = Json::object(), binding = Json::array(),
       without = Json::object(), pareto = Json::array(), resolution = Json::object();
  for (const FrontMetric& metric : study.front) {
    pareto.push_back(MetricName(metric.metric));
    if (metric.resolution > 0)
      resolution[std::string(MetricName(metric.metric))] = Real(metric.resolution);
  }
  for (const auto& [reason, points] : summary.rejected) rejected[reason] = points;
  for (const auto& [rule, objective_value] : summary.binding) {
    binding.push_back(rule);
    without[rule] = Real(objective_value);
  }
  for (const Rule& rule : objective.Rules()) rules[rule.name] = rule.text;
  if (rejected.contains("bound")) rules["bound"] = "cannot be better than the designs listed";
  return {{"status", StatusName(summary.status)},
          {"method", summary.method},
          {"objective", study.objective.name},
          {"objective_is_minimized", objective.IsMinimized()},
          {"gamma", Real(study.gamma)},
          {"law_sigma", Real(study.law.sigma)},
          {"space_points", summary.space_points},
          {"evaluated", summary.evaluated},
          {"feasible", summary.feasible ? Json(*summary.feasible) : Json(nullptr)},
          {"best", std::move(rows)},
          {"best_dense", DesignOrNull(objective, summary.best_dense)},
          {"best_moe", DesignOrNull(objective, summary.best_moe)},
          {"pareto", std::move(pareto)},
          {"resolution", std::move(resolution)},
          {"front", std::move(front)},
          {"rejected", rejected},
          {"rules", rules},
          {"binding", binding},
          {"best_without", without},
          {"relaxation", RelaxationJson(objective, summary)},
          {"certificate",
           {{"upper_bound", RealOrNull(summary.upper_bound)},
            {"gap", summary.gap ? Real(*summary.gap) : Json(nullptr)},
            {"boxes", summary.boxes},
            {"swept_boxes", summary.swept_boxes}}},
          {"points_per_second",
           Real(static_cast<double>(summary.evaluated - summary.resumed) / summary.seconds)},
          {"defaults", study.defaults},
          {"warnings", Warnings(objective, summary)}};
}

std::string CellText(const Json& value) {
  if (value.is_null()) return "";
  // The library's own digits may be longer than the shortest that tell a real apart.
  if (value.is_number_float()) return fmt::format("{:.12g}", value.get<double>());
  return value.is_string() ? value.get<std::string>() : value.dump();
}

}  // namespace perflaw
