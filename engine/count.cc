#include "engine/count.hpp"

#include <algorithm>

#include "engine/count_blocks.hpp"

namespace perflaw {
namespace {

template <class N>
Blocks<N> BlocksOf(const Architecture& a, Count routed) {
  const Moe m = a.moe.value_or(Moe{});
  const Count moe_layers = MoeLayers(a);
  return CountBlocks<N>(a, {N(a.layers), N(a.layers - moe_layers), N(moe_layers), N(a.hidden),
                            N(a.heads), N(a.ffn), N(m.experts), N(routed), N(m.ffn)});
}

}  // namespace

ParamCounts CountParams(const Architecture& a) {
  return {BlocksOf<Count>(a, a.moe ? a.moe->experts : 0),
          BlocksOf<Count>(a, a.moe ? a.moe->active : 0)};
}

Count ActiveExcludingInputEmbedding(const Architecture& a) {
  return CountParams(a).Active() - (a.tied_embeddings ? 0 : a.vocab * a.hidden);
}

double ApproximateTotalParams(const Architecture& a) {
  return BlocksOf<double>(a, a.moe ? a.moe->experts : 0).Sum();
}

Count WidestFfn(const Architecture& a) {
  if (!a.moe) return a.ffn;
  const Moe& m = *a.moe;
  const Count dense = m.dense_layers > 0 ? a.ffn : 0;
  const Count activated = m.ffn < a.hidden ? (m.active + m.shared) * m.ffn : 0;
  return std::max({dense, m.shared * m.ffn, m.ffn, activated});
}

TrainedModel AsTrained(const Architecture& a, const ParamCounts& counts, Tokens tokens) {
  TrainedModel m;
  m.form = a.moe ? Form::kMoe : Form::kDense;
  m.layers = static_cast<double>(a.layers);
  m.hidden = static_cast<double>(a.hidden);
  m.ffn = static_cast<double>(LawFfn(a));
  m.widest_ffn = static_cast<double>(WidestFfn(a));
  m.tokens = tokens;
  m.total_params = static_cast<double>(counts.Total());
  m.active_params = static_cast<double>(counts.Active());
  return m;
}

}  // namespace perflaw
