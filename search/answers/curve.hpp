// The law's score over tokens, layers or gamma, for one architecture.
#pragma once

#include <string>

#include "search/base/control.hpp"
#include "search/io/inputs/catalog.hpp"
#include "search/io/models/model_source.hpp"

namespace perflaw {

// As people write it: `vary` "tokens=1T..100T", "layers=8..300" or "gamma=1..3"; `tokens` where they do not vary; `gamma` one or
// more, "1,1.9,3": a series each.
struct CurveQuestion {
  ModelSource model;
  std::string vary, tokens, gamma = "1", law = kDefaultLaw, year_month;
  int points =
      50;  // of a series, at least 2: tokens evenly in logarithms, gamma evenly, layers whole
};

// What `perflaw curve` prints as JSON. Throws InputError.
Json Answer(const CurveQuestion& question, Inputs& inputs, Control& control,
            const KeyPlace& place = {});

}  // namespace perflaw
