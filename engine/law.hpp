// The Performance Law: from a trained model to its MMLU score.
// Source: C. Wu, R. Tang, "Performance Law of Large Language Models", 2024. What stands here is the
// reading that reproduces the paper's Table 1 and its code; where its prose differs, the prose is
// not followed:
//   - the discount is u = exp(-x^2), the prose of 2.1 omits the square;
//   - a MoE's tokens saturate at sqrt(A S), the prose of 2.2 writes T;
//   - N and h are scaled by g before u is computed.
#pragma once

#include <array>
#include <cmath>
#include <numbers>
#include <optional>
#include <string>
#include <vector>

#include "engine/domain.hpp"
#include "engine/number/interval.hpp"

namespace perflaw {

// How recipes (data, above all) improved: so many raw points a year, up to a date after which the public record
// shows no trend. Dates in years: 2024-06 is 2024 + 5/12.
struct RecipeTrend {
  double per_year = 0;
  double until = 0;
  double date = 0;  // of the recipe that the law's b stands for
};

struct Law {
  std::string name;
  std::array<double, 4> w{};  // of ln N, ln h, ln d, ln T'
  double b = 0;
  // What the paper's form does not have; these values are the paper's.
  double w_active = 0, w_sparsity = 0;  // of ln A, ln(S/A)
  double log_saturation = 0;            // ln K, see law_formula.inc
  bool expands = true;                  // a MoE's N and h are scaled by g
  std::optional<double> ceiling;        // the score of an infinite raw one; without it see Bounded
  double score_noise = 0;  // standard deviation of a reported score from one evaluation to another
  RecipeTrend recipe;
  double sigma = 0;  // error of the raw score; its 1.645-fold is where the 90% interval ends
  double family_share = 0.5;  // of sigma^2, in (0, 1): what the models of a family have in common
  Domain domain;
};

// Nine in ten of a normal quantity lie within so many standard deviations of its middle.
inline constexpr double kNormalQuantile95 = 1.6448536269514722;

inline constexpr double kTokensUnit = 1e12, kParamsUnit = 1e9;

// Where the law works: natural logarithms of N, h, d, d', T in 10^12 tokens, S and A in 10^9
// parameters; and gamma >= 0, the precision loss of the training infrastructure (1 good, larger
// worse).
template <class R>
struct LawInput {
  R log_layers, log_hidden, log_ffn, log_widest_ffn, log_tokens, log_total, log_active, gamma;
};
inline constexpr std::size_t kLawInputs = 8;

template <class R>
struct LawTerms {
  R raw;            // y, MMLU points before bounds
  R log_discount;   // ln u = -x^2
  R log_tokens;     // ln T', T' in 10^12
  R log_expansion;  // ln g; 0 for a dense model
};

enum Saturation { kSaturating, kNotSaturating };

inline double LogPlusExp(double c, double x) { return std::log(c + std::exp(x)); }

#include "engine/law_formula.inc"

// Range: layers, hidden, ffn, tokens, parameters > 0.
LawInput<double> ToLawInput(const TrainedModel& model, double gamma);

struct Score {
  double raw = 0;                  // the law's y; may pass 100 or fall under chance
  double mmlu = 0;                 // Bounded(raw)
  std::optional<double> mmlu_pro;  // only where mmlu > 70
  double low90 = 0, high90 = 0;    // mmlu's 90% interval: the law's own error and the score's
  double unstable_discount = 0;    // u
  Tokens effective_tokens = 0;     // T', without u
  double expansion_factor = 1;     // g
};
Score PredictScore(const Law& law, const TrainedModel& model, double gamma);

// The same law for the recipes of another date, in years.
Law AtRecipeDate(Law law, double date);

// DomainWarnings, and one for a MoE that activates everything.
std::vector<std::string> LawWarnings(const Law& law, const TrainedModel& model, const Score& score);

// d raw / d input, in the order of LawInput's fields.
std::array<double, kLawInputs> RawGradient(const Law& law, Form form,
                                           const LawInput<double>& input);

inline constexpr double kChance = 25;
// What no reported score passes: 100 or the ceiling.
inline double HighestScore(const Law& law) { return law.ceiling.value_or(100); }

// Gompertz's curve from chance to a ceiling: emergence, then saturation.
//   25 + (ceiling - 25) exp(-exp(-(y - 25 - s)/s)),  s = (ceiling - 25)/e
// Its slope is at most 1, which it has at y = 25 + s, where it is y.
template <class R>
R Emerged(double ceiling, const R& raw) {
  using std::exp;
  const double scale = (ceiling - kChance) / std::numbers::e;
  return R(kChance) + R(ceiling - kChance) * exp(-exp((R(kChance + scale) - raw) / R(scale)));
}
// MMLU as reported, rising with the raw score: under a ceiling see Emerged; the paper's is in [25, 100], above 90 it is
// 90 + 10 tanh(0.1 y - 9), under chance it is 25.
double Bounded(const Law& law, double raw);
// Its inverse; infinite where no raw score is behind it. Range: 25 <= mmlu <= HighestScore.
double Unbounded(const Law& law, double mmlu);
// The raw score behind any measured score: one that tells nothing, at chance or at the highest, is read as the
// nearest that does.
double RawBehind(const Law& law, double mmlu);
// MMLU-Pro = 2.33 MMLU - 133. Range: mmlu > 70 (the paper fitted it there).
double MmluPro(double mmlu);

// A dense model grown during training (paper, section 3.4): trained on `tokens` at `from`, then on
// more at `to`.
struct GrowthStage {
  double layers = 0, hidden = 0, ffn = 0;
  double params = 0;
  Tokens tokens = 0;
};
//   r = (S1 T1 + S2 T2) / ((T1 + T2) S2) - (T1 S1/S2) / (1 + exp(T2/0.1)),  N = N1 + (N2 - N1) r,
//   likewise h, d, S; the dense law at (N, h, d, S, T1 + T2) without saturation, as the paper's code.
// Returns the raw score; nothing when r is outside [0, 1], where the formula means nothing.
std::optional<double> ExpansionScore(const Law& law, const GrowthStage& from, const GrowthStage& to,
                                     double gamma);

}  // namespace perflaw
