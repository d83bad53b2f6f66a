#include "engine/cost.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "engine/count.hpp"

namespace perflaw {
namespace {

// Mean number of keys that a query of a `context`-token sequence attends to in a layer that reaches
// `window` back.
double MeanKeys(double context, double window, Attention attention) {
  const double reach = std::min(context, window);
  switch (attention) {
    case Attention::kIgnored:
      return 0;
    case Attention::kCausal:
      return reach - reach * reach / (2 * context);
    case Attention::kFull:
      return reach;
  }
  return 0;
}

// Multiply-adds of attention scores and values for one token through all layers.
double AttentionMacs(const Architecture& a, Count context, Attention attention) {
  const auto windowed = static_cast<double>(a.sliding_window.layers);
  const auto full = static_cast<double>(a.layers) - windowed;
  const auto length = static_cast<double>(context);
  const double keys =
      full * MeanKeys(length, length, attention) +
      windowed * MeanKeys(length, static_cast<double>(a.sliding_window.tokens), attention);
  return static_cast<double>(a.heads * (QkHeadDim(a) + VHeadDim(a))) * keys;
}

}  // namespace

Flops SixNdFlopsPerToken(const Architecture& a) {
  return 6.0 * static_cast<double>(CountParams(a).Active());
}

Flops TrainingFlopsPerToken(const Architecture& a, Count context, Attention attention,
                            Recompute recompute) {
  const auto matrices = static_cast<double>(ActiveExcludingInputEmbedding(a));
  const auto head = static_cast<double>(a.vocab) * static_cast<double>(a.hidden);
  const double attention_macs = AttentionMacs(a, context, attention);
  const double forward_again = recompute == Recompute::kNone ? 0
                               : recompute == Recompute::kSelective
                                   ? attention_macs
                                   : matrices - head + attention_macs;
  return 6 * (matrices + attention_macs) + 2 * forward_again;
}

TrainingCost CostOfTraining(Flops flops, const TrainingRun& run) {
  TrainingCost cost;
  const double accelerator_seconds = flops / (run.accelerator.peak * run.mfu);
  cost.seconds = accelerator_seconds / static_cast<double>(run.count);
  cost.accelerator_hours = accelerator_seconds / kSecondsPerHour;
  if (run.accelerator.usd_per_hour)
    cost.usd = cost.accelerator_hours * *run.accelerator.usd_per_hour;
  cost.kwh = cost.accelerator_hours * run.accelerator.tdp / 1000 * run.power_usage_effectiveness;
  if (run.kilograms_co2_per_kwh) cost.co2 = cost.kwh * *run.kilograms_co2_per_kwh;
  return cost;
}

Bytes KvBytesPerToken(const Architecture& a, Count context, double bytes_per_value) {
  const Count values =
      a.mla ? a.mla->kv_lora_rank + a.mla->qk_rope_dim : 2 * a.kv_heads * a.head_dim;
  const double held =
      std::min(1.0, static_cast<double>(a.sliding_window.tokens) / static_cast<double>(context));
  const double layers = static_cast<double>(a.layers - a.sliding_window.layers) +
                        static_cast<double>(a.sliding_window.layers) * held;
  return layers * static_cast<double>(values) * bytes_per_value;
}

bool FitsServing(const Architecture& a, const Serving& s) {
  const double tokens = static_cast<double>(s.batch) * static_cast<double>(s.context);
  return static_cast<double>(CountParams(a).Total()) * s.weight_bytes +
             tokens * KvBytesPerToken(a, s.context, s.kv_bytes) <=
         static_cast<double>(s.count) * s.accelerator.memory;
}

double DecodeTokensPerSecond(const Architecture& a, const Serving& s) {
  const auto count = static_cast<double>(s.count), batch = static_cast<double>(s.batch);
  if (!FitsServing(a, s)) return 0;
  const ParamCounts counts = CountParams(a);
  const auto input_embedding = static_cast<double>(a.vocab) * static_cast<double>(a.hidden);
  const Bytes caches =
      batch * static_cast<double>(s.context) * KvBytesPerToken(a, s.context, s.kv_bytes);

  double touched = static_cast<double>(counts.Total()) - (a.tied_embeddings ? 0 : input_embedding);
  if (a.moe) {
    const double idle = std::pow(
        1 - static_cast<double>(a.moe->active) / static_cast<double>(a.moe->experts), batch);
    touched -= idle * static_cast<double>(counts.total.routed_experts);
  }
  // A new token attends to the whole context, not to half of it.
  const Flops flops = 2 * batch *
                      (static_cast<double>(ActiveExcludingInputEmbedding(a)) +
                       AttentionMacs(a, s.context, Attention::kFull));
  const Seconds memory_time =
      (touched * s.weight_bytes + caches) / (count * s.accelerator.bandwidth);
  return 1 / std::max(memory_time, flops / (count * s.accelerator.peak));
}

Flops PrefillFlopsPerToken(const Architecture& a, Count context) {
  return TrainingFlopsPerToken(a, context, Attention::kCausal) / 3;
}

Seconds PrefillSeconds(const Architecture& a, const Serving& s) {
  const auto count = static_cast<double>(s.count);
  if (!FitsServing(a, s)) return std::numeric_limits<Seconds>::infinity();
  const Flops flops = static_cast<double>(s.context) * PrefillFlopsPerToken(a, s.context);
  const Bytes weights = static_cast<double>(CountParams(a).Total()) * s.weight_bytes;
  return std::max(flops / (count * s.accelerator.peak),
                  weights / (count * s.accelerator.bandwidth));
}

std::optional<Dollars> ServingUsd(const Architecture& a, const Serving& s, Tokens tokens) {
  if (!s.accelerator.usd_per_hour) return std::nullopt;
  const double rate = DecodeTokensPerSecond(a, s) * static_cast<double>(s.batch);
  if (rate == 0) return std::numeric_limits<Dollars>::infinity();
  return tokens / rate / kSecondsPerHour * static_cast<double>(s.count) *
         *s.accelerator.usd_per_hour;
}

}  // namespace perflaw
