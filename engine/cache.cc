#include "engine/cache.hpp"

#include <algorithm>

namespace perflaw {
namespace {

struct StateOf {
  template <class B>
  double operator()(const B&) const {
    return 0;
  }
  double operator()(const GatedDelta& d) const {
    return AsReal(d.value_heads) * AsReal(d.key_dim) * AsReal(d.value_dim);
  }
  double operator()(const KimiDelta& k) const {
    return AsReal(k.heads) * AsReal(k.dim) * AsReal(k.dim);
  }
  double operator()(const LightningAttention& l) const {
    return AsReal(l.heads) * AsReal(l.dim) * AsReal(l.dim);
  }
  double operator()(const Mamba& m) const { return AsReal(m.inner) * AsReal(m.state); }
  double operator()(const Mamba2& m) const { return AsReal(m.inner) * AsReal(m.state); }
  double operator()(const CustomPart& p) const { return AsReal(p.state); }
};

// Inputs that wait for the tokens to come.
struct Waiting {
  double hidden;
  template <class B>
  double operator()(const B&) const {
    return 0;
  }
  double operator()(const GatedDelta& d) const {
    return AsReal(2 * d.key_heads * d.key_dim + d.value_heads * d.value_dim) * AsReal(d.kernel);
  }
  double operator()(const KimiDelta& k) const {
    return AsReal(3 * k.heads * k.dim) * AsReal(k.kernel);
  }
  double operator()(const Mamba& m) const { return AsReal(m.inner) * AsReal(m.kernel); }
  double operator()(const Mamba2& m) const {
    return AsReal(m.inner + 2 * m.groups * m.state) * AsReal(m.kernel);
  }
  double operator()(const ShortConvolution& c) const { return hidden * AsReal(c.kernel); }
  // Keys and gates of the tokens before the next compressed key, at the most; where keys overlap, of the key before it too.
  double operator()(const CompressedAttention& c) const {
    if (c.rate == 0) return 0;
    const Count before = c.rate - 1;
    return c.index_heads > 0 ? AsReal(4 * before + 2 * c.rate) * AsReal(c.head_dim + c.index_dim)
                             : AsReal(2 * before) * AsReal(c.head_dim);
  }
};

struct Cached {
  double growing = 0, windowed = 0;
  Count window = 0;
  double state = 0;
};
struct CachedOf {
  double hidden;
  template <class B>
  Cached operator()(const B& b) const {
    return {0, 0, 0, StateOf{}(b) + Waiting{hidden}(b)};
  }
  Cached operator()(const DenseFfn<Count>&) const { return {}; }
  Cached operator()(const MoeFfn<Count>&) const { return {}; }
  Cached operator()(const SoftmaxAttention<Count>& a) const {
    if (a.key_values == KeyValues::kShared) return {};
    const double values = AsReal(a.kv_heads * (a.head_dim + a.v_head_dim));
    return a.window > 0 ? Cached{0, values, a.window, 0} : Cached{values, 0, 0, 0};
  }
  Cached operator()(const LatentAttention<Count>& a) const {
    const double values = AsReal(a.kv_lora_rank + a.qk_rope_dim);
    return a.window > 0 ? Cached{0, values, a.window, 0} : Cached{values, 0, 0, 0};
  }
  Cached operator()(const CompressedAttention& a) const {
    const Count dims = a.head_dim + (a.index_heads > 0 ? a.index_dim : 0);
    return {a.rate > 0 ? AsReal(dims) / AsReal(a.rate) : 0, AsReal(a.head_dim), a.window,
            Waiting{hidden}(a)};
  }
  Cached operator()(const Indexer& i) const { return {AsReal(i.dim), 0, 0, 0}; }
  Cached operator()(const CustomPart& p) const { return {AsReal(p.cache), 0, 0, AsReal(p.state)}; }
};

}  // namespace

double RecurrentState(const Block& block) { return VisitBlock(StateOf{}, block); }

CacheValues CacheOf(const Architecture& a, Count context) {
  CacheValues all;
  const CachedOf cached_of{AsReal(a.hidden)};
  for (const LayerKind& kind : a.layers) {
    const double count = AsReal(kind.count);
    for (const Block& block : kind.blocks) {
      const Cached kept = VisitBlock(cached_of, block);
      all.growing += count * kept.growing;
      all.windowed += count * kept.windowed;
      if (kept.window > 0)
        all.held_of_windowed +=
            count * kept.windowed * std::min(1.0, AsReal(kept.window) / AsReal(context));
      all.per_sequence += count * kept.state;
    }
  }
  return all;
}

}  // namespace perflaw
