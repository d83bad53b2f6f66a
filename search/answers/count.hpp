// The parameters of one model, and what its tokens cost.
#pragma once

#include <string>

#include "search/base/control.hpp"
#include "search/io/models/model_config.hpp"
#include "search/io/text/inputs.hpp"
#include "search/io/text/json.hpp"
#include "search/io/text/key_place.hpp"

namespace perflaw {

// `model` is a config.json, a folder with one, a short form or a name in configs/models. `dtype` empty: bf16, and weights as a quantized
// config stores them.
struct CountQuestion {
  std::string model, context = "4096", dtype;
  ModelOptions options;
};

// What `perflaw count` prints as JSON. Throws InputError.
Json Answer(const CountQuestion& question, Inputs& inputs, Control& control,
            const KeyPlace& place = {});

}  // namespace perflaw
