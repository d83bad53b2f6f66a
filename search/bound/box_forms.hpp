// What a study's metrics can be over a box of a lattice: where boxes meet the engine. The counts and the law
// are the engine's own templates, evaluated on enclosures.
#pragma once

#include <optional>
#include <vector>

#include "engine/count_blocks.hpp"
#include "engine/number/posynomial.hpp"
#include "search/bound/lattice.hpp"
#include "search/study/objective.hpp"

namespace perflaw {

class BoxForms;

// What all boxes of a lattice have in common.
class FormMaker {
 public:
  // Both must outlive this.
  FormMaker(const ObjectiveFunction& objective, const Lattice& lattice);
  const ObjectiveFunction& objective() const { return *objective_; }
  const Lattice& lattice() const { return *lattice_; }
  Count DenseLayers() const;  // of the lattice's points

 private:
  friend class BoxForms;
  struct Counts {
    Posynomial total, active;
  };
  // Of a pattern at `layers` layers; 0: at its share of each mixer, whatever the layers, see PatternRatio.
  Counts CountsWith(Count shared, Count layers) const;
  Posynomial CountWith(Count shared, Count layers, Routed routed) const;
  // Bounds of the layers that have a mixer, over its share of the pattern times all of them, for every mixer and all numbers of layers
  // from `least` on. Layers are as those of kLayersVariable.
  Interval PatternRatio(double least) const;
  // The entry of counts_ of a box; see Counts.
  const Counts& CountsOf(const Box& box, Counts& made) const;

  const ObjectiveFunction* objective_;
  const Lattice* lattice_;
  bool has_planes_;  // false where a size follows from another by rounding down
  // By entry of the shared axis, while these are few; of a pattern first those of any number of layers, then those of each entry of the
  // layers axis, while these are few.
  std::vector<Counts> counts_;
};

// The forms of one box, computed as they are asked for.
class BoxForms {
 public:
  // Precondition: the box holds one number of shared experts, and as many experts as active ones at both
  // its corners. The maker must outlive this.
  BoxForms(const FormMaker& maker, const Box& box);

  Enclosure Of(Metric metric);  // of mmlu the raw score; see IsLog
  // The logarithm of a feature.
  Enclosure Of(Feature feature);
  const Enclosure& Raw();  // the law's, of tokens as the study spends them
  Enclosure Balance();     // the merit of Goal::kBalance
  bool FitsServing();      // whether any point may
  const LogBox& variables() const { return variables_; }

 private:
  Enclosure LogTokens();
  Enclosure LogWidest() const;
  Enclosure WidestBeside(double shared) const;
  Interval Corners(Metric metric);
  const Design& Corner(bool high);

  const FormMaker& maker_;
  Box box_;
  LogBox variables_;
  Enclosure layers_, hidden_, ffn_, total_, active_, widest_, tokens_;  // logarithms, base units
  std::optional<Enclosure> raw_;
  std::optional<Design> low_, high_;
};

// Variables of a box's planes. Layers are the MoE layers where some stay dense; with times_hidden the ffn
// variable is the multiplier.
enum BoxVariable {
  kLayersVariable,
  kHiddenVariable,
  kFfnVariable,
  kExpertsVariable,
  kActiveVariable,
  kTokensVariable
};
static_assert(kTokensVariable + 1 == kBoxVariables);
// The axis that a variable stands for.
AxisName AxisOfVariable(std::size_t variable);

}  // namespace perflaw
