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
#include <optional>
#include <string>

#include "engine/domain.hpp"
#include "engine/interval.hpp"

namespace perflaw {

struct Law {
  std::string name;
  std::array<double, 4> w{};  // of ln N, ln h, ln d, ln T'
  double b = 0;
  double sigma = 0;  // root mean square error in MMLU points on the models that Domain spans
  Domain domain;
};

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

inline double LogPlusExp(double c, double x) { return std::log(c + std::exp(x)); }

// y = w1 ln(uN) + w2 ln(uh) + w3 ln(ud) + w4 ln(uT') + b with
//   dense: T' = min(T, S),         x = (10/d + 20/h) gamma N
//   MoE:   T' = min(T, sqrt(A S)), N -> N g, h -> h g, x = (10/d' + 20/(h g)) gamma N g
//          g  = (sqrt(A S)/A)^(1/3) (0.5 + sqrt(A/S)) / (1 + exp(-A/4))
// The cap compares 10^12 tokens with 10^9 parameters as bare numbers: 0.5B parameters use at most
// 0.5T tokens. R is double, Dual, or any type with + - * / exp min Square LogPlusExp. ln u is never
// exponentiated, so nothing underflows.
template <class R>
LawTerms<R> EvaluateLaw(const Law& law, Form form, const LawInput<R>& in) {
  using std::exp;
  using std::min;
  R log_expansion(0), cap = in.log_total;
  if (form == Form::kMoe) {
    const R half_share = (in.log_active - in.log_total) / R(2);  // ln sqrt(A/S)
    log_expansion =
        LogPlusExp(0.5, half_share) - half_share / R(3) - LogPlusExp(1, -exp(in.log_active) / R(4));
    cap = (in.log_active + in.log_total) / R(2);
  }
  const R log_layers = in.log_layers + log_expansion;
  const R log_hidden = in.log_hidden + log_expansion;
  const R log_ffn = form == Form::kMoe ? in.log_widest_ffn : in.log_ffn;
  const R x = (R(10) * exp(log_layers - log_ffn) + R(20) * exp(log_layers - log_hidden)) * in.gamma;
  const R log_discount = -Square(x);
  const R log_tokens = min(in.log_tokens, cap);
  const R raw = R(law.w[0]) * log_layers + R(law.w[1]) * log_hidden + R(law.w[2]) * in.log_ffn +
                R(law.w[3]) * log_tokens +
                R(law.w[0] + law.w[1] + law.w[2] + law.w[3]) * log_discount + R(law.b);
  return {raw, log_discount, log_tokens, log_expansion};
}

// Range: layers, hidden, ffn, tokens, parameters > 0.
LawInput<double> ToLawInput(const TrainedModel& model, double gamma);

struct Score {
  double raw = 0;                  // the law's y; may pass 100 or fall under chance
  double mmlu = 0;                 // Bounded(raw)
  std::optional<double> mmlu_pro;  // only where mmlu > 70
  double low90 = 0, high90 = 0;    // mmlu's 90% interval from the law's own error
  double unstable_discount = 0;    // u
  Tokens effective_tokens = 0;     // T', without u
  double expansion_factor = 1;     // g
};
Score PredictScore(const Law& law, const TrainedModel& model, double gamma);

// d raw / d input, in the order of LawInput's fields.
std::array<double, kLawInputs> RawGradient(const Law& law, Form form,
                                           const LawInput<double>& input);

// MMLU as reported, in [25, 100]: above 90 it is 90 + 10 tanh(0.1 y - 9), under chance it is 25.
double Bounded(double raw);
// The raw score behind a reported one. Range: 25 < mmlu < 100.
double Unbounded(double mmlu);
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
//   likewise h, d; the dense law at (N, h, d, T1 + T2) without saturation, as the paper's code.
// Returns the raw score; nothing when r is outside [0, 1], where the formula means nothing.
std::optional<double> ExpansionScore(const Law& law, const GrowthStage& from, const GrowthStage& to,
                                     double gamma);

}  // namespace perflaw
