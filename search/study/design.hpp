// From a point of a space to the architecture there, and what keeps it from being built: where the lattice meets the engine.
#pragma once

#include <string>

#include "engine/count.hpp"
#include "engine/law.hpp"
#include "engine/stack_template.hpp"
#include "search/study/space.hpp"

namespace perflaw {

struct Study;

// The architectures that are looked at: what the axes leave open, and the axes.
struct DesignSpace {
  // Vocabulary, attention shape, switches; and the switches of points with experts.
  StackTemplate base;
  Moe moe_base;
  bool heads_fixed = false;  // false: heads = hidden / head_dim
  Space space;
};

// One architecture of the space with its tokens, counts and score.
struct Design {
  Count index = 0;
  Point point{};
  Architecture architecture;
  Count total_params = 0, active_params = 0;
  ParamTotals Params() const { return {total_params, active_params}; }
  TrainedModel model;  // as the law sees it, tokens set
  LawTerms<double> law;
};

// Whether heads are hidden / head_dim at each point.
inline bool HeadsFollow(const DesignSpace& designs) {
  return !designs.heads_fixed && HeadsCount(designs.base);
}

// The template at a point, whatever rules it breaks. Precondition: its experts are 1 (dense) or more.
StackTemplate TemplateAt(const DesignSpace& designs, const Point& point);

// Makes the architecture the one there: the same without a template of its own, but for the order of its layers.
void SetArchitecture(const DesignSpace& designs, const Point& point, Architecture& architecture);

// Sets the width that the FFN axis stands for: of the experts, or else of every FFN.
void SetWidth(const DesignSpace& designs, Architecture& architecture, Count width);

// A point's architecture and counts, whatever rules it breaks; without index and score, and tokens only where they are an axis.
Design DesignAt(const DesignSpace& designs, const Point& point);

// Throws InputError of `file` when the largest architecture, which bounds every count of the space, cannot be counted.
void CheckLargest(const DesignSpace& designs, const std::string& file);

constexpr int kNoRule = -1;
// Why a point cannot be built, in the order in which this is asked.
enum BuildRule { kExpertsRule, kHeadsRule, kFfnRepeatRule, kParallelRule, kServingRule };

// The first rule that keeps the point from being built, or kNoRule and all of the design but what its tokens and score are
// (under TokenRule::kAxis the tokens stand).
int Build(const Study& study, Count index, Design& design);

}  // namespace perflaw
