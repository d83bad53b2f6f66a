// The formulas behind engine/count.hpp, for any number type: exact integers, doubles, or what a bound needs.
#pragma once

#include "engine/count.hpp"

namespace perflaw {

// Which of its routed experts a layer is counted with.
enum class Routed { kAll, kActive };

// Adds `count` times what a block has, in N; the block's own sizes are M, which N can be made of.
template <class N>
class BlockCounter {
 public:
  // `hidden` is the architecture's. All must outlive this.
  BlockCounter(Blocks<N>& sum, const N& count, const N& hidden, Routed routed)
      : sum_(sum), count_(count), hidden_(hidden), routed_(routed) {}

  template <class M>
  void operator()(const SoftmaxAttention<M>& a) const {
    const N input = a.input > 0 ? Of(a.input) : hidden_;
    const auto heads = static_cast<N>(a.heads), kv_heads = static_cast<N>(a.kv_heads);
    const N queries = Of(a.head_dim) * heads, values = Of(a.v_head_dim) * heads;
    const bool keys = a.key_values != KeyValues::kShared;
    const bool own_values = a.key_values == KeyValues::kOwn;
    N matrices = input * queries + values * hidden_;
    if (keys) matrices = matrices + input * Of(a.head_dim) * kv_heads;
    if (own_values) matrices = matrices + input * Of(a.v_head_dim) * kv_heads;
    N gates = Of(0);
    if (a.gate == AttentionGate::kHead) gates = heads;
    if (a.gate == AttentionGate::kChannel) gates = values;
    matrices = matrices + hidden_ * gates;
    if (a.sinks) matrices = matrices + heads;
    N norm = Of(0);
    if (a.qk_norm == QkNorm::kHead) norm = Of(keys ? 2 : 1, a.head_dim);
    if (a.qk_norm == QkNorm::kFull) norm = keys ? Of(a.head_dim) * (heads + kv_heads) : queries;
    N biases = a.qk_norm_bias ? norm : Of(0);
    if (a.qkv_bias) biases = biases + queries;
    if (a.qkv_bias && keys) biases = biases + Of(a.head_dim) * kv_heads;
    if (a.qkv_bias && own_values) biases = biases + Of(a.v_head_dim) * kv_heads;
    if (a.gate_bias) biases = biases + gates;
    if (a.out_bias) biases = biases + hidden_;
    Add(sum_.attention, matrices, norm, biases);
  }

  template <class M>
  void operator()(const LatentAttention<M>& a) const {
    const N queries = static_cast<N>(a.heads) * Of(QkHeadDim(a)),
            values = static_cast<N>(a.heads) * Of(a.v_head_dim);
    const N query = a.q_lora_rank > 0 ? Of(a.q_lora_rank) * (hidden_ + queries) : hidden_ * queries;
    const N down = hidden_ * Of(a.kv_lora_rank + a.qk_rope_dim);
    const N up = Of(a.kv_lora_rank, a.qk_nope_dim + a.v_head_dim) * static_cast<N>(a.heads);
    N matrices = query + down + up + values * hidden_;
    if (a.sinks) matrices = matrices + static_cast<N>(a.heads);
    N biases = a.out_bias ? hidden_ : Of(0);
    if (a.down_bias) biases = biases + Of(a.q_lora_rank + a.kv_lora_rank + a.qk_rope_dim);
    Add(sum_.attention, a.gate ? matrices + hidden_ * values : matrices,
        Of(a.q_lora_rank + a.kv_lora_rank), biases);
  }

  void operator()(const CompressedAttention& a) const {
    const N wide = Of(a.heads, a.head_dim);
    N matrices = hidden_ * (Of(a.q_lora_rank + a.head_dim) + Of(a.out_groups, a.out_rank)) +
                 wide * Of(a.q_lora_rank + a.out_rank) + Of(a.heads);
    Count norms = a.q_lora_rank + a.head_dim;
    const auto compress = [&](Count dim, Count series) {
      matrices = matrices + hidden_ * Of(2, series, dim) + Of(a.rate, series, dim);
      norms += dim;
    };
    if (a.rate > 0) compress(a.head_dim, a.index_heads > 0 ? 2 : 1);
    if (a.rate > 0 && a.index_heads > 0) {
      compress(a.index_dim, 2);
      matrices =
          matrices + Of(a.index_heads, a.index_dim, a.q_lora_rank) + hidden_ * Of(a.index_heads);
    }
    Add(sum_.attention, matrices, Of(norms), Of(0));
  }

