#include "search/io/outputs/search.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <cmath>

#include "search/base/parallel.hpp"
#include "search/io/outputs/design.hpp"
#include "search/io/text/numbers.hpp"

namespace perflaw {
namespace {

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
                          !study.budget.max_tokens && InfoOf(metric).Is(kOfFlops);
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
      if (rule.CanRelax() && !told)
        warnings.push_back(rule.name +
                           ": how far it would have to move takes looking at every "
                           "point of a space too large for that");
    }
  }
  return warnings;
}

}  // namespace

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
          {"method", MethodName(summary.method)},
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
          {"metrics", MetricsJson(objective)},
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

}  // namespace perflaw
