// The training-memory part of engine/cost.hpp.
#include <fmt/format.h>

#include <algorithm>

#include "engine/cost.hpp"
#include "engine/count.hpp"

namespace perflaw {
namespace {

constexpr Bytes kWeightBytes = 2, kGradientBytes = 4, kOptimizerBytes = 12;

// Into how many parts sequence parallelism splits what tensor parallelism leaves whole.
double SequenceShare(const Parallelism& p) { return p.sequence_parallel ? AsReal(p.tensor) : 1; }

// The share of the KV heads that one tensor-parallel rank holds: at least one whole head.
double KvShare(const Architecture& a, const Parallelism& p) {
  return 1 / AsReal(a.mla ? p.tensor : std::min(p.tensor, a.kv_heads));
}

// Bytes a token kept by one rank's attention block: q and the output projection's input, k and v;
// and the score matrix with its dropout mask and dropout output.
Bytes AttentionTensors(const Architecture& a, const Parallelism& p) {
  const double kv_heads = AsReal(a.mla ? a.heads : a.kv_heads);
  return 2 * AsReal(QkHeadDim(a) + VHeadDim(a)) *
         (AsReal(a.heads) / AsReal(p.tensor) + kv_heads * KvShare(a, p));
}
Bytes AttentionScores(const Architecture& a, Count context) {
  return 5 * AsReal(a.heads) * AsReal(context);
}

// Bytes a token kept inside an FFN of this width: the input and output of the activation function,
// and for a gated FFN the gate's partner.
Bytes FfnTensors(const Architecture& a, double ffn) { return 2 * (a.gated_ffn ? 3 : 2) * ffn; }

// The mean layer's FFN tensors, and the copies of its input that routing makes and combines again.
Bytes MeanFfnTensors(const Architecture& a) {
  const Bytes dense = FfnTensors(a, AsReal(a.ffn));
  if (!a.moe) return dense;
  const Moe& m = *a.moe;
  const Bytes moe =
      FfnTensors(a, AsReal((m.active + m.shared) * m.ffn)) + 4 * AsReal(m.active * a.hidden);
  return (AsReal(m.dense_layers) * dense + AsReal(MoeLayers(a)) * moe) / AsReal(a.layers);
}

// Parameters on one accelerator of a stage, split by who shares their optimizer state.
struct StageParams {
  double common = 0, routed = 0;
};

StageParams ParamsOfStage(const Architecture& a, const Parallelism& p, bool first, bool last) {
  const BlockCounts b = CountParams(a).total;
  const double layers =
      AsReal(b.attention + b.dense_ffn + b.shared_experts + b.router + b.norms + b.biases);
  // A tied matrix serves both ends of a one-stage pipeline; a longer one keeps a copy on its last
  // stage.
  const bool own_head = last && !(first && a.tied_embeddings);
  const double ends =
      (first ? AsReal(b.embedding) : 0) + (own_head ? AsReal(a.vocab) * AsReal(a.hidden) : 0);
  const double kv =
      a.mla ? 0 : 2 * AsReal(a.layers) * AsReal(a.hidden) * AsReal(a.kv_heads * a.head_dim);
  const double own_layers = (layers - kv) / AsReal(p.tensor) + kv * KvShare(a, p);
  return {own_layers / AsReal(p.pipeline) + ends / AsReal(p.tensor),
          AsReal(b.routed_experts) / AsReal(p.pipeline * p.tensor * p.expert)};
}

TrainingMemory MemoryOfStage(const Architecture& a, const Parallelism& p, bool first, bool last) {
  const StageParams params = ParamsOfStage(a, p, first, last);
  const auto bytes = [&](Bytes each, int sharded_from) {
    const double ranks = p.zero >= sharded_from ? AsReal(p.data) : 1;
    const double expert_ranks = p.zero >= sharded_from ? AsReal(p.data) / AsReal(p.expert) : 1;
    return each * (params.common / ranks + params.routed / expert_ranks);
  };
  const double tokens = AsReal(p.context) * AsReal(p.micro_batch);
  const double in_flight = first ? AsReal(p.pipeline) : 1;
  TrainingMemory memory;
  memory.weights = bytes(kWeightBytes, 3);
  memory.gradients = bytes(kGradientBytes, 2);
  memory.optimizer = bytes(kOptimizerBytes, 1);
  memory.activations = in_flight * tokens * AsReal(a.layers) / AsReal(p.pipeline) *
                       ActivationBytesPerTokenAndLayer(a, p);
  // Final norm's and head's inputs at 2 bytes, logits at 4 (Korthikanti et al., section 4.3).
  if (last) {
    memory.logits =
        tokens * 4 * (AsReal(a.hidden) / SequenceShare(p) + AsReal(a.vocab) / AsReal(p.tensor));
  }
  return memory;
}

std::optional<Violation> MustDivide(const char* field, Count size, Count whole, const char* what) {
  if (whole % size == 0) return std::nullopt;
  return Violation{field, fmt::to_string(size), fmt::format("must divide the {} {}", whole, what)};
}

}  // namespace

std::optional<Violation> CheckParallelism(const Architecture& a, const Parallelism& p) {
  if (auto bad = MustDivide("training.tensor_parallel", p.tensor, a.heads, "heads")) return bad;
  if (!a.mla && p.tensor % a.kv_heads != 0) {
    if (auto bad = MustDivide("training.tensor_parallel", p.tensor, a.kv_heads, "KV heads"))
      return bad;
  }
  if (MoeLayers(a) < a.layers) {
    if (auto bad = MustDivide("training.tensor_parallel", p.tensor, a.ffn, "channels of the FFN"))
      return bad;
  }
  if (a.moe) {
    if (auto bad =
            MustDivide("training.tensor_parallel", p.tensor, a.moe->ffn, "channels of an expert"))
      return bad;
    if (auto bad = MustDivide("training.expert_parallel", p.expert, p.data, "data-parallel ranks"))
      return bad;
    if (auto bad = MustDivide("training.expert_parallel", p.expert, a.moe->experts, "experts"))
      return bad;
  }
  return MustDivide("training.pipeline_parallel", p.pipeline, a.layers, "layers");
}

Bytes ActivationBytesPerTokenAndLayer(const Architecture& a, const Parallelism& p) {
  const double tensor = AsReal(p.tensor);
  const double sequence = SequenceShare(p);
  if (p.recompute == Recompute::kFull) return 2 * AsReal(a.hidden) / sequence;
  const Bytes scores = p.recompute == Recompute::kNone ? AttentionScores(a, p.context) : 0;
  // Inputs of two norms, of attention and of the FFN at 2 bytes, two dropout masks at 1; MLA's
  // latents likewise.
  const Bytes latents =
      a.mla ? 2 * AsReal(a.mla->q_lora_rank + a.mla->kv_lora_rank + a.mla->qk_rope_dim) : 0;
  return (10 * AsReal(a.hidden) + latents) / sequence + AttentionTensors(a, p) +
         (MeanFfnTensors(a) + scores) / tensor;
}

TrainingMemory MemoryPerAccelerator(const Architecture& a, const Parallelism& p) {
  const TrainingMemory first = MemoryOfStage(a, p, true, p.pipeline == 1);
  if (p.pipeline == 1) return first;
  const TrainingMemory last = MemoryOfStage(a, p, false, true);
  return first.Sum() < last.Sum() ? last : first;
}

}  // namespace perflaw
