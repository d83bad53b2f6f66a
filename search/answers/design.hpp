// Single designs of a study: what each costs, and which rules it breaks.
#pragma once

#include "search/base/control.hpp"
#include "search/io/text/inputs.hpp"
#include "search/io/text/json.hpp"
#include "search/io/text/key_place.hpp"
#include "search/study/objective.hpp"

namespace perflaw {

// `points` is a list of {"layers", "hidden", ...}, see AskedIndex.
struct DesignQuestion {
  Study study;
  Json points;
};

// {"designs": [{"feasible", "breaks", "row", "breakdown", "architecture", "export"}]}: null for what cannot be built or has no Hugging
// Face config. Throws InputError.
Json Answer(const DesignQuestion& question, Inputs& inputs, Control& control,
            const KeyPlace& place = {});

}  // namespace perflaw
