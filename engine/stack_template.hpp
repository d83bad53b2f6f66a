// An architecture whose layers are all alike but for their FFN: what a study varies and the project's short form says. ToStack gives
// the stack that it stands for.
#pragma once

#include <array>
#include <optional>
#include <type_traits>
#include <vector>

#include "engine/architecture.hpp"

namespace perflaw {

// A bias on each matrix of its group; `norm` is the shift of every layer norm.
struct Biases {
  bool qkv = false, out = false, ffn = false, norm = false;
  bool operator==(const Biases&) const = default;
};

struct Moe {
  Count experts = 0, active = 0, shared = 0;
  Count ffn = 0;           // width of one expert
  Count shared_ffn = 0;    // of a shared one; 0: the same
  Count dense_layers = 0;  // the first layers, which keep a dense FFN of StackTemplate::ffn
  bool shared_gate = false;
  bool router_bias = false;
  bool operator==(const Moe&) const = default;
};

// The first layers, whose attention reaches back no further than `tokens`.
struct SlidingWindow {
  Count tokens = 0, layers = 0;
  bool operator==(const SlidingWindow&) const = default;
};

// Mixers by depth, over and over: layer i has mixers[order[i mod order's size]].
struct MixerPattern {
  std::vector<Block>
      mixers;  // each in `order`; a softmax attention of 0 heads has as many as the template
  std::vector<int> order;  // empty: the template's own attention in every layer
  bool operator==(const MixerPattern&) const = default;
};

struct StackTemplate;

// What must divide the template's heads: the KV heads of its attention, of all in a pattern that have the template's heads.
Count KvHeadsOf(const StackTemplate& stack);
// Whether any layer has the template's heads.
bool HeadsCount(const StackTemplate& stack);

// How many of the layers from `from` on, before `to`, have the mixer: exact, and it rises with `to`.
Count LayersWith(const MixerPattern& pattern, int mixer, Count from, Count to);

struct StackTemplate {
  Count layers = 0, hidden = 0;
  Count heads = 0, kv_heads = 0, head_dim = 0;  // heads x head_dim need not be hidden
  Count vocab = 0;
  Count ffn = 0;  // dense FFN width; 0 when every layer is MoE
  bool gated_ffn = true;
  bool tied_embeddings = false;
  QkNorm qk_norm = QkNorm::kNone;
  Count norms_per_layer = 2;  // and one final norm always
  bool norm_weights = true;
  bool embedding_norm = false;
  Count learned_positions = 0;
  bool lm_head_bias = false;
  bool sinks = false;
  Biases biases;
  SlidingWindow sliding_window;
  std::optional<LatentSizes> mla;  // of latent attention, whose heads are the template's
  std::optional<Moe> moe;
  MixerPattern pattern;
  bool operator==(const StackTemplate&) const = default;
};

// The sizes of a template that a search varies.
template <class N>
struct TemplateSizes {
  N dense_layers{0}, moe_layers{0};
  N hidden{0}, heads{0};
  N ffn{0};  // of dense layers
  N experts{0}, active{0}, shared{0}, expert_ffn{0}, shared_ffn{0};
  // Of a pattern, layers by mixer: whatever dense_layers and moe_layers say.
  std::vector<N> dense_by_mixer, moe_by_mixer;
};

TemplateSizes<Count> SizesOf(const StackTemplate& stack);

// The numbers of layers by mixer of a pattern at `layers` layers, the first `dense` of them without experts.
void SetLayersByMixer(const MixerPattern& pattern, Count dense, Count layers,
                      TemplateSizes<Count>& sizes);

// Makes the block a mixer of a pattern.
template <class N>
void SetPatternMixer(const TemplateSizes<N>& z, const Block& mixer, BlockOf<N>& block) {
  const auto copy_heads = [&](const auto& from, auto& to) {
    to.heads = from.heads > 0 ? N(from.heads) : z.heads;
  };
  std::visit(
      [&](const auto& m) {
        using M = std::decay_t<decltype(m)>;
        if constexpr (std::is_same_v<M, SoftmaxAttention<Count>>) {
          auto& to = block.template emplace<SoftmaxAttention<N>>();
          static_cast<AttentionSwitches&>(to) = m;
          copy_heads(m, to);
          to.kv_heads = N(m.kv_heads);
        } else if constexpr (std::is_same_v<M, LatentAttention<Count>>) {
          auto& to = block.template emplace<LatentAttention<N>>();
          static_cast<LatentSizes&>(to) = m;
          copy_heads(m, to);
        } else if constexpr (!std::is_same_v<M, DenseFfn<Count>> &&
                             !std::is_same_v<M, MoeFfn<Count>>) {
          block = m;
        }
      },
      mixer);
}

// Makes the block the template's mixer.
template <class N>
void SetMixer(const StackTemplate& t, const TemplateSizes<N>& z, Count window, BlockOf<N>& block) {
  if (t.mla) {
    auto& latent = block.template emplace<LatentAttention<N>>();
    static_cast<LatentSizes&>(latent) = *t.mla;
    latent.heads = z.heads;
    latent.out_bias = t.biases.out;
    latent.sinks = t.sinks;
    latent.window = window;
    return;
  }
  auto& attention = block.template emplace<SoftmaxAttention<N>>();
  attention.heads = z.heads;
  attention.kv_heads = N(t.kv_heads);
  attention.head_dim = attention.v_head_dim = t.head_dim;
  attention.qk_norm = t.qk_norm;
  attention.qkv_bias = t.biases.qkv;
  attention.out_bias = t.biases.out;
  attention.sinks = t.sinks;
  attention.window = window;
}

// Makes `a` the template's stack with these sizes, and with these experts or none, whatever the template's own. In place, for searches
// come here for every point that they look at.
template <class N>
void MakeStack(const StackTemplate& t, const Moe* moe, const TemplateSizes<N>& z,
               ArchitectureOf<N>& a) {
  a.layers.clear();
  a.hidden = z.hidden;
  a.vocab = t.vocab;
  a.tied_embeddings = t.tied_embeddings;
  a.learned_positions = t.learned_positions;
  a.embedding_norm = t.embedding_norm;
  a.lm_head_bias = t.lm_head_bias;
  a.norm_weights = t.norm_weights;
  a.norm_bias = t.biases.norm;
  // With each of the mixers, and this FFN.
  const auto add = [&](const N& layers, const std::vector<N>& by_mixer, const auto& ffn) {
    for (std::size_t m = 0; m < std::max<std::size_t>(1, t.pattern.mixers.size()); ++m) {
      const bool patterned = !t.pattern.order.empty();
      if constexpr (std::is_same_v<N, Count>) {
        if (patterned && by_mixer[m] == 0) continue;
      }
      LayerKindOf<N>& kind = a.layers.emplace_back();
      kind.count = patterned ? by_mixer[m] : layers;
      kind.norms = t.norms_per_layer;
      kind.blocks.resize(2);
      if (patterned) {
        SetPatternMixer(z, t.pattern.mixers[m], kind.blocks.front());
      } else {
        SetMixer(t, z, 0, kind.blocks.front());
      }
      kind.blocks.back() = ffn;
    }
  };
  if (moe == nullptr || moe->dense_layers > 0)
    add(z.dense_layers, z.dense_by_mixer, DenseFfn<N>{z.ffn, t.gated_ffn, t.biases.ffn});
  if (moe != nullptr) {
    MoeFfn<N> experts;
    experts.experts = z.experts;
    experts.active = z.active;
    experts.ffn = z.expert_ffn;
    experts.shared_ffn = z.shared_ffn;
    experts.shared = z.shared;
    experts.gated = t.gated_ffn;
    experts.bias = experts.shared_bias = t.biases.ffn;
    experts.shared_gate = moe->shared_gate;
    experts.router_bias = moe->router_bias;
    add(z.moe_layers, z.moe_by_mixer, experts);
  }
}

// At the template's own sizes, with its windows, in the order of its pattern.
Architecture ToStack(const StackTemplate& stack);

// The first rule that the template breaks, if any, by the short form's fields.
std::optional<Violation> Validate(const StackTemplate& stack);

}  // namespace perflaw
