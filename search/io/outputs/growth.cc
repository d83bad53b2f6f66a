#include "search/io/outputs/growth.hpp"

#include "search/io/outputs/prediction.hpp"

namespace perflaw {
namespace {

Json MomentJson(const SwitchMoment& m) {
  return {{"from_tokens", Real(m.from_tokens)},
          {"to_tokens", Real(m.to_tokens)},
          {"r", Real(m.r)},
          {"mmlu_raw", m.raw ? Real(*m.raw) : Json(nullptr)}};
}

Json PlanJson(const Law& law, const GrowthPlan& plan) {
  return {{"layers", Real(plan.to.layers)},
          {"hidden", Real(plan.to.hidden)},
          {"ffn", Real(plan.to.ffn)},
          {"params", Real(plan.to.params)},
          {"from_tokens", Real(plan.moment.from_tokens)},
          {"to_tokens", Real(plan.moment.to_tokens)},
          {"r", Real(plan.moment.r)},
          {"mmlu", Real(Bounded(law, *plan.moment.raw))},
          {"mmlu_raw", Real(*plan.moment.raw)},
          {"train_flops", Real(plan.train_flops)}};
}

// A switch at the very start is training from scratch, whatever rounding says of its gain.
bool WorthGrowing(const GrowthPlan& plan, const Expansion& result) {
  constexpr double kNoTime = 1e-3, kNoGain = 1e-6;  // of all tokens; MMLU
  return plan.moment.from_tokens > kNoTime * (plan.moment.from_tokens + plan.moment.to_tokens) &&
         *plan.moment.raw - result.scratch_raw > kNoGain;
}

// The grown model with all its tokens.
Json DomainJson(const ExpansionStudy& study, const GrowthPlan& plan) {
  TrainedModel model;
  model.layers = plan.to.layers;
  model.hidden = plan.to.hidden;
  model.ffn = model.widest_ffn = plan.to.ffn;
  model.total_params = model.active_params = plan.to.params;
  model.tokens = plan.moment.from_tokens + plan.moment.to_tokens;
  return PredictionJson(study.law, model, study.gamma).at("domain");
}

}  // namespace

Json RejectedJson(const Expansion& result) {
  return {{"shape", result.rejected_shape},
          {"shrinks", result.rejected_shrinks},
          {"domain", result.rejected_domain},
          {"growth", result.rejected_growth}};
}

Json ExpansionJson(const ExpansionStudy& study, const Expansion& result) {
  const GrowthPlan& plan = *result.best;
  Json curve = Json::array(), critical = Json::array();
  for (const SwitchMoment& m : result.curve) curve.push_back(MomentJson(m));
  for (const CriticalMoment& c : result.critical) {
    Json point = {{"kind", c.kind}};
    point.update(MomentJson(c.at));
    critical.push_back(std::move(point));
  }
  Json json = {{"status", StatusName(result.status)},
               {"best", PlanJson(study.law, plan)},
               {"scratch",
                {{"tokens", Real(result.scratch_tokens)}, {"mmlu_raw", Real(result.scratch_raw)}}},
               {"gain", Real(*plan.moment.raw - result.scratch_raw)},
               {"gain_mmlu", Real(Bounded(study.law, *plan.moment.raw) -
                                  Bounded(study.law, result.scratch_raw))},
               {"advice", WorthGrowing(plan, result) ? "grow" : "train from scratch"},
               {"gamma", Real(study.gamma)},
               {"critical_points", std::move(critical)},
               {"curve", std::move(curve)},
               {"domain", DomainJson(study, plan)}};
  if (result.upper_bound) {
    json["certificate"] = {{"upper_bound", Real(*result.upper_bound)},
                           {"gap", Real(*result.upper_bound - *plan.moment.raw)},
                           {"lattice_points", result.lattice_points},
                           {"moment_cells", result.cells}};
    json["rejected"] = RejectedJson(result);
  }
  return json;
}

}  // namespace perflaw
