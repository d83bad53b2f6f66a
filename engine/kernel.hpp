// The law for columns of points, in SIMD with the best instructions that the CPU has. It screens: in single precision, with a
// stated error, it tells which points cannot matter; the scalar law (law.hpp) decides the others.
#pragma once

#include <limits>
#include <span>

#include "engine/law.hpp"
#include "engine/units.hpp"

namespace perflaw {

// What architectures share that differ only in their FFN size d. For those every parameter count is exactly base + slope d.
struct LawRow {
  struct Affine {
    double base = 0, slope = 0;
  };
  Form form = Form::kDense;
  double layers = 0, hidden = 0, gamma = 0;
  Affine total, active;  // parameters, parameters a channel
  double least_widest = 0;
  Affine widest{0, 1};  // d' = max(least_widest, widest.base + widest.slope d), channels
  // Tokens are min(most_tokens, flops / (6 A)); with neither limit the law is at its saturation.
  Tokens most_tokens = std::numeric_limits<double>::infinity();
  Flops flops = std::numeric_limits<double>::infinity();
};

// raw[i] = the law's y and log_tokens[i] = ln T', T' in 10^12, for the architecture with FFN size
// ffn[i], whose logarithm log_ffn[i] is tabulated once for an axis. All four have one length, any; alignment does not matter.
// Returns the largest raw[i], -infinity for none.
// Error: |raw - EvaluateLaw's raw| <= KernelError, |log_tokens - EvaluateLaw's| <= 2e-5.
// Range: KernelTakes(law, gamma); layers, hidden, ffn >= 1, parameters in [1, 2^63), tokens in [1e-6, 1e30].
float EvaluateRow(const Law& law, const LawRow& row, std::span<const float> ffn,
                  std::span<const float> log_ffn, std::span<float> raw,
                  std::span<float> log_tokens);

// best[i] = the largest of raw_saturated[i] + w4 (min(ln T, cap) - cap), cap = log_saturation[i], over a column of ln T, T in 10^12:
// the best score of each architecture on a token axis, with every T' taken. The columns of architectures have one length, any.
// Error: what those of raw_saturated and log_saturation bring, and 1e-6 (|raw_saturated| + 64 |w4|).
// Range: at least one T.
void BestOverTokens(std::span<const float> log_tokens, float w4,
                    std::span<const float> raw_saturated, std::span<const float> log_saturation,
                    std::span<float> best);

// Largest error of EvaluateRow's raw score where that is `raw`: kKernelError (|b| + 20 (sum |w| + |w_active| + |w_sparsity|) + |raw|), 0.002 MMLU for the
// 2024 law around 80. It grows with |raw| because the discount -x^2 does.
inline constexpr double kKernelError = 4e-6;
double KernelError(const Law& law, double raw);

// Whether single precision holds all that the law makes: finite coefficients up to 1e6, gamma up to 1e6.
bool KernelTakes(const Law& law, double gamma);

}  // namespace perflaw
