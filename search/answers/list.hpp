// What is shipped, by kind.
#pragma once

#include <array>
#include <string>

#include "search/base/control.hpp"
#include "search/io/text/inputs.hpp"
#include "search/io/text/json.hpp"
#include "search/io/text/key_place.hpp"

namespace perflaw {

inline constexpr std::array<const char*, 6> kListedKinds = {"models", "families", "hardware",
                                                            "laws",   "studies",  "cases"};

struct ListQuestion {
  std::string kind;  // of kListedKinds, the folders of configs/
};

// What `perflaw list` prints as JSON: `items`, each with its name and a line that says what it is. Throws InputError.
Json Answer(const ListQuestion& question, Inputs& inputs, Control& control,
            const KeyPlace& place = {});

}  // namespace perflaw
