// What an architecture is: the integers and switches of a decoder-only transformer that decide its
// parameter count, its cost and its score. Nothing here depends on how a file spells them.
#pragma once

#include <optional>
#include <string>

#include "engine/units.hpp"

namespace perflaw {

enum class QkNorm {
  kNone,
  kHead,  // one weight per head channel, shared by the heads: head_dim for q and for k
  kFull,  // over all heads: heads x head_dim for q, kv_heads x head_dim for k
};

// A bias on each matrix of its group; `norm` is the shift of every layer norm.
struct Biases {
  bool qkv = false, out = false, ffn = false, norm = false;
  bool operator==(const Biases&) const = default;
};

// Multi-head latent attention (DeepSeek-V2, arXiv:2405.04434, section 2.1). Dimensions in channels.
struct Mla {
  Count q_lora_rank = 0;  // 0: queries are projected directly
  Count kv_lora_rank = 0, qk_nope_dim = 0, qk_rope_dim = 0, v_head_dim = 0;
  bool operator==(const Mla&) const = default;
};

// Mixture of experts. Shared experts have the routed experts' width.
struct Moe {
  Count experts = 0, active = 0, shared = 0;
  Count ffn = 0;           // width of one expert
  Count dense_layers = 0;  // layers that keep a dense FFN of Architecture::ffn, wherever they stand
  bool shared_gate = false;  // one sigmoid gate (hidden weights) on the shared experts
  bool router_bias = false;  // one bias per expert
  bool operator==(const Moe&) const = default;
};

// Layers whose attention, and so whose KV cache, reaches back no further than `tokens`.
struct SlidingWindow {
  Count tokens = 0, layers = 0;
  bool operator==(const SlidingWindow&) const = default;
};

struct Architecture {
  Count layers = 0, hidden = 0;
  Count heads = 0, kv_heads = 0, head_dim = 0;  // heads x head_dim need not be hidden
  Count vocab = 0;
  Count ffn = 0;  // dense FFN width; 0 when every layer is MoE
  bool gated_ffn = true;
  bool tied_embeddings = false;
  QkNorm qk_norm = QkNorm::kNone;
  Count norms_per_layer = 2;  // and one final norm always
  bool norm_weights = true;   // false: norms without parameters (OLMo 1)
  bool embedding_norm = false;
  Count learned_positions = 0;  // rows of the position table
  bool lm_head_bias = false;
  bool sinks = false;  // one learned attention sink per head and layer
  Biases biases;
  SlidingWindow sliding_window;
  std::optional<Mla> mla;
  std::optional<Moe> moe;
  bool operator==(const Architecture&) const = default;
};

// A rule that a value breaks; the caller knows in which file the field stands.
struct Violation {
  std::string field, value, rule;
};

// The first rule that the architecture breaks, if any. What passes can be counted without overflow:
// every field is within its limit and the parameters are fewer than 2^63.
std::optional<Violation> Validate(const Architecture& architecture);

// Largest values that Validate accepts, far above anything trained.
inline constexpr Count kMaxLayers = 1'000'000;
inline constexpr Count kMaxWidth = 1LL << 30;  // channels, heads, experts, vocabulary

// Layers whose FFN is a mixture of experts; 0 for a dense model.
inline Count MoeLayers(const Architecture& a) { return a.moe ? a.layers - a.moe->dense_layers : 0; }

// Channels of one head's query and key, and of its value.
inline Count QkHeadDim(const Architecture& a) {
  return a.mla ? a.mla->qk_nope_dim + a.mla->qk_rope_dim : a.head_dim;
}
inline Count VHeadDim(const Architecture& a) { return a.mla ? a.mla->v_head_dim : a.head_dim; }

}  // namespace perflaw
