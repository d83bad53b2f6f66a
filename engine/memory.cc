// The training-memory part of engine/cost.hpp.
#include <fmt/format.h>

#include <algorithm>

#include "engine/block_fields.hpp"
#include "engine/cost.hpp"
#include "engine/count_blocks.hpp"

namespace perflaw {
namespace {

constexpr Bytes kWeightBytes = 2, kGradientBytes = 4, kOptimizerBytes = 12;

// Into how many parts sequence parallelism splits what tensor parallelism leaves whole.
double SequenceShare(const Parallelism& p) { return p.sequence_parallel ? AsReal(p.tensor) : 1; }

// The share of the KV heads that one tensor-parallel rank holds: at least one whole head.
double KvShare(const SoftmaxAttention<Count>& a, const Parallelism& p) {
  return 1 / AsReal(std::min(p.tensor, a.kv_heads));
}

// What one block keeps of a token for the backward pass, in bytes on one rank. Divided by the tensor-parallel ranks: q and the output
// projection's input, k and v by no more than the KV heads; the score matrix with its dropout mask and dropout output; the input and
// output of an FFN's activation function and the gate's partner; a recurrent mixer's projected inputs and its output.
struct KeptOf {
  const Architecture& a;
  const Parallelism& p;

  double tensor() const { return AsReal(p.tensor); }
  Bytes Scores(Count heads) const {
    return p.recompute == Recompute::kNone ? 5 * AsReal(heads) * AsReal(p.context) / tensor() : 0;
  }
  Bytes Halves(double channels) const { return 2 * channels / tensor(); }
  static Bytes Ffn(bool gated, double width) { return 2 * (gated ? 3 : 2) * width; }

  Bytes operator()(const SoftmaxAttention<Count>& s) const {
    const double channels = AsReal(s.head_dim + s.v_head_dim);
    return 2 * channels * (AsReal(s.heads) / tensor() + AsReal(s.kv_heads) * KvShare(s, p)) +
           Scores(s.heads);
  }
  Bytes operator()(const LatentAttention<Count>& m) const {
    const double channels = AsReal(QkHeadDim(m) + m.v_head_dim);
    const Bytes latents = 2 * AsReal(m.q_lora_rank + m.kv_lora_rank + m.qk_rope_dim);
    return latents / SequenceShare(p) + Halves(2 * channels * AsReal(m.heads)) + Scores(m.heads);
  }
  Bytes operator()(const CompressedAttention& c) const {
    return 2 * AsReal(c.q_lora_rank + 2 * c.head_dim) / SequenceShare(p) +
           Halves(AsReal(2 * c.heads * c.head_dim + c.out_groups * c.out_rank));
  }
  Bytes operator()(const Indexer& i) const { return Halves(AsReal(i.heads * i.dim + i.dim)); }
  Bytes operator()(const GatedDelta& d) const {
    return Halves(AsReal(2 * d.key_heads * d.key_dim + 3 * d.value_heads * d.value_dim));
  }
  Bytes operator()(const KimiDelta& k) const { return Halves(6 * AsReal(k.heads * k.dim)); }
  Bytes operator()(const LightningAttention& l) const {
    return Halves(5 * AsReal(l.heads * l.dim));
  }
  Bytes operator()(const Mamba& m) const { return Halves(4 * AsReal(m.inner)); }
  Bytes operator()(const Mamba2& m) const {
    return Halves(AsReal(3 * m.inner + 2 * m.groups * m.state));
  }
  Bytes operator()(const ShortConvolution&) const { return Halves(4 * AsReal(a.hidden)); }
  Bytes operator()(const CustomPart&) const { return 0; }
  Bytes operator()(const DenseFfn<Count>& f) const {
    return Ffn(f.gated, AsReal(f.width)) / tensor();
  }
  // And the copies of its input that routing makes and combines again.
  Bytes operator()(const MoeFfn<Count>& e) const {
    const double width = AsReal(e.active * e.ffn + e.shared * e.shared_ffn);
    return (Ffn(e.gated, width) + 4 * AsReal(e.active * a.hidden)) / tensor();
  }
};

// Inputs of a norm and of a mixer or FFN at 2 bytes, and a dropout mask at 1: 5 h for each of the two halves of a layer.
Bytes InputsOf(const LayerKind& kind, const Architecture& a, const Parallelism& p) {
  bool mixes = false, works = false;
  for (const Block& block : kind.blocks) (IsMixer(block) ? mixes : works) = true;
  return 5 * AsReal((mixes ? 1 : 0) + (works ? 1 : 0)) * AsReal(a.hidden) / SequenceShare(p);
}

// Parameters on one accelerator of a stage, split by who shares their optimizer state.
struct StageParams {
  double common = 0, routed = 0;
};

StageParams ParamsOfStage(const Architecture& a, const BlockCounts& b, const Parallelism& p,
                          bool first, bool last) {
  const double layers = AsReal(b.attention + b.mixers + b.dense_ffn + b.shared_experts + b.router +
                               b.norms + b.biases + b.other);
  // A tied matrix serves both ends of a one-stage pipeline; a longer one keeps a copy on its last
  // stage.
  const bool own_head = last && a.lm_head && !(first && a.tied_embeddings);
  const double ends =
      (first ? AsReal(b.embedding) : 0) + (own_head ? AsReal(a.vocab) * AsReal(a.hidden) : 0);
  double kv = 0, kv_kept = 0;
  for (const LayerKind& kind : a.layers) {
    for (const Block& block : kind.blocks) {
      const auto* s = std::get_if<SoftmaxAttention<Count>>(&block);
      if (s == nullptr || s->key_values == KeyValues::kShared) continue;
      const Count values = s->key_values == KeyValues::kOwn ? s->v_head_dim : 0;
      const double own =
          AsReal(kind.count) * AsReal(a.hidden) * AsReal(s->kv_heads * (s->head_dim + values));
      kv += own;
      kv_kept += own * KvShare(*s, p);
    }
  }
  const double own_layers = (layers - kv) / AsReal(p.tensor) + kv_kept;
  return {own_layers / AsReal(p.pipeline) + ends / AsReal(p.tensor),
          AsReal(b.routed_experts) / AsReal(p.pipeline * p.tensor * p.expert)};
}

TrainingMemory MemoryOfStage(const Architecture& a, const BlockCounts& counts, const Parallelism& p,
                             bool first, bool last) {
  const StageParams params = ParamsOfStage(a, counts, p, first, last);
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
  memory.activations = in_flight * tokens * AsReal(Depth(a)) / AsReal(p.pipeline) *
                       ActivationBytesPerTokenAndLayer(a, p);
  // Final norm's and head's inputs at 2 bytes, logits at 4 (Korthikanti et al., section 4.3).
  if (last && a.lm_head) {
    memory.logits =
        tokens * 4 * (AsReal(a.hidden) / SequenceShare(p) + AsReal(a.vocab) / AsReal(p.tensor));
  }
  return memory;
}

std::optional<Violation> MustDivide(const char* field, Count size, Count whole, const char* what) {
  if (whole % size == 0) return std::nullopt;
  return Violation{field, fmt::to_string(size), fmt::format("must divide the {} {}", whole, what)};
}

struct DivisionOf {
  const Parallelism& p;

