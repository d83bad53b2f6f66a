// The parameters of one model, and what its tokens cost.
#pragma once

#include <string>

#include "search/base/control.hpp"
#include "search/io/text/inputs.hpp"
#include "search/io/text/json.hpp"
#include "search/io/text/key_place.hpp"

namespace perflaw {

// `model` is a config.json, a short form or a name in configs/models.
struct CountQuestion {
  std::string model, context = "4096", dtype = "bf16";
};

// What `perflaw count` prints as JSON. Throws InputError.
Json Answer(const CountQuestion& question, Inputs& inputs, Control& control,
            const KeyPlace& place = {});

}  // namespace perflaw
