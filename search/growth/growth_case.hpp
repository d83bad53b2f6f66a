// What is asked about growing a model, and what one moment of the switch gives.
#pragma once

#include <optional>

#include "engine/law.hpp"
#include "search/study/design.hpp"

namespace perflaw {

struct ExpansionStudy {
  Law law;
  double gamma = 1;
  GrowthStage from;               // tokens are not used where `moment_free`
  bool moment_free = false;       // the tokens before the switch are searched, too
  std::optional<GrowthStage> to;  // one plan, with its tokens; else a search of `targets`
  // Of the whole training, what `from` took included: 6 S1 T1 + 6 S2 T2 FLOPs. Not used for one plan.
  Flops budget = 0;
  // Only targets that the law's domain holds with all their tokens; of a search.
  bool inside_domain = false;
  DesignSpace targets;  // all dense
};

// What a switch after from_tokens gives.
struct SwitchMoment {
  Tokens from_tokens = 0, to_tokens = 0;
  double r = 0;               // may lie outside [0, 1]
  std::optional<double> raw;  // the score without any cap; nothing where r is outside [0, 1]
};

}  // namespace perflaw
