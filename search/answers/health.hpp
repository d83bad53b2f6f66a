// Is a training run as the law expects.
#pragma once

#include <string>
#include <vector>

#include "search/base/control.hpp"
#include "search/io/inputs/catalog.hpp"
#include "search/io/models/model_source.hpp"
#include "search/io/text/inputs.hpp"
#include "search/io/text/json.hpp"
#include "search/io/text/key_place.hpp"

namespace perflaw {

// `curve` holds the files of one run, `references` one file each of earlier healthy runs; `select` names the rows of a table of several.
struct HealthQuestion {
  ModelSource model;
  std::vector<std::string> curve, references;
  std::string select, law = kDefaultLaw;
};

// What `perflaw health` prints as JSON. Throws InputError.
Json Answer(const HealthQuestion& question, Inputs& inputs, Control& control,
            const KeyPlace& place = {});

}  // namespace perflaw