  void operator()(const Indexer& i) const {
    const N input = i.query_input > 0 ? Of(i.query_input) : hidden_;
    N matrices = input * Of(i.heads, i.dim) + hidden_ * Of(i.dim);
    if (i.head_weights) matrices = matrices + hidden_ * Of(i.heads);
    Add(sum_.attention, matrices, Of(2, i.dim), Of(0));
  }

  void operator()(const GatedDelta& d) const {
    const N keys = Of(d.key_heads, d.key_dim), values = Of(d.value_heads, d.value_dim);
    const N heads = Of(2, d.value_heads);
    Add(sum_.mixers,
        hidden_ * (Of(2) * keys + Of(3) * values + heads) + (Of(2) * keys + values) * Of(d.kernel) +
            heads,
        Of(d.value_dim), Of(0));
  }

  void operator()(const KimiDelta& k) const {
    const N wide = Of(k.heads, k.dim);
    const N matrices = hidden_ * (Of(4) * wide + Of(k.heads) + Of(k.dim)) +
                       wide * Of(3 * k.kernel + 1 + k.dim) + Of(k.heads);
    const N gate = k.full_gate ? hidden_ * wide : (hidden_ + wide) * Of(k.dim);
    Add(sum_.mixers, matrices + gate, Of(k.dim), Of(0));
  }

  void operator()(const LightningAttention& l) const {
    Add(sum_.mixers, hidden_ * Of(5, l.heads, l.dim), Of(l.heads, l.dim), Of(0));
  }

  void operator()(const Mamba& m) const {
    const N inner = Of(m.inner);
    N biases = m.conv_bias ? Of(2) * inner : inner;
    if (m.bias) biases = biases + Of(2) * inner + hidden_;
    Add(sum_.mixers, Of(3) * hidden_ * inner + inner * Of(m.kernel + 2 * m.rank + 3 * m.state + 1),
        Of(m.norms ? m.rank + 2 * m.state : 0), biases);
  }

  void operator()(const Mamba2& m) const {
    const N inner = Of(m.inner), conv = inner + Of(2, m.groups, m.state);
    const N in = inner + conv + Of(m.heads);
    N biases = Of(m.heads);
    if (m.conv_bias) biases = biases + conv;
    if (m.in_bias) biases = biases + in;
    if (m.out_bias) biases = biases + hidden_;
    Add(sum_.mixers, hidden_ * (in + inner) + conv * Of(m.kernel) + Of(2, m.heads),
        m.norm ? inner : Of(0), biases);
  }

  void operator()(const ShortConvolution& c) const {
    Add(sum_.mixers, Of(4) * hidden_ * hidden_ + Of(c.kernel) * hidden_, Of(0),
        c.bias ? Of(5) * hidden_ : Of(0));
  }

  void operator()(const CustomPart& p) const {
    const Count counted = routed_ == Routed::kAll ? p.params : p.params - p.inactive;
    Add(p.as_biases ? sum_.biases : sum_.other, Of(counted), Of(0), Of(0));
  }

  template <class M>
  void operator()(const DenseFfn<M>& f) const {
    const auto width = static_cast<N>(f.width);
    Add(sum_.dense_ffn, Of(f.gated ? 3 : 2) * hidden_ * width, Of(0),
        f.bias ? Of(f.gated ? 2 : 1) * width + hidden_ : Of(0));
  }

