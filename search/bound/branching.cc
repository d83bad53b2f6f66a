#include "search/bound/branching.hpp"

namespace perflaw {

Branches::Branches(const ObjectiveFunction& objective) : cuts(objective.Rules().size() + 1) {
  const Study& study = objective.study();
  const auto points = [&](KeptRules kept) {
    return Lattice(study, Form::kDense, kept).Points() + Lattice(study, Form::kMoe, kept).Points();
  };
  const Count with_experts = points(KeptRules::kExperts);
  const Count with_heads = points(KeptRules::kExpertsAndHeads);
  cuts[kExpertsRule] = study.space.Size() - with_experts;
  cuts[kHeadsRule] = with_experts - with_heads;
  cuts[kParallelRule] = with_heads - points(KeptRules::kAllThatDivide);
  for (const Form form : {Form::kDense, Form::kMoe}) {
    lattices.push_back(std::make_unique<Lattice>(study, form));
    bounds.push_back(std::make_unique<BoxBounds>(objective, *lattices.back()));
  }
}

std::array<Count, kAxes> Middle(const Box& box) {
  std::array<Count, kAxes> middle{};
  for (std::size_t i = 0; i < kAxes; ++i) middle[i] = box.lo[i] + (box.hi[i] - box.lo[i]) / 2;
  return middle;
}

Count MiddleOf(const Node& node) { return node.bounds->lattice().Index(Middle(node.box)); }

std::array<Box, 2> Halves(const Box& box, std::size_t axis) {
  const Count middle = box.lo[axis] + (box.hi[axis] - box.lo[axis]) / 2;
  std::array<Box, 2> halves{box, box};
  halves[0].hi[axis] = middle;
  halves[1].lo[axis] = middle + 1;
  return halves;
}

void ForEachIndex(const Lattice& lattice, const Box& box, const std::function<void(Count)>& body) {
  std::array<Count, kAxes> at = box.lo;
  for (;;) {
    body(lattice.Index(at));
    std::size_t axis = kAxes;
    while (axis > 0 && at[axis - 1] == box.hi[axis - 1]) {
      at[axis - 1] = box.lo[axis - 1];
      --axis;
    }
    if (axis == 0) return;
    ++at[axis - 1];
  }
}

}  // namespace perflaw
