#include "engine/stack_template.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "engine/count.hpp"

namespace perflaw {
namespace {

struct Limit {
  const char* field;
  Count value, least, most;
};

std::optional<Violation> CheckLimits(std::initializer_list<Limit> limits) {
  for (const Limit& limit : limits) {
    if (limit.value < limit.least || limit.value > limit.most) {
      return Violation{
          limit.field, fmt::to_string(limit.value),
          fmt::format("must be a whole number from {} to {}", limit.least, limit.most)};
    }
  }
  return std::nullopt;
}

std::optional<Violation> CheckPattern(const StackTemplate& a) {
  if (a.sliding_window.layers > 0)
    return Violation{"sliding_window.layers", fmt::to_string(a.sliding_window.layers),
                     "a pattern's windows stand in its mixers"};
  if (const Count divisor = KvHeadsOf(a); a.heads % divisor != 0)
    return Violation{
        "heads", fmt::to_string(a.heads),
        fmt::format("must be a multiple of {}, for the KV heads of the mixers", divisor)};
  return std::nullopt;
}

std::optional<Violation> CheckAttention(const StackTemplate& a) {
  if (!a.pattern.order.empty()) return CheckPattern(a);
  if (a.mla) {
    if (auto bad = CheckLimits({{"mla.q_lora_rank", a.mla->q_lora_rank, 0, kMaxWidth},
                                {"mla.kv_lora_rank", a.mla->kv_lora_rank, 1, kMaxWidth},
                                {"mla.qk_nope_dim", a.mla->qk_nope_dim, 0, kMaxWidth},
                                {"mla.qk_rope_dim", a.mla->qk_rope_dim, 0, kMaxWidth},
                                {"mla.v_head_dim", a.mla->v_head_dim, 1, kMaxWidth}})) {
      return bad;
    }
    if (a.mla->qk_nope_dim + a.mla->qk_rope_dim < 1)
      return Violation{"mla.qk_nope_dim", "0", "q and k need channels, with or without rope"};
    if (a.biases.qkv)
      return Violation{"biases.qkv", "true", "latent attention has no q, k, v biases here"};
    if (a.qk_norm != QkNorm::kNone) {
      return Violation{"qk_norm", "set", "latent attention has norms of its own and no qk_norm"};
    }
    return std::nullopt;
  }
  if (auto bad = CheckLimits(
          {{"kv_heads", a.kv_heads, 1, kMaxWidth}, {"head_dim", a.head_dim, 1, kMaxWidth}})) {
    return bad;
  }
  if (a.heads % a.kv_heads != 0) {
    return Violation{"kv_heads", fmt::to_string(a.kv_heads),
                     fmt::format("must divide the {} heads", a.heads)};
  }
  return std::nullopt;
}

std::optional<Violation> CheckFfn(const StackTemplate& a) {
  const bool any_dense = !a.moe || a.moe->dense_layers > 0;
  if (auto bad = CheckLimits({{"ffn", a.ffn, any_dense ? 1 : 0, kMaxWidth}})) return bad;
  if (!a.moe) return std::nullopt;
  if (auto bad = CheckLimits({{"moe.experts", a.moe->experts, 2, kMaxWidth},
                              {"moe.active", a.moe->active, 1, kMaxWidth},
                              {"moe.shared", a.moe->shared, 0, kMaxWidth},
                              {"moe.ffn", a.moe->ffn, 1, kMaxWidth},
                              {"moe.shared_ffn", a.moe->shared_ffn, 0, kMaxWidth},
                              {"moe.dense_layers", a.moe->dense_layers, 0, a.layers - 1}})) {
    return bad;
  }
  if (a.moe->active > a.moe->experts) {
    return Violation{"moe.active", fmt::to_string(a.moe->active),
                     fmt::format("active experts must be at most the {} experts", a.moe->experts)};
  }
  if (a.moe->shared_gate && a.moe->shared == 0) {
    return Violation{"moe.shared_gate", "true", "needs shared experts"};
  }
  return std::nullopt;
}

}  // namespace

TemplateSizes<Count> SizesOf(const StackTemplate& t) {
  const Moe moe = t.moe.value_or(Moe{});
  TemplateSizes<Count> z;
  z.dense_layers = t.moe ? moe.dense_layers : t.layers;
  z.moe_layers = t.layers - z.dense_layers;
  z.hidden = t.hidden;
  z.heads = t.heads;
  z.ffn = t.ffn;
  z.experts = moe.experts;
  z.active = moe.active;
  z.shared = moe.shared;
  z.expert_ffn = moe.ffn;
  z.shared_ffn = moe.shared_ffn > 0 ? moe.shared_ffn : moe.ffn;
  SetLayersByMixer(t.pattern, z.dense_layers, t.layers, z);
  return z;
}

Count KvHeadsOf(const StackTemplate& t) {
  if (t.pattern.order.empty()) return t.mla ? 1 : t.kv_heads;
  Count multiple = 1;
  for (const Block& mixer : t.pattern.mixers) {
    const auto* attention = std::get_if<SoftmaxAttention<Count>>(&mixer);
    // Past every size, no number of heads is a multiple.
    if (attention != nullptr && attention->heads == 0)
      multiple = std::min(std::lcm(multiple, attention->kv_heads), kMaxWidth + 1);
  }
  return multiple;
}

bool HeadsCount(const StackTemplate& t) {
  if (t.pattern.order.empty()) return true;
  return std::any_of(t.pattern.mixers.begin(), t.pattern.mixers.end(), [](const Block& mixer) {
    const auto* attention = std::get_if<SoftmaxAttention<Count>>(&mixer);
    const auto* latent = std::get_if<LatentAttention<Count>>(&mixer);
    return (attention != nullptr && attention->heads == 0) ||
           (latent != nullptr && latent->heads == 0);
  });
}

Count LayersWith(const MixerPattern& pattern, int mixer, Count from, Count to) {
  const auto before = [&](Count end) {
    const auto size = static_cast<Count>(pattern.order.size());
    const auto begin = pattern.order.begin();
    return end / size * std::count(begin, pattern.order.end(), mixer) +
           std::count(begin, begin + end % size, mixer);
  };
  return before(to) - before(from);
}

void SetLayersByMixer(const MixerPattern& pattern, Count dense, Count layers,
                      TemplateSizes<Count>& z) {
  const auto mixers = static_cast<int>(pattern.mixers.size());
  for (int m = 0; m < mixers; ++m) {
    z.dense_by_mixer.push_back(LayersWith(pattern, m, 0, dense));
    z.moe_by_mixer.push_back(LayersWith(pattern, m, dense, layers));
  }
}

namespace {

// The first `windowed` layers get the window: kinds are cut where that ends.
void AddWindow(const StackTemplate& t, Architecture& a) {
  FewOf<LayerKind, 1> cut;
  Count left = t.sliding_window.layers;
  for (const LayerKind& kind : a.layers) {
    const Count windowed = std::min(left, kind.count);
    left -= windowed;
    for (const auto& [count, window] :
         {std::pair{windowed, t.sliding_window.tokens}, {kind.count - windowed, Count{0}}}) {
      if (count == 0) continue;
      cut.push_back(kind);
      cut.back().count = count;
      SetMixer(t, SizesOf(t), window, cut.back().blocks.front());
    }
  }
  a.layers = std::move(cut);
}

// Kinds of layers as they first come by depth, and which of them each layer is.
void SetOrder(const StackTemplate& t, Architecture& a) {
  const TemplateSizes<Count> z = SizesOf(t);
  std::vector<int> kind_of;  // the kind in `a` of each mixer without experts, then with
  int kinds = 0;
  for (const auto* counts : {&z.dense_by_mixer, &z.moe_by_mixer}) {
    for (const Count count : *counts) kind_of.push_back(count > 0 ? kinds++ : -1);
  }
  std::vector<int> order, place(static_cast<std::size_t>(kinds), -1);
  FewOf<LayerKind, 1> by_depth;
  for (Count layer = 0; layer < t.layers; ++layer) {
    const auto mixer = static_cast<std::size_t>(
        t.pattern.order[static_cast<std::size_t>(layer) % t.pattern.order.size()]);
    const int kind = kind_of[layer < z.dense_layers ? mixer : t.pattern.mixers.size() + mixer];
    int& at = place[static_cast<std::size_t>(kind)];
    if (at < 0) {
      at = static_cast<int>(by_depth.size());
      by_depth.push_back(a.layers[static_cast<std::size_t>(kind)]);
    }
    order.push_back(at);
  }
  a.layers = std::move(by_depth);
  if (!std::is_sorted(order.begin(), order.end())) a.order = std::move(order);
}

}  // namespace

Architecture ToStack(const StackTemplate& t) {
  Architecture a;
  MakeStack(t, t.moe ? &*t.moe : nullptr, SizesOf(t), a);
  if (t.sliding_window.layers > 0) AddWindow(t, a);
  if (!t.pattern.order.empty()) SetOrder(t, a);
  return a;
}

std::optional<Violation> Validate(const StackTemplate& a) {
  if (auto bad = CheckLimits({{"layers", a.layers, 1, kMaxLayers},
                              {"hidden", a.hidden, 1, kMaxWidth},
                              {"heads", a.heads, HeadsCount(a) ? 1 : 0, kMaxWidth},
                              {"vocab", a.vocab, 1, kMaxWidth},
                              {"norms_per_layer", a.norms_per_layer, 0, 16},
                              {"learned_positions", a.learned_positions, 0, kMaxWidth},
                              {"sliding_window.tokens", a.sliding_window.tokens, 0, kMaxWidth},
                              {"sliding_window.layers", a.sliding_window.layers, 0, a.layers}})) {
    return bad;
  }
  if ((a.sliding_window.tokens > 0) != (a.sliding_window.layers > 0)) {
    return Violation{"sliding_window.layers", fmt::to_string(a.sliding_window.layers),
                     "a window needs both its tokens and its layers"};
  }
  if (auto bad = CheckAttention(a)) return bad;
  if (auto bad = CheckFfn(a)) return bad;
  if (!a.pattern.order.empty()) return Validate(ToStack(a));
  // 2% below 2^63: far more than the rounding of the approximate count.
  if (const double total = ApproximateTotalParams(ToStack(a)); total > 9e18) {
    return Violation{
        "layers", fmt::to_string(a.layers),
        fmt::format("together with the widths gives {:.3g} parameters; must stay under 9e18",
                    total)};
  }
  return std::nullopt;
}

}  // namespace perflaw
