#include "engine/count.hpp"

#include <algorithm>

namespace perflaw {
namespace {

template <class N>
N AttentionMatrices(const Architecture& a) {
  const N hidden = N(a.hidden), heads = N(a.heads);
  if (!a.mla) return 2 * hidden * N(a.head_dim) * (heads + N(a.kv_heads));
  const Mla& m = *a.mla;
  const N queries = heads * N(m.qk_nope_dim + m.qk_rope_dim);
  const N query = m.q_lora_rank > 0 ? N(m.q_lora_rank) * (hidden + queries) : hidden * queries;
  const N down = hidden * N(m.kv_lora_rank + m.qk_rope_dim);
  const N up = N(m.kv_lora_rank) * heads * N(m.qk_nope_dim + m.v_head_dim);
  return query + down + up + heads * N(m.v_head_dim) * hidden;
}

template <class N>
N InnerNorms(const Architecture& a) {
  if (a.mla) return N(a.mla->q_lora_rank + a.mla->kv_lora_rank);
  switch (a.qk_norm) {
    case QkNorm::kHead:
      return 2 * N(a.head_dim);
    case QkNorm::kFull:
      return N(a.head_dim) * N(a.heads + a.kv_heads);
    case QkNorm::kNone:
      break;
  }
  return 0;
}

template <class N>
N FfnMatrices(const Architecture& a, Count ffn) {
  return N(a.gated_ffn ? 3 : 2) * N(a.hidden) * N(ffn);
}

template <class N>
N FfnBiases(const Architecture& a, Count ffn) {
  return a.biases.ffn ? N(a.gated_ffn ? 2 : 1) * N(ffn) + N(a.hidden) : N(0);
}

template <class N>
N AttentionBiases(const Architecture& a) {
  const N qkv = a.biases.qkv ? N(a.head_dim) * N(a.heads + 2 * a.kv_heads) : N(0);
  return qkv + (a.biases.out ? N(a.hidden) : N(0));
}

template <class N>
Blocks<N> CountBlocks(const Architecture& a, Count routed) {
  const N layers = N(a.layers), hidden = N(a.hidden), moe_layers = N(MoeLayers(a));
  const N norm_vectors = layers * N(a.norms_per_layer) + 1 + N(a.embedding_norm ? 1 : 0);
  Blocks<N> b;
  b.embedding = (N(a.vocab) + N(a.learned_positions)) * hidden;
  b.attention = layers * (AttentionMatrices<N>(a) + N(a.sinks ? a.heads : 0));
  b.dense_ffn = (layers - moe_layers) * FfnMatrices<N>(a, a.ffn);
  b.norms = (a.norm_weights ? norm_vectors * hidden : N(0)) + layers * InnerNorms<N>(a);
  b.biases = layers * AttentionBiases<N>(a) + (layers - moe_layers) * FfnBiases<N>(a, a.ffn) +
             (a.biases.norm ? norm_vectors * hidden : N(0)) + N(a.lm_head_bias ? a.vocab : 0);
  b.head = a.tied_embeddings ? N(0) : N(a.vocab) * hidden;
  if (a.moe) {
    const Moe& m = *a.moe;
    b.routed_experts = moe_layers * N(routed) * FfnMatrices<N>(a, m.ffn);
    b.shared_experts = moe_layers * N(m.shared) * FfnMatrices<N>(a, m.ffn);
    b.router = moe_layers * hidden * N(m.experts + (m.shared_gate ? 1 : 0));
    b.biases += moe_layers *
                (N(routed + m.shared) * FfnBiases<N>(a, m.ffn) + N(m.router_bias ? m.experts : 0));
  }
  return b;
}

}  // namespace

ParamCounts CountParams(const Architecture& a) {
  return {CountBlocks<Count>(a, a.moe ? a.moe->experts : 0),
          CountBlocks<Count>(a, a.moe ? a.moe->active : 0)};
}

Count ActiveExcludingInputEmbedding(const Architecture& a) {
  return CountParams(a).Active() - (a.tied_embeddings ? 0 : a.vocab * a.hidden);
}

double ApproximateTotalParams(const Architecture& a) {
  return CountBlocks<double>(a, a.moe ? a.moe->experts : 0).Sum();
}

Count WidestFfn(const Architecture& a) {
  if (!a.moe) return a.ffn;
  const Moe& m = *a.moe;
  const Count dense = m.dense_layers > 0 ? a.ffn : 0;
  const Count activated = m.ffn < a.hidden ? (m.active + m.shared) * m.ffn : 0;
  return std::max({dense, m.shared * m.ffn, m.ffn, activated});
}

TrainedModel AsTrained(const Architecture& a, const ParamCounts& counts, Tokens tokens) {
  TrainedModel m;
  m.form = a.moe ? Form::kMoe : Form::kDense;
  m.layers = static_cast<double>(a.layers);
  m.hidden = static_cast<double>(a.hidden);
  m.ffn = static_cast<double>(LawFfn(a));
  m.widest_ffn = static_cast<double>(WidestFfn(a));
  m.tokens = tokens;
  m.total_params = static_cast<double>(counts.Total());
  m.active_params = static_cast<double>(counts.Active());
  return m;
}

}  // namespace perflaw
