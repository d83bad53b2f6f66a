#include "engine/law.hpp"

#include <algorithm>
#include <limits>

#include "engine/number/dual.hpp"

namespace perflaw {
namespace {

constexpr double kBendFrom = 90;  // the paper's bound above

}  // namespace

LawInput<double> ToLawInput(const TrainedModel& m, double gamma) {
  return {std::log(m.layers),
          std::log(m.hidden),
          std::log(m.ffn),
          std::log(m.widest_ffn),
          std::log(m.tokens / kTokensUnit),
          std::log(m.total_params / kParamsUnit),
          std::log(m.active_params / kParamsUnit),
          gamma};
}

Score PredictScore(const Law& law, const TrainedModel& model, double gamma) {
  const LawInput<double> input = ToLawInput(model, gamma);
  const LawTerms<double> terms = EvaluateLaw(law, model.form, input);
  Score score;
  score.raw = terms.raw;
  score.mmlu = Bounded(law, terms.raw);
  if (score.mmlu > 70) score.mmlu_pro = MmluPro(score.mmlu);
  const auto reach = [&](double quantile) {
    const double of_law = Bounded(law, terms.raw + quantile * law.sigma) - score.mmlu;
    return std::copysign(std::hypot(of_law, quantile * law.score_noise), quantile);
  };
  score.low90 = score.mmlu + reach(-kNormalQuantile95);
  score.high90 = score.mmlu + reach(kNormalQuantile95);
  score.unstable_discount = std::exp(terms.log_discount);
  const bool saturated = terms.log_tokens < input.log_tokens;
  score.effective_tokens = saturated ? std::exp(terms.log_tokens) * kTokensUnit : model.tokens;
  score.expansion_factor = std::exp(terms.log_expansion);
  return score;
}

std::array<double, kLawInputs> RawGradient(const Law& law, Form form, const LawInput<double>& in) {
  using D = Dual<kLawInputs>;
  const LawInput<D> variables{D::Variable(in.log_layers, 0), D::Variable(in.log_hidden, 1),
                              D::Variable(in.log_ffn, 2),    D::Variable(in.log_widest_ffn, 3),
                              D::Variable(in.log_tokens, 4), D::Variable(in.log_total, 5),
                              D::Variable(in.log_active, 6), D::Variable(in.gamma, 7)};
  return EvaluateLaw(law, form, variables).raw.d;
}

std::vector<std::string> LawWarnings(const Law& law, const TrainedModel& model,
                                     const Score& score) {
  std::vector<std::string> warnings =
      DomainWarnings(law.domain, model, score.unstable_discount, score.effective_tokens);
  if (law.expands && model.form == Form::kMoe &&
      model.active_params >= 0.999 * model.total_params) {
    warnings.emplace_back(
        "the MoE form does not meet the dense form at A = S, where its g tends to 1.5, not 1: "
        "compare with the dense form");
  }
  return warnings;
}

Law AtRecipeDate(Law law, double date) {
  RecipeTrend& recipe = law.recipe;
  law.b += recipe.per_year * (std::min(date, recipe.until) - std::min(recipe.date, recipe.until));
  recipe.date = date;
  return law;
}

double Bounded(const Law& law, double raw) {
  if (law.ceiling) return Emerged(*law.ceiling, raw);
  if (raw > kBendFrom) return kBendFrom + 10 * std::tanh(0.1 * raw - 9);
  return std::max(raw, kChance);
}

double Unbounded(const Law& law, double mmlu) {
  if (law.ceiling) {
    const double scale = (*law.ceiling - kChance) / std::numbers::e;
    return kChance + scale -
           scale * std::log(-std::log((mmlu - kChance) / (*law.ceiling - kChance)));
  }
  return mmlu > kBendFrom ? 10 * (9 + std::atanh((mmlu - kBendFrom) / 10)) : mmlu;
}

double RawBehind(const Law& law, double mmlu) {
  if (law.ceiling) return Unbounded(law, std::clamp(mmlu, kChance + 0.5, *law.ceiling - 1));
  return Unbounded(law, std::min(mmlu, 99.999));
}

double MmluPro(double mmlu) { return 2.33 * mmlu - 133; }

std::optional<double> ExpansionScore(const Law& law, const GrowthStage& from, const GrowthStage& to,
                                     double gamma) {
  const double t1 = from.tokens / kTokensUnit, t2 = to.tokens / kTokensUnit;
  const double size_ratio = from.params / to.params;
  const double r = (size_ratio * t1 + t2) / (t1 + t2) - t1 * size_ratio / (1 + std::exp(t2 / 0.1));
  if (!(r >= 0 && r <= 1)) return std::nullopt;
  const auto grown = [r](double a, double b) { return a + (b - a) * r; };
  TrainedModel model;
  model.layers = grown(from.layers, to.layers);
  model.hidden = grown(from.hidden, to.hidden);
  model.ffn = model.widest_ffn = grown(from.ffn, to.ffn);
  model.tokens = from.tokens + to.tokens;
  model.total_params = model.active_params = grown(from.params, to.params);
  return EvaluateLaw(law, Form::kDense, ToLawInput(model, gamma), kNotSaturating).raw;
}

}  // namespace perflaw
