// The metrics that objectives, constraints and fronts may name.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string_view>

namespace perflaw {

// In the order of their columns. Cheaper ones come first: constraints are tried in this order.
enum class Metric {
  kLayers,
  kHidden,
  kFfn,
  kExperts,
  kExpertsActive,
  kExpertsShared,
  kFfnRatio,     // ffn / hidden
  kAspectRatio,  // hidden / layers
  kTotalParams,
  kActiveParams,
  kActiveShare,  // A / S
  kWeightBytes,
  kKvBytesPerToken,
  kTrainMemoryBytesPerAccelerator,
  kPrefillFlopsPerToken,
  kDecodeTokensPerSecond,
  kTokens,
  kTokensPerParam,  // T / S
  kTrainFlops,
  kTrainDays,
  kTrainUsd,
  kTrainKwh,
  kLifetimeUsd,
  kMmlu,
};

inline constexpr std::array<std::string_view, 24> kMetricNames = {
    "layers",
    "hidden",
    "ffn",
    "experts",
    "experts_active",
    "experts_shared",
    "ffn_ratio",
    "aspect_ratio",
    "total_params",
    "active_params",
    "active_share",
    "weight_bytes",
    "kv_bytes_per_token",
    "train_memory_bytes_per_accelerator",
    "prefill_flops_per_token",
    "decode_tokens_per_second",
    "tokens",
    "tokens_per_param",
    "train_flops",
    "train_days",
    "train_usd",
    "train_kwh",
    "lifetime_usd",
    "mmlu"};
inline constexpr std::size_t kMetrics = kMetricNames.size();

inline std::string_view MetricName(Metric metric) {
  return kMetricNames[static_cast<std::size_t>(metric)];
}

inline std::optional<Metric> FindMetric(std::string_view name) {
  for (std::size_t i = 0; i < kMetrics; ++i) {
    if (kMetricNames[i] == name) return Metric{static_cast<int>(i)};
  }
  return std::nullopt;
}

// Metrics from here on depend on the tokens, so on the budget and the law.
inline bool NeedsTokens(Metric metric) { return metric >= Metric::kTokens; }

}  // namespace perflaw
