// The metrics that objectives, constraints and fronts may name.
#pragma once

#include <algorithm>
#include <cstddef>
#include <iterator>
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
  kStateBytesPerSequence,
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

// Bits. kLargerIsBetter: which way a front goes that does not say. kNeedsTokens: depends on the tokens, so on the budget and the law.
// kOfFlops: training FLOPs times a constant, so the same for all that spend a whole budget. kNoLogForm: see IsLog. kJitters: rounding
// may move it against its course along an axis, as it does ratios of two that both grow, and differences.
enum MetricTrait : unsigned {
  kLargerIsBetter = 1,
  kNeedsTokens = 2,
  kOfFlops = 4,
  kNoLogForm = 8,
  kJitters = 16
};

// What is known of a metric besides its value, which see metric_value.hpp.
struct MetricInfo {
  Metric metric;
  unsigned traits;         // of MetricTrait
  std::string_view name;   // in studies and results
  std::string_view label;  // for people
  // How values are written: whole, count (rounded), ratio, score (MMLU points), bytes, flops, days, usd, kwh, or speed
  // (tokens a second).
  std::string_view unit;

  constexpr bool Is(MetricTrait trait) const { return (traits & trait) != 0; }
};

inline constexpr MetricInfo kMetricTable[] = {
    {Metric::kLayers, 0, "layers", "Layers", "whole"},
    {Metric::kHidden, 0, "hidden", "Hidden size", "whole"},
    {Metric::kFfn, 0, "ffn", "FFN size", "whole"},
    {Metric::kExperts, 0, "experts", "Experts", "whole"},
    {Metric::kExpertsActive, 0, "experts_active", "Active experts", "whole"},
    {Metric::kExpertsShared, kNoLogForm, "experts_shared", "Shared experts", "whole"},
    {Metric::kFfnRatio, 0, "ffn_ratio", "FFN / hidden", "ratio"},
    {Metric::kAspectRatio, 0, "aspect_ratio", "Hidden / layers", "ratio"},
    {Metric::kTotalParams, 0, "total_params", "Total parameters", "count"},
    {Metric::kActiveParams, 0, "active_params", "Activated parameters", "count"},
    {Metric::kActiveShare, kJitters, "active_share", "Activated share", "ratio"},
    {Metric::kWeightBytes, 0, "weight_bytes", "Weights", "bytes"},
    {Metric::kKvBytesPerToken, 0, "kv_bytes_per_token", "KV cache per token", "bytes"},
    {Metric::kStateBytesPerSequence, kNoLogForm, "state_bytes_per_sequence", "State per sequence",
     "bytes"},
    {Metric::kTrainMemoryBytesPerAccelerator, kNoLogForm, "train_memory_bytes_per_accelerator",
     "Training memory per accelerator", "bytes"},
    {Metric::kPrefillFlopsPerToken, kNoLogForm, "prefill_flops_per_token",
     "Prefill FLOPs per token", "flops"},
    {Metric::kDecodeTokensPerSecond, kLargerIsBetter | kNoLogForm | kJitters,
     "decode_tokens_per_second", "Decode speed", "speed"},
    {Metric::kTokens, kNeedsTokens, "tokens", "Training tokens", "count"},
    {Metric::kTokensPerParam, kNeedsTokens, "tokens_per_param", "Tokens per parameter", "count"},
    {Metric::kTrainFlops, kNeedsTokens | kOfFlops, "train_flops", "Training FLOPs", "flops"},
    {Metric::kTrainDays, kNeedsTokens | kOfFlops, "train_days", "Training time", "days"},
    {Metric::kTrainUsd, kNeedsTokens | kOfFlops, "train_usd", "Training cost", "usd"},
    {Metric::kTrainKwh, kNeedsTokens | kOfFlops, "train_kwh", "Training energy", "kwh"},
    {Metric::kLifetimeUsd, kNeedsTokens | kNoLogForm, "lifetime_usd", "Lifetime cost", "usd"},
    {Metric::kMmlu, kLargerIsBetter | kNeedsTokens | kNoLogForm, "mmlu", "MMLU", "score"},
};
inline constexpr std::size_t kMetrics = std::size(kMetricTable);

constexpr const MetricInfo& InfoOf(Metric metric) {
  return kMetricTable[static_cast<std::size_t>(metric)];
}
static_assert(std::all_of(std::begin(kMetricTable), std::end(kMetricTable),
                          [](const MetricInfo& info) { return &info == &InfoOf(info.metric); }),
              "in the order of the enumeration");

// Whether its form over a box is its logarithm, which is what planes fit; else it is in the metric's own units.
constexpr bool IsLog(Metric metric) { return !InfoOf(metric).Is(kNoLogForm); }
constexpr std::string_view MetricName(Metric metric) { return InfoOf(metric).name; }

inline std::optional<Metric> FindMetric(std::string_view name) {
  for (const MetricInfo& info : kMetricTable) {
    if (info.name == name) return info.metric;
  }
  return std::nullopt;
}

}  // namespace perflaw