  template <class M>
  void operator()(const MoeFfn<M>& e) const {
    const N matrices = Of(e.gated ? 3 : 2), inner = Of(e.gated ? 2 : 1);
    const auto counted = static_cast<N>(routed_ == Routed::kAll ? e.experts : e.active);
    const N width = e.latent > 0 ? Of(e.latent) : hidden_;
    const auto ffn = static_cast<N>(e.ffn), shared = static_cast<N>(e.shared);
    const auto shared_ffn = static_cast<N>(e.shared_ffn);
    const N choices = static_cast<N>(e.experts) + Of(e.zero_experts);
    N merged = shared * matrices * hidden_ * shared_ffn;
    if (e.latent > 0) merged = merged + Of(2) * hidden_ * width;
    N biases = Of(0);
    if (e.bias) biases = biases + counted * (inner * ffn + width);
    if (e.shared_bias) biases = biases + shared * (inner * shared_ffn + hidden_);
    if (e.latent_bias) biases = biases + width + hidden_;
    if (e.router_bias) biases = biases + choices;
    sum_.routed_experts = sum_.routed_experts + count_ * counted * matrices * width * ffn;
    sum_.shared_experts = sum_.shared_experts + count_ * merged;
    Add(sum_.router, hidden_ * (e.shared_gate ? choices + Of(1) : choices),
        e.latent_norm ? width : Of(0), biases);
  }

 private:
  static N Of(Count a) { return static_cast<N>(a); }
  static N Of(Count a, Count b) { return Of(a) * Of(b); }
  static N Of(Count a, Count b, Count c) { return Of(a) * Of(b) * Of(c); }

  void Add(N& group, const N& matrices, const N& norms, const N& biases) const {
    group = group + count_ * matrices;
    sum_.norms = sum_.norms + count_ * norms;
    sum_.biases = sum_.biases + count_ * biases;
  }

  Blocks<N>& sum_;
  const N& count_;
  const N& hidden_;
  Routed routed_;
};

// What CountBlocks counts with all routed experts and not with the active ones.
inline Blocks<Count> InactiveBlocks(const Architecture& a) {
  Blocks<Count> b;
  for (const LayerKind& kind : a.layers) {
    for (const Block& block : kind.blocks) {
      if (const auto* e = std::get_if<MoeFfn<Count>>(&block)) {
        const Count idle = kind.count * (e->experts - e->active);
        const Count width = e->latent > 0 ? e->latent : a.hidden;
        b.routed_experts += idle * (e->gated ? 3 : 2) * width * e->ffn;
        if (e->bias) b.biases += idle * ((e->gated ? 2 : 1) * e->ffn + width);
      } else if (const auto* part = std::get_if<CustomPart>(&block)) {
        (part->as_biases ? b.biases : b.other) += kind.count * part->inactive;
      }
    }
  }
  for (const CustomPart& part : a.parts) b.other += part.inactive;
  return b;
}

template <class N, class M>
Blocks<N> CountBlocks(const ArchitectureOf<M>& a, Routed routed) {
  Blocks<N> b;
  const auto hidden = static_cast<N>(a.hidden), one = static_cast<N>(Count{1});
  b.embedding = static_cast<N>(a.vocab + a.learned_positions) * hidden;
  N norm_vectors = static_cast<N>(Count{a.embedding_norm ? 2 : 1});
  for (const auto& kind : a.layers) {
    const auto count = static_cast<N>(kind.count);
    const BlockCounter<N> counter(b, count, hidden, routed);
    for (const auto& block : kind.blocks) VisitBlock(counter, block);
    norm_vectors = norm_vectors + static_cast<N>(kind.norms) * count;
  }
  for (const CustomPart& part : a.parts) BlockCounter<N>(b, one, hidden, routed)(part);
  if (a.norm_weights) b.norms = b.norms + norm_vectors * hidden;
  if (a.norm_bias) b.biases = b.biases + norm_vectors * hidden;
  if (a.lm_head_bias) b.biases = b.biases + static_cast<N>(a.vocab);
  if (a.lm_head && !a.tied_embeddings) b.head = static_cast<N>(a.vocab) * hidden;
  return b;
}

}  // namespace perflaw
