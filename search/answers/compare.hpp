// Architectures side by side.
#pragma once

#include <string>
#include <vector>

#include "search/base/control.hpp"
#include "search/io/inputs/catalog.hpp"
#include "search/io/models/model_config.hpp"
#include "search/io/text/inputs.hpp"
#include "search/io/text/json.hpp"
#include "search/io/text/key_place.hpp"

namespace perflaw {

// `tokens` adds the score, `accelerator` the speed of serving; both may be empty.
struct CompareQuestion {
  std::vector<std::string> models;
  std::string law = kDefaultLaw, gamma = "1", tokens, context = "4096", long_context = "131072";
  std::string dtype;  // empty: bf16, and weights as a quantized config stores them
  std::string accelerator, count = "1", batch = "1";
  ModelOptions options;  // of every model
};

// What `perflaw compare` prints as JSON. Throws InputError.
Json Answer(const CompareQuestion& question, Inputs& inputs, Control& control,
            const KeyPlace& place = {});

}  // namespace perflaw
