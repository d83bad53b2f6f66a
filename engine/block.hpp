// What layers are made of: mixers, which pass values between tokens, and FFNs, which work on one token. Sizes that a search varies are of
// type N, so that a count may be an exact integer or a bound; all others are whole numbers. `hidden` below is the architecture's.
#pragma once

#include <array>
#include <cstddef>
#include <string_view>
#include <variant>

#include "engine/units.hpp"

namespace perflaw {

enum class QkNorm {
  kNone,
  kHead,  // one weight per head channel, shared by the heads: head_dim for q and for k
  kFull,  // over all heads: heads x head_dim for q, kv_heads x head_dim for k
};

enum class AttentionGate {
  kNone,
  kHead,     // one value a head: hidden x heads
  kChannel,  // one value a channel of the output: hidden x heads v_head_dim
};

// Where an attention's keys and values come from.
enum class KeyValues {
  kOwn,            // a projection each
  kValuesAreKeys,  // one projection for both; the cache holds both
  kShared,         // of an earlier layer: neither projection nor cache
};

// What a search does not vary of the attention below.
struct AttentionSwitches {
  Count head_dim = 0, v_head_dim = 0;  // channels of a head's query and key; of its value
  QkNorm qk_norm = QkNorm::kNone;
  bool qk_norm_bias = false;
  bool qkv_bias = false, out_bias = false;
  AttentionGate gate = AttentionGate::kNone;
  bool gate_bias = false;
  KeyValues key_values = KeyValues::kOwn;
  bool sinks = false;  // one learned attention sink a head
  Count window = 0;    // tokens that it reaches back; 0: all
  Count input = 0;     // channels that q, k and v read; 0: hidden
  bool operator==(const AttentionSwitches&) const = default;
};

// Softmax attention of grouped heads (Ainslie et al., arXiv:2305.13245). heads x head_dim need not be hidden.
template <class N>
struct SoftmaxAttention : AttentionSwitches {
  N heads{0}, kv_heads{0};
  bool operator==(const SoftmaxAttention&) const = default;
};

// What a search does not vary of the attention below.
struct LatentSizes {
  Count q_lora_rank = 0;  // 0: queries are projected directly
  Count kv_lora_rank = 0, qk_nope_dim = 0, qk_rope_dim = 0, v_head_dim = 0;
  bool down_bias = false, out_bias = false;  // on the projections down to the latents; on the last
  bool gate = false;   // of every channel of the output: hidden x heads v_head_dim
  bool sinks = false;  // one learned attention sink a head
  Count window = 0;    // tokens that it reaches back; 0: all
  Count top_k = 0;     // keys that an indexer leaves it; 0: all
  bool operator==(const LatentSizes&) const = default;
};

// Multi-head latent attention (DeepSeek-V2, arXiv:2405.04434, section 2.1).
template <class N>
struct LatentAttention : LatentSizes {
  N heads{0};
  bool operator==(const LatentAttention&) const = default;
};

// Scores every key so that an attention reads only the best (DeepSeek-V3.2, "lightning indexer").
struct Indexer {
  Count heads = 0, dim = 0;
  Count query_input = 0;      // channels that its queries read, the query's latent; 0: hidden
  bool head_weights = false;  // hidden x heads
  bool operator==(const Indexer&) const = default;
};

// One key, which is the value too, in a window of every layer; and, with `rate`, keys of as many tokens each (DeepSeek-V4).
struct CompressedAttention {
  Count heads = 0, head_dim = 0, q_lora_rank = 0, window = 0;
  Count out_groups = 1, out_rank = 0;
  Count rate = 0;  // tokens in a compressed key; 0: the window alone
  Count index_heads = 0,
        index_dim = 0;  // of an indexer over overlapping compressed keys; 0: all, none overlapping
  Count top_k = 0;
  bool operator==(const CompressedAttention&) const = default;
};

// Gated delta net (Yang et al., arXiv:2412.06464).
struct GatedDelta {
  Count key_heads = 0, value_heads = 0, key_dim = 0, value_dim = 0, kernel = 0;
  bool operator==(const GatedDelta&) const = default;
};

// Kimi delta attention (arXiv:2510.26692).
struct KimiDelta {
  Count heads = 0, dim = 0, kernel = 0;
  bool full_gate = false;  // the output gate is one matrix in place of two of rank `dim`
  bool operator==(const KimiDelta&) const = default;
};

// Linear attention with a fixed decay (MiniMax-01, arXiv:2501.08313).
struct LightningAttention {
  Count heads = 0, dim = 0;
  bool operator==(const LightningAttention&) const = default;
};

// Mamba (Gu and Dao, arXiv:2312.00752).
struct Mamba {
  Count inner = 0, state = 0, rank = 0, kernel = 0;
  bool conv_bias = false, bias = false;
  bool norms = false;  // of dt, B and C
  bool operator==(const Mamba&) const = default;
};

// Mamba-2 (Dao and Gu, arXiv:2405.21060).
struct Mamba2 {
  Count inner = 0, heads = 0, groups = 0, state = 0, kernel = 0;
  bool conv_bias = false, in_bias = false, out_bias = false;
  bool norm = true;  // gated, of the inner channels
  bool operator==(const Mamba2&) const = default;
};

// A gated short convolution (LFM2).
struct ShortConvolution {
  Count kernel = 0;
  bool bias = false;
  bool operator==(const ShortConvolution&) const = default;
};

// A part that has no type here, by its numbers: RG-LRU, RWKV, hyper-connections, per-layer embeddings.
struct CustomPart {
  std::array<char, 24>
      name{};  // up to 23 characters; blocks are copied by the million, so no memory of its own
  Count params = 0;
  Count inactive = 0;  // of them a token does not pass
  Count lookup = 0;    // of them read from a table, not multiplied
  Count cache = 0;     // values a token, for ever
  Count state = 0;     // values a sequence
  bool is_mixer = false;
  bool as_biases =
      false;  // params are counted among the biases: vectors and scalars that shift or scale
  bool operator==(const CustomPart&) const = default;
};

template <class N>
struct DenseFfn {
  N width{0};
  bool gated = true, bias = false;
  bool operator==(const DenseFfn&) const = default;
};

// Mixture of experts: a router, `experts` of which a token passes `active`, and `shared` that every token passes.
template <class N>
struct MoeFfn {
  N experts{0}, active{0}, ffn{0};  // ffn: width of one
  N shared{0}, shared_ffn{0};       // their number, and the width of one
  bool gated = true;
  bool bias = false, shared_bias = false;
  bool shared_gate = false;  // one sigmoid gate (hidden weights) on the shared experts
  bool router_bias = false;  // one bias per expert
  Count zero_experts = 0;    // choices of the router that do nothing
  Count latent =
      0;  // channels in which the routed experts work, between two projections; 0: hidden
  bool latent_bias = false, latent_norm = false;
  bool operator==(const MoeFfn&) const = default;
};

template <class N>
using BlockOf = std::variant<SoftmaxAttention<N>, LatentAttention<N>, CompressedAttention, Indexer,
                             GatedDelta, KimiDelta, LightningAttention, Mamba, Mamba2,
                             ShortConvolution, CustomPart, DenseFfn<N>, MoeFfn<N>>;
using Block = BlockOf<Count>;

// std::visit, with the blocks that searches are full of first and in line.
template <class Visitor, class N>
decltype(auto) VisitBlock(Visitor&& visitor, const BlockOf<N>& block) {
  if (const auto* attention = std::get_if<SoftmaxAttention<N>>(&block)) return visitor(*attention);
  if (const auto* dense = std::get_if<DenseFfn<N>>(&block)) return visitor(*dense);
  if (const auto* moe = std::get_if<MoeFfn<N>>(&block)) return visitor(*moe);
  return std::visit(visitor, block);
}

}  // namespace perflaw
