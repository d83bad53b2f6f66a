// When to grow a dense model, and to what.
#pragma once

#include <string>

#include "search/base/control.hpp"
#include "search/io/text/inputs.hpp"
#include "search/io/text/json.hpp"
#include "search/io/text/key_place.hpp"

namespace perflaw {

// `law` and `gamma`, where they are not empty, stand in for those of the study.
struct ExpandQuestion {
  std::string study, law, gamma;
  int threads = 1;
};

// What `perflaw expand` prints as JSON: "status" says whether it was stopped, or that no target can be grown
// to; then there is no "best". Throws InputError.
Json Answer(const ExpandQuestion& question, Inputs& inputs, Control& control,
            const KeyPlace& place = {});

}  // namespace perflaw
