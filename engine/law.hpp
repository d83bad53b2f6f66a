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
  double family_share = 0.5;  // of sigma^2, in (0, 1): what the models of a family have in common
  Domain domain;
};

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

inline double LogPlusExp(double c, double x) { return std::log(c + std::exp(x)); }

#include "engine/law_formula.inc"

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
