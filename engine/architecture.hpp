// What an architecture is: a stack of layers, each a list of blocks, between an embedding and a head. It decides the parameter count,
// the cost and the score. Nothing here depends on how a file spells it.
#pragma once

#include <boost/container/small_vector.hpp>
#include <optional>
#include <string>
#include <vector>

#include "engine/block.hpp"

namespace perflaw {

// Searches make architectures of one kind of two blocks by the million, which then need no memory of their own.
template <class T, std::size_t kFew>
using FewOf = boost::container::small_vector<T, kFew>;

// One kind of layer, and how many of the stack are of it.
template <class N>
struct LayerKindOf {
  N count{0};
  FewOf<BlockOf<N>, 2> blocks;
  Count norms = 2;  // vectors of hidden channels
  bool operator==(const LayerKindOf&) const = default;
};
using LayerKind = LayerKindOf<Count>;

template <class N>
struct ArchitectureOf {
  N hidden{0};
  Count vocab = 0;
  bool tied_embeddings = false;
  Count learned_positions = 0;  // rows of the position table
  bool embedding_norm = false;  // and one final norm always
  bool lm_head = true;          // false: a model that predicts no tokens
  bool lm_head_bias = false;
  bool norm_weights = true;  // false: norms without parameters (OLMo 1)
  bool norm_bias = false;    // the shift of every norm of `norms`, the embedding's and the last
  FewOf<LayerKindOf<N>, 1> layers;
  // By depth, which of `layers`; empty: one kind after the other.
  std::vector<int> order;
  std::vector<CustomPart> parts;  // beside the layers
  bool operator==(const ArchitectureOf&) const = default;
};
using Architecture = ArchitectureOf<Count>;

// Number of layers.
template <class N>
N Depth(const ArchitectureOf<N>& a) {
  N depth{0};
  for (const auto& kind : a.layers) depth = depth + kind.count;
  return depth;
}

// Which of `layers` each layer is, by depth.
std::vector<int> KindsByDepth(const Architecture& architecture);

// Whether a block mixes tokens; a custom part says so itself.
bool IsMixer(const Block& block);

// The first block of a type, by depth of its kind; null where there is none.
template <class B>
const B* FirstBlock(const Architecture& a) {
  for (const LayerKind& kind : a.layers) {
    for (const Block& block : kind.blocks) {
      if (const B* found = std::get_if<B>(&block)) return found;
    }
  }
  return nullptr;
}

// What tables show of a stack: its first attention's heads (0: none) and its experts (dense: 1, 1, 0).
struct Outline {
  Count heads = 0;
  Count experts = 1, active = 1, shared = 0;
};
Outline OutlineOf(const Architecture& architecture);

struct LayerWords {
  std::string mixer, ffn;  // "none" where there is none
};
LayerWords WordsOf(const LayerKind& kind);
// All layers by number: "36 gated delta + 12 attention" and "48 experts"; and both in one.
LayerWords WordsOf(const Architecture& architecture);
std::string StackInWords(const Architecture& architecture);

// The same stack with another number of layers >= 1: its first, and where there are more, its pattern carried on.
Architecture WithLayers(const Architecture& architecture, Count layers);

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

// Channels of one head's query and key, and of its value.
template <class N>
Count QkHeadDim(const LatentAttention<N>& a) {
  return a.qk_nope_dim + a.qk_rope_dim;
}

}  // namespace perflaw