  std::optional<Violation> Tensor(Count whole, const char* what) const {
    return MustDivide("training.tensor_parallel", p.tensor, whole, what);
  }
  template <class B>
  std::optional<Violation> operator()(const B&) const {
    return std::nullopt;
  }
  std::optional<Violation> operator()(const SoftmaxAttention<Count>& s) const {
    if (auto bad = Tensor(s.heads, "heads")) return bad;
    return p.tensor % s.kv_heads == 0 ? std::nullopt : Tensor(s.kv_heads, "KV heads");
  }
  std::optional<Violation> operator()(const LatentAttention<Count>& m) const {
    return Tensor(m.heads, "heads");
  }
  std::optional<Violation> operator()(const CompressedAttention& c) const {
    return Tensor(c.heads, "heads");
  }
  std::optional<Violation> operator()(const GatedDelta& d) const {
    return Tensor(d.key_heads, "key heads of the delta net");
  }
  std::optional<Violation> operator()(const KimiDelta& k) const {
    return Tensor(k.heads, "heads of the delta attention");
  }
  std::optional<Violation> operator()(const LightningAttention& l) const {
    return Tensor(l.heads, "heads of the linear attention");
  }
  std::optional<Violation> operator()(const Mamba& m) const {
    return Tensor(m.inner, "channels of Mamba");
  }
  std::optional<Violation> operator()(const Mamba2& m) const {
    return Tensor(m.heads, "heads of Mamba-2");
  }
  std::optional<Violation> operator()(const DenseFfn<Count>& f) const {
    return Tensor(f.width, "channels of the FFN");
  }
  std::optional<Violation> operator()(const MoeFfn<Count>& e) const {
    if (auto bad = Tensor(e.ffn, "channels of an expert")) return bad;
    if (auto bad = MustDivide("training.expert_parallel", p.expert, p.data, "data-parallel ranks"))
      return bad;
    return MustDivide("training.expert_parallel", p.expert, e.experts, "experts");
  }
};

}  // namespace

std::optional<Violation> CheckParallelism(const Architecture& a, const Parallelism& p) {
  for (const LayerKind& kind : a.layers) {
    for (const Block& block : kind.blocks) {
      if (auto bad = VisitBlock(DivisionOf{p}, block)) return bad;
    }
  }
  return MustDivide("training.pipeline_parallel", p.pipeline, Depth(a), "layers");
}

Bytes ActivationBytesPerTokenAndLayer(const Architecture& a, const Parallelism& p) {
  if (p.recompute == Recompute::kFull) return 2 * AsReal(a.hidden) / SequenceShare(p);
  Bytes all = 0;
  for (const LayerKind& kind : a.layers) {
    Bytes kept = InputsOf(kind, a, p);
    for (const Block& block : kind.blocks) kept += VisitBlock(KeptOf{a, p}, block);
    all += AsReal(kind.count) * kept;
  }
  return all / AsReal(Depth(a));
}

TrainingMemory MemoryPerAccelerator(const Architecture& a, const Parallelism& p) {
  const BlockCounts counts = CountBlocks<Count>(a, Routed::kAll);
  const TrainingMemory first = MemoryOfStage(a, counts, p, true, p.pipeline == 1);
  if (p.pipeline == 1) return first;
  const TrainingMemory last = MemoryOfStage(a, counts, p, false, true);
  return first.Sum() < last.Sum() ? last : first;
}

}  // namespace perflaw
