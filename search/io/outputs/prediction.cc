#include "search/io/outputs/prediction.hpp"

#include "engine/cost.hpp"
#include "search/io/text/numbers.hpp"

namespace perflaw {

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
                     {"train_flops", Real(TrainFlops(model.active_params, model.tokens))},
                     {"domain",
                      {{"inside", distance == 0},
                       {"distance", Real(distance)},
                       {"warnings", LawWarnings(law, model, score)}}}};
  if (law.recipe.per_year != 0) prediction["recipe_year_month"] = FormatYearMonth(law.recipe.date);
  return prediction;
}

}  // namespace perflaw
