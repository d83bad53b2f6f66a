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

// Whether it is attention by softmax, the only mixer that the law was checked on.
bool IsSoftmax(const Block& mixer) {
  return std::holds_alternative<SoftmaxAttention<Count>>(mixer) ||
         std::holds_alternative<LatentAttention<Count>>(mixer);
}

// See WidestFfn.
Count Widest(const MoeFfn<Count>& e, Count hidden) {
  const Count shared = e.shared * e.shared_ffn;
  const Count activated = e.ffn < hidden ? e.active * e.ffn + shared : 0;
  return std::max({shared, e.ffn, activated});
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

ParamTotals TotalsOf(const Architecture& a) {
  const ParamCounts counts = CountParams(a);
  return {counts.Total(), counts.Active()};
}

Count ActiveExcludingInputEmbedding(const Architecture& a) {
  return CountParams(a).Active() - LookedUp(a);
}

Count LookedUp(const Architecture& a) {
  Count looked_up = a.tied_embeddings && a.lm_head ? 0 : a.vocab * a.hidden;
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
  ForEach<MoeFfn<Count>>(
      a, [&](const MoeFfn<Count>& e, Count) { widest = std::max(widest, Widest(e, a.hidden)); });
  return widest;
}

bool IsMoe(const Architecture& a) { return FirstBlock<MoeFfn<Count>>(a) != nullptr; }

Count LawFfn(const Architecture& a) {
  if (const auto* experts = FirstBlock<MoeFfn<Count>>(a)) return experts->ffn;
  return WidestFfn(a);
}

TrainedModel AsTrained(const Architecture& a, const ParamCounts& counts, Tokens tokens) {
  TrainedModel m;
  Count depth = 0, widest = 0, expert = 0;
  for (const LayerKind& kind : a.layers) {
    depth += kind.count;
    for (const Block& block : kind.blocks) {
      if (const auto* dense = std::get_if<DenseFfn<Count>>(&block)) {
        widest = std::max(widest, dense->width);
      } else if (const auto* experts = std::get_if<MoeFfn<Count>>(&block)) {
        widest = std::max(widest, Widest(*experts, a.hidden));
        if (expert == 0) expert = experts->ffn;
      } else if (const auto* part = std::get_if<CustomPart>(&block)) {
        m.softmax_attention = m.softmax_attention && !part->is_mixer;
      } else {
        m.softmax_attention = m.softmax_attention && IsSoftmax(block);
      }
    }
  }
  m.layers = static_cast<double>(depth);
  m.hidden = static_cast<double>(a.hidden);
  m.widest_ffn = static_cast<double>(widest);
  m.form = expert > 0 ? Form::kMoe : Form::kDense;
  m.ffn = expert > 0 ? static_cast<double>(expert) : m.widest_ffn;
  m.tokens = tokens;
  m.total_params = static_cast<double>(counts.Total());
  m.active_params = static_cast<double>(counts.Active());
  return m;
}

}  // namespace perflaw
