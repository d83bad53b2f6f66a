// The size behind benchmark scores: by published lines, or a line fitted to a table.
#pragma once

#include <string>
#include <vector>

#include "search/base/control.hpp"
#include "search/io/text/inputs.hpp"
#include "search/io/text/json.hpp"
#include "search/io/text/key_place.hpp"

namespace perflaw {

// As people write it: one score for each benchmark, on its own scale.
struct SizeQuestion {
  std::vector<std::string> benchmarks, scores;
  std::string active_ratio;  // activated share of the parameters; empty where not known
};

// What `perflaw size predict` prints as JSON. Throws InputError.
Json Answer(const SizeQuestion& question, Inputs& inputs, Control& control,
            const KeyPlace& place = {});

// Of one benchmark's column of a table; with the activated share and the price as further features. Slopes of 0 or more where
// `nonnegative`.
struct SizeFitQuestion {
  std::string table;
  std::vector<std::string> benchmarks;
  bool with_active_ratio = false, with_price = false, nonnegative = false;
};

// What `perflaw size fit` prints as JSON. Throws InputError.
Json Answer(const SizeFitQuestion& question, Inputs& inputs, Control& control,
            const KeyPlace& place = {});

}  // namespace perflaw
