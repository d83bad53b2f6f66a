#include "engine/cost.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "engine/cache.hpp"
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

// Multiply-adds of one token that no parameter stands for: attention scores and values, and recurrent states.
struct MixingMacs {
  double context;
  Attention attention;

  double Keys(double window) const { return MeanKeys(context, window, attention); }
  double Reached(Count window) const { return Keys(window > 0 ? AsReal(window) : context); }

  template <class B>
  double operator()(const B& block) const {
    // A state is decayed, written and read.
    return attention == Attention::kIgnored ? 0 : 3 * RecurrentState(block);
  }
  double operator()(const SoftmaxAttention<Count>& a) const {
    return AsReal(a.heads * (a.head_dim + a.v_head_dim)) * Reached(a.window);
  }
  double operator()(const LatentAttention<Count>& a) const {
    const double reached = Reached(a.window);
    return AsReal(a.heads * (QkHeadDim(a) + a.v_head_dim)) *
           (a.top_k > 0 ? std::min(reached, AsReal(a.top_k)) : reached);
  }
  double operator()(const CompressedAttention& a) const {
    const double compressed = a.rate > 0 ? Keys(context) / AsReal(a.rate) : 0;
    const double read = a.top_k > 0 ? std::min(compressed, AsReal(a.top_k)) : compressed;
    return AsReal(2 * a.heads * a.head_dim) * (Keys(AsReal(a.window)) + read) +
           AsReal(a.index_heads * a.index_dim) * compressed;
  }
  double operator()(const Indexer& i) const { return AsReal(i.heads * i.dim) * Keys(context); }
};

double MixingMacsOf(const Architecture& a, Count context, Attention attention) {
  const MixingMacs of_block{AsReal(context), attention};
  double macs = 0;
  for (const LayerKind& kind : a.layers) {
    for (const Block& block : kind.blocks) macs += AsReal(kind.count) * VisitBlock(of_block, block);
  }
  return macs;
}

// Parameters of routed experts that a batch leaves alone in the mean, routed evenly.
double IdleParams(const Architecture& a, double batch) {
  double idle = 0;
  for (const LayerKind& kind : a.layers) {
    for (const Block& block : kind.blocks) {
      const auto* e = std::get_if<MoeFfn<Count>>(&block);
      if (e == nullptr) continue;
      const double share = std::pow(1 - AsReal(e->active) / AsReal(e->experts), batch);
      const double width = AsReal(e->latent > 0 ? e->latent : a.hidden);
      idle += share * AsReal(kind.count) * AsReal(e->experts) * (e->gated ? 3 : 2) * width *
              AsReal(e->ffn);
    }
  }
  return idle;
}

}  // namespace

Flops SixNdFlopsPerToken(const Architecture& a) {
  return 6.0 * static_cast<double>(CountParams(a).Active());
}

Flops TrainingFlopsPerToken(const Architecture& a, Count context, Attention attention,
                            Recompute recompute) {
  const auto matrices = AsReal(ActiveExcludingInputEmbedding(a));
  const double head = a.lm_head ? AsReal(a.vocab) * AsReal(a.hidden) : 0;
  const double attention_macs = MixingMacsOf(a, context, attention);
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
  const CacheValues cache = CacheOf(a, context);
  return (cache.growing + cache.held_of_windowed) * bytes_per_value;
}

Bytes StateBytesPerSequence(const Architecture& a, double bytes_per_value) {
  return CacheOf(a, 1).per_sequence * bytes_per_value;
}

Bytes CacheBytes(const Architecture& a, const Serving& s) {
  const CacheValues cache = CacheOf(a, s.context);
  return AsReal(s.batch) * s.kv_bytes *
         (AsReal(s.context) * (cache.growing + cache.held_of_windowed) + cache.per_sequence);
}

bool FitsServing(const Architecture& a, const ParamTotals& params, const Serving& s) {
  return AsReal(params.total) * s.weight_bytes + CacheBytes(a, s) <=
         AsReal(s.count) * s.accelerator.memory;
}

double DecodeTokensPerSecond(const Architecture& a, const ParamTotals& params, const Serving& s) {
  const auto count = static_cast<double>(s.count), batch = static_cast<double>(s.batch);
  const Bytes caches = CacheBytes(a, s);
  if (AsReal(params.total) * s.weight_bytes + caches > count * s.accelerator.memory) return 0;
  const Count looked_up = LookedUp(a);
  const double touched = AsReal(params.total - looked_up) - IdleParams(a, batch);
  // A new token attends to the whole context, not to half of it.
  const Flops flops =
      2 * batch *
      (AsReal(params.active - looked_up) + MixingMacsOf(a, s.context, Attention::kFull));
  const Seconds memory_time =
      (touched * s.weight_bytes + caches) / (count * s.accelerator.bandwidth);
  return 1 / std::max(memory_time, flops / (count * s.accelerator.peak));
}

Flops PrefillFlopsPerToken(const Architecture& a, Count context) {
  return TrainingFlopsPerToken(a, context, Attention::kCausal) / 3;
}

Seconds PrefillSeconds(const Architecture& a, const Serving& s) {
  const auto count = static_cast<double>(s.count);
  const ParamTotals params = TotalsOf(a);
  if (!FitsServing(a, params, s)) return std::numeric_limits<Seconds>::infinity();
  const Flops flops = static_cast<double>(s.context) * PrefillFlopsPerToken(a, s.context);
  const Bytes weights = AsReal(params.total) * s.weight_bytes;
  return std::max(flops / (count * s.accelerator.peak),
                  weights / (count * s.accelerator.bandwidth));
}

std::optional<Dollars> ServingUsd(const Architecture& a, const ParamTotals& params,
                                  const Serving& s, Tokens tokens) {
  if (!s.accelerator.usd_per_hour) return std::nullopt;
  const double rate = DecodeTokensPerSecond(a, params, s) * static_cast<double>(s.batch);
  if (rate == 0) return std::numeric_limits<Dollars>::infinity();
  return tokens / rate / kSecondsPerHour * static_cast<double>(s.count) *
         *s.accelerator.usd_per_hour;
}

}  // namespace perflaw
