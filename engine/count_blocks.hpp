// The formulas behind engine/count.hpp, for any number type: exact integers, doubles, or what a bound needs.
#pragma once

#include "engine/count.hpp"

namespace perflaw {

// The sizes that a count is a polynomial of; all else stands in the architecture.
template <class N>
struct CountedSizes {
  N layers, dense_layers, moe_layers;  // the first is the sum of the others
  N hidden, heads;
  N ffn;              // of dense layers
  N experts, routed;  // in the router; counted of its experts
  N expert_ffn;
};

template <class N>
N AttentionMatrices(const Architecture& a, const CountedSizes<N>& z) {
  if (!a.mla) return N(2 * a.head_dim) * z.hidden * (z.heads + N(a.kv_heads));
  const Mla& m = *a.mla;
  const N queries = z.heads * N(m.qk_nope_dim + m.qk_rope_dim);
  const N query = m.q_lora_rank > 0 ? N(m.q_lora_rank) * (z.hidden + queries) : z.hidden * queries;
  const N down = z.hidden * N(m.kv_lora_rank + m.qk_rope_dim);
  const N up = N(m.kv_lora_rank * (m.qk_nope_dim + m.v_head_dim)) * z.heads;
  return query + down + up + N(m.v_head_dim) * z.heads * z.hidden;
}

template <class N>
N InnerNorms(const Architecture& a, const CountedSizes<N>& z) {
  if (a.mla) return N(a.mla->q_lora_rank + a.mla->kv_lora_rank);
  switch (a.qk_norm) {
    case QkNorm::kHead:
      return N(2 * a.head_dim);
    case QkNorm::kFull:
      return N(a.head_dim) * (z.heads + N(a.kv_heads));
    case QkNorm::kNone:
      break;
  }
  return N(0);
}

template <class N>
N FfnMatrices(const Architecture& a, const CountedSizes<N>& z, const N& ffn) {
  return N(a.gated_ffn ? 3 : 2) * z.hidden * ffn;
}

template <class N>
N FfnBiases(const Architecture& a, const CountedSizes<N>& z, const N& ffn) {
  return a.biases.ffn ? N(a.gated_ffn ? 2 : 1) * ffn + z.hidden : N(0);
}

template <class N>
N AttentionBiases(const Architecture& a, const CountedSizes<N>& z) {
  const N qkv = a.biases.qkv ? N(a.head_dim) * (z.heads + N(2 * a.kv_heads)) : N(0);
  return qkv + (a.biases.out ? z.hidden : N(0));
}

template <class N>
Blocks<N> CountBlocks(const Architecture& a, const CountedSizes<N>& z) {
  const N norm_vectors = N(a.norms_per_layer) * z.layers + N(a.embedding_norm ? 2 : 1);
  Blocks<N> b;
  b.embedding = N(a.vocab + a.learned_positions) * z.hidden;
  b.attention = z.layers * (AttentionMatrices(a, z) + (a.sinks ? z.heads : N(0)));
  b.dense_ffn = z.dense_layers * FfnMatrices(a, z, z.ffn);
  b.norms = (a.norm_weights ? norm_vectors * z.hidden : N(0)) + z.layers * InnerNorms(a, z);
  b.biases = z.layers * AttentionBiases(a, z) + z.dense_layers * FfnBiases(a, z, z.ffn) +
             (a.biases.norm ? norm_vectors * z.hidden : N(0)) + N(a.lm_head_bias ? a.vocab : 0);
  b.head = a.tied_embeddings ? N(0) : N(a.vocab) * z.hidden;
  if (a.moe) {
    const Moe& m = *a.moe;
    b.routed_experts = z.moe_layers * z.routed * FfnMatrices(a, z, z.expert_ffn);
    b.shared_experts = z.moe_layers * N(m.shared) * FfnMatrices(a, z, z.expert_ffn);
    b.router = z.moe_layers * z.hidden * (z.experts + N(m.shared_gate ? 1 : 0));
    b.biases = b.biases + z.moe_layers * ((z.routed + N(m.shared)) * FfnBiases(a, z, z.expert_ffn) +
                                          (m.router_bias ? z.experts : N(0)));
  }
  return b;
}

}  // namespace perflaw
