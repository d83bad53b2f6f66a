// Each block's fields by name, for all that reads, writes or checks them.
#pragma once

#include <array>

#include "engine/block.hpp"

namespace perflaw {

inline constexpr std::array<std::string_view, 3> kQkNormWords = {"none", "head", "full"};
inline constexpr std::array<std::string_view, 3> kGateWords = {"none", "head", "channel"};
inline constexpr std::array<std::string_view, 3> kKeyValueWords = {"own", "values_are_keys",
                                                                   "shared"};

// Calls visit.Size(name, value, least) for each whole number, where least 1 means that it must be given; visit.Flag(name, value) for
// each switch, and visit.Word(name, value, words) for each choice.
template <class V>
void VisitFields(SoftmaxAttention<Count>& b, V&& visit) {
  visit.Size("heads", b.heads, 1);
  visit.Size("kv_heads", b.kv_heads, 1);
  visit.Size("head_dim", b.head_dim, 1);
  visit.Size("v_head_dim", b.v_head_dim, 0);
  visit.Word("qk_norm", b.qk_norm, kQkNormWords);
  visit.Flag("qk_norm_bias", b.qk_norm_bias);
  visit.Flag("qkv_bias", b.qkv_bias);
  visit.Flag("out_bias", b.out_bias);
  visit.Word("gate", b.gate, kGateWords);
  visit.Flag("gate_bias", b.gate_bias);
  visit.Word("key_values", b.key_values, kKeyValueWords);
  visit.Flag("sinks", b.sinks);
  visit.Size("window", b.window, 0);
  visit.Size("input", b.input, 0);
}
template <class V>
void VisitFields(LatentAttention<Count>& b, V&& visit) {
  visit.Size("heads", b.heads, 1);
  visit.Size("q_lora_rank", b.q_lora_rank, 0);
  visit.Size("kv_lora_rank", b.kv_lora_rank, 1);
  visit.Size("qk_nope_dim", b.qk_nope_dim, 0);
  visit.Size("qk_rope_dim", b.qk_rope_dim, 0);
  visit.Size("v_head_dim", b.v_head_dim, 1);
  visit.Flag("down_bias", b.down_bias);
  visit.Flag("out_bias", b.out_bias);
  visit.Flag("gate", b.gate);
  visit.Flag("sinks", b.sinks);
  visit.Size("window", b.window, 0);
  visit.Size("top_k", b.top_k, 0);
}
template <class V>
void VisitFields(CompressedAttention& b, V&& visit) {
  visit.Size("heads", b.heads, 1);
  visit.Size("head_dim", b.head_dim, 1);
  visit.Size("q_lora_rank", b.q_lora_rank, 1);
  visit.Size("window", b.window, 1);
  visit.Size("out_groups", b.out_groups, 1);
  visit.Size("out_rank", b.out_rank, 1);
  visit.Size("rate", b.rate, 0);
  visit.Size("index_heads", b.index_heads, 0);
  visit.Size("index_dim", b.index_dim, 0);
  visit.Size("top_k", b.top_k, 0);
}
template <class V>
void VisitFields(Indexer& b, V&& visit) {
  visit.Size("heads", b.heads, 1);
  visit.Size("dim", b.dim, 1);
  visit.Size("query_input", b.query_input, 0);
  visit.Flag("head_weights", b.head_weights);
}
template <class V>
void VisitFields(GatedDelta& b, V&& visit) {
  visit.Size("key_heads", b.key_heads, 1);
  visit.Size("value_heads", b.value_heads, 1);
  visit.Size("key_dim", b.key_dim, 1);
  visit.Size("value_dim", b.value_dim, 1);
  visit.Size("kernel", b.kernel, 1);
}
template <class V>
void VisitFields(KimiDelta& b, V&& visit) {
  visit.Size("heads", b.heads, 1);
  visit.Size("dim", b.dim, 1);
  visit.Size("kernel", b.kernel, 1);
  visit.Flag("full_gate", b.full_gate);
}
template <class V>
void VisitFields(LightningAttention& b, V&& visit) {
  visit.Size("heads", b.heads, 1);
  visit.Size("dim", b.dim, 1);
}
template <class V>
void VisitFields(Mamba& b, V&& visit) {
  visit.Size("inner", b.inner, 1);
  visit.Size("state", b.state, 1);
  visit.Size("rank", b.rank, 1);
  visit.Size("kernel", b.kernel, 1);
  visit.Flag("conv_bias", b.conv_bias);
  visit.Flag("bias", b.bias);
  visit.Flag("norms", b.norms);
}
template <class V>
void VisitFields(Mamba2& b, V&& visit) {
  visit.Size("inner", b.inner, 1);
  visit.Size("heads", b.heads, 1);
  visit.Size("groups", b.groups, 1);
  visit.Size("state", b.state, 1);
  visit.Size("kernel", b.kernel, 1);
  visit.Flag("conv_bias", b.conv_bias);
  visit.Flag("in_bias", b.in_bias);
  visit.Flag("out_bias", b.out_bias);
  visit.Flag("norm", b.norm);
}
template <class V>
void VisitFields(ShortConvolution& b, V&& visit) {
  visit.Size("kernel", b.kernel, 1);
  visit.Flag("bias", b.bias);
}
template <class V>
void VisitFields(CustomPart& b, V&& visit) {
  visit.Large("params", b.params);
  visit.Large("inactive", b.inactive);
  visit.Large("lookup", b.lookup);
  visit.Large("cache", b.cache);
  visit.Large("state", b.state);
  visit.Flag("is_mixer", b.is_mixer);
  visit.Flag("as_biases", b.as_biases);
}
template <class V>
void VisitFields(DenseFfn<Count>& b, V&& visit) {
  visit.Size("width", b.width, 1);
  visit.Flag("gated", b.gated);
  visit.Flag("bias", b.bias);
}
template <class V>
void VisitFields(MoeFfn<Count>& b, V&& visit) {
  visit.Size("experts", b.experts, 1);
  visit.Size("active", b.active, 1);
  visit.Size("ffn", b.ffn, 1);
  visit.Size("shared", b.shared, 0);
  visit.Size("shared_ffn", b.shared_ffn, 0);
  visit.Flag("gated", b.gated);
  visit.Flag("bias", b.bias);
  visit.Flag("shared_bias", b.shared_bias);
  visit.Flag("shared_gate", b.shared_gate);
  visit.Flag("router_bias", b.router_bias);
  visit.Size("zero_experts", b.zero_experts, 0);
  visit.Size("latent", b.latent, 0);
  visit.Flag("latent_bias", b.latent_bias);
  visit.Flag("latent_norm", b.latent_norm);
}

// The block at a position of Block's alternatives, with its defaults.
template <std::size_t kKind = 0>
Block BlockOfKind(std::size_t kind) {
  if constexpr (kKind < std::variant_size_v<Block>)
    return kind == kKind ? Block(std::in_place_index<kKind>) : BlockOfKind<kKind + 1>(kind);
  else
    return {};
}

// A block's kind as files name it, and as tables say it.
struct BlockName {
  std::string_view key, words;
  bool is_mixer;
};
// In the order of Block's alternatives.
inline constexpr std::array<BlockName, std::variant_size_v<Block>> kBlockNames = {{
    {"attention", "attention", true},
    {"latent_attention", "latent attention", true},
    {"compressed_attention", "compressed attention", true},
    {"indexer", "indexer", true},
    {"gated_delta", "gated delta", true},
    {"kimi_delta", "Kimi delta", true},
    {"lightning", "lightning", true},
    {"mamba", "Mamba", true},
    {"mamba2", "Mamba-2", true},
    {"short_convolution", "short convolution", true},
    {"custom", "custom", false},
    {"dense", "dense", false},
    {"experts", "experts", false},
}};
inline const BlockName& NameOf(const Block& block) { return kBlockNames[block.index()]; }

}  // namespace perflaw
