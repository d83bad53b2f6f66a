#include "engine/count.hpp"

#include <algorithm>

#include "engine/count_blocks.hpp"

namespace perflaw {
namespace {

// Calls with the block and its layer kind for each block of a type.
template <class B, class Visit>
void ForEach(const Architecture& a, Visit&& visit) {
  for (const LayerKind& kind : a.layers) {
    for (const Block& block : kind.blocks) {
      if (const B* of_type = std::get_if<B>(&block)) visit(*of_type, kind.count);
    }
  }
}

bool HasRecurrence(const Architecture& a) {
  bool found = false;
  for (const LayerKind& kind : a.layers) {
    for (const Block& block : kind.blocks) {
      const bool softmax = std::holds_alternative<SoftmaxAttention<Count>>(block) ||
                           std::holds_alternative<LatentAttention<Count>>(block) ||
                           std::holds_alternative<DenseFfn<Count>>(block) ||
                           std::holds_alternative<MoeFfn<Count>>(block);
      const auto* part = std::get_if<CustomPart>(&block);
      found = found || (part != nullptr ? part->is_mixer : !softmax);
    }
  }
  return found;
}

}  // namespace

ParamCounts CountParams(const Architecture& a) {
  ParamCounts counts;
  counts.total = CountBlocks<Count>(a, Routed::kAll);
  const BlockCounts inactive = InactiveBlocks(a);
  counts.active = counts.total;
  counts.active.routed_experts -= inactive.routed_experts;
  counts.active.biases -= inactive.biases;
  counts.active.other -= inactive.other;
  return counts;
}

Count ActiveExcludingInputEmbedding(const Architecture& a) {
  return CountParams(a).Active() - LookedUp(a);
}

Count LookedUp(const Architecture& a) {
  Count looked_up = a.tied_embeddings ? 0 : a.vocab * a.hidden;
  for (const CustomPart& part : a.parts) looked_up += part.lookup;
  ForEach<CustomPart>(
      a, [&](const CustomPart& part, Count count) { looked_up += count * part.lookup; });
  return looked_up;
}

double ApproximateTotalParams(const Architecture& a) {
  return CountBlocks<double>(a, Routed::kAll).Sum();
}

Count WidestFfn(const Architecture& a) {
  Count widest = 0;
  ForEach<DenseFfn<Count>>(
      a, [&](const DenseFfn<Count>& f, Count) { widest = std::max(widest, f.width); });
  ForEach<MoeFfn<Count>>(a, [&](const MoeFfn<Count>& e, Count) {
    const Count shared = e.shared * e.shared_ffn;
    const Count activated = e.ffn < a.hidden ? e.active * e.ffn + shared : 0;
    widest = std::max({widest, shared, e.ffn, activated});
  });
  return widest;
}

bool IsMoe(const Architecture& a) { return FirstBlock<MoeFfn<Count>>(a) != nullptr; }

Count LawFfn(const Architecture& a) {
  if (const auto* experts = FirstBlock<MoeFfn<Count>>(a)) return experts->ffn;
  return WidestFfn(a);
}

TrainedModel AsTrained(const Architecture& a, const ParamCounts& counts, Tokens tokens) {
  TrainedModel m;
  m.softmax_attention = !HasRecurrence(a);
  m.layers = static_cast<double>(Depth(a));
  m.hidden = static_cast<double>(a.hidden);
  m.widest_ffn = static_cast<double>(WidestFfn(a));
  const auto* experts = FirstBlock<MoeFfn<Count>>(a);
  m.form = experts != nullptr ? Form::kMoe : Form::kDense;
  m.ffn = experts != nullptr ? static_cast<double>(experts->ffn) : m.widest_ffn;
  m.tokens = tokens;
  m.total_params = static_cast<double>(counts.Total());
  m.active_params = static_cast<double>(counts.Active());
  return m;
}

}  // namespace perflaw
