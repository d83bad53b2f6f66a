#include "search/study/design.hpp"

#include <algorithm>

#include "engine/cost.hpp"
#include "search/base/error.hpp"
#include "search/study/study.hpp"

namespace perflaw {
namespace {

void CountInto(Design& d) {
  const ParamCounts counts = CountParams(d.architecture);
  d.total_params = counts.Total();
  d.active_params = counts.Active();
  d.model = AsTrained(d.architecture, counts, AsReal(d.point[kTokensAxis]));
}

}  // namespace

StackTemplate TemplateAt(const DesignSpace& designs, const Point& point) {
  StackTemplate a = designs.base;
  a.layers = point[kLayersAxis];
  a.hidden = point[kHiddenAxis];
  if (HeadsFollow(designs)) a.heads = a.hidden / a.head_dim;
  if (point[kExpertsAxis] == 1) {
    a.ffn = point[kFfnAxis];
    return a;
  }
  a.moe = designs.moe_base;
  a.moe->experts = point[kExpertsAxis];
  a.moe->active = point[kActiveAxis];
  a.moe->shared = point[kSharedAxis];
  a.moe->ffn = point[kFfnAxis];
  a.moe->shared_gate = a.moe->shared_gate && a.moe->shared > 0;
  return a;
}

void SetArchitecture(const DesignSpace& designs, const Point& point, Architecture& architecture) {
  const auto [layers, hidden, ffn, experts, active, shared, tokens] = point;
  TemplateSizes<Count> z;
  z.hidden = hidden;
  z.heads = HeadsFollow(designs) ? hidden / designs.base.head_dim : designs.base.heads;
  if (experts == 1) {
    z.dense_layers = layers;
    z.ffn = ffn;
    SetLayersByMixer(designs.base.pattern, layers, layers, z);
    return MakeStack<Count>(designs.base, nullptr, z, architecture);
  }
  Moe moe = designs.moe_base;
  moe.shared_gate = moe.shared_gate && shared > 0;
  z.dense_layers = moe.dense_layers;
  z.moe_layers = layers - moe.dense_layers;
  z.ffn = designs.base.ffn;
  z.experts = experts;
  z.active = active;
  z.shared = shared;
  z.expert_ffn = ffn;
  z.shared_ffn = moe.shared_ffn > 0 ? moe.shared_ffn : ffn;
  SetLayersByMixer(designs.base.pattern, moe.dense_layers, layers, z);
  MakeStack<Count>(designs.base, &moe, z, architecture);
}

void SetWidth(const DesignSpace& designs, Architecture& a, Count width) {
  const bool moe = IsMoe(a);
  for (LayerKind& kind : a.layers) {
    for (Block& block : kind.blocks) {
      if (auto* experts = std::get_if<MoeFfn<Count>>(&block)) {
        experts->ffn = width;
        if (designs.moe_base.shared_ffn == 0) experts->shared_ffn = width;
      } else if (auto* dense = std::get_if<DenseFfn<Count>>(&block); dense != nullptr && !moe) {
        dense->width = width;
      }
    }
  }
}

Design DesignAt(const DesignSpace& designs, const Point& point) {
  Design design;
  design.point = point;
  SetArchitecture(designs, point, design.architecture);
  CountInto(design);
  return design;
}

void CheckLargest(const DesignSpace& designs, const std::string& file) {
  const Space& space = designs.space;
  Point corner{};
  for (std::size_t i = 0; i < kAxes; ++i) corner[i] = space.axes[i].Max();
  if (!space.ffn_times_hidden.empty()) {
    const auto& times = space.ffn_times_hidden;
    corner[kFfnAxis] = static_cast<Count>(*std::max_element(times.begin(), times.end()) *
                                          AsReal(corner[kHiddenAxis])) +
                       space.ffn_multiple_of;
  }
  StackTemplate a = designs.base;
  a.layers = corner[kLayersAxis];
  a.hidden = corner[kHiddenAxis];
  a.ffn = std::max(a.ffn, corner[kFfnAxis]);
  if (HeadsFollow(designs)) {
    const Count kv_heads = KvHeadsOf(a);
    a.heads = (a.hidden / (a.head_dim * kv_heads) + 1) * kv_heads;
  }
  if (corner[kExpertsAxis] > 1) {
    a.moe = designs.moe_base;
    a.moe->experts = corner[kExpertsAxis];
    a.moe->active = 1;
    a.moe->shared = corner[kSharedAxis];
    a.moe->ffn = corner[kFfnAxis];
    a.moe->shared_gate = false;
  }
  if (const auto bad = Validate(a))
    throw InputError(file, "space", bad->field + " " + bad->value, bad->rule);
}

int Build(const Study& study, Count index, Design& d) {
  d.index = index;
  d.point = study.space.Decode(index);
  const auto [layers, hidden, ffn, experts, active, shared, tokens] = d.point;
  if (experts == 1 ? active != 1 || shared != 0
                   : active > experts || layers <= study.moe_base.dense_layers) {
    return kExpertsRule;
  }
  if (HeadsFollow(study) && !study.base.mla &&
      hidden % (study.base.head_dim * KvHeadsOf(study.base)) != 0)
    return kHeadsRule;
  if (study.space.RepeatsFfn(index)) return kFfnRepeatRule;
  const Architecture& a = d.architecture;
  SetArchitecture(study, d.point, d.architecture);
  if (study.training && CheckParallelism(a, *study.training)) return kParallelRule;
  CountInto(d);
  if (study.must_fit_serving && !FitsServing(a, d.Params(), study.inference->serving))
    return kServingRule;
  return kNoRule;
}

}  // namespace perflaw
