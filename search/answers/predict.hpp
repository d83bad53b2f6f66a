// The score of one architecture, or of each row of a table.
#pragma once

#include <string>

#include "search/base/control.hpp"
#include "search/io/inputs/catalog.hpp"
#include "search/io/models/model_source.hpp"
#include "search/io/text/inputs.hpp"
#include "search/io/text/json.hpp"
#include "search/io/text/key_place.hpp"

namespace perflaw {

// As people write it: `table` a CSV file, else one model with its `tokens`. `year_month` is when the recipe is from, as 2024-06.
struct PredictQuestion {
  ModelSource model;
  std::string table, law = kDefaultLaw, tokens, gamma = "1", year_month;
};

// What `perflaw predict` prints as JSON. Throws InputError.
Json Answer(const PredictQuestion& question, Inputs& inputs, Control& control,
            const KeyPlace& place = {});

}  // namespace perflaw
