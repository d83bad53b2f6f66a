// The structures behind a closed model's score.
#pragma once

#include <cstdint>
#include <string>

#include "search/base/control.hpp"
#include "search/invert/case.hpp"
#include "search/io/text/inputs.hpp"
#include "search/io/text/json.hpp"
#include "search/io/text/key_place.hpp"

namespace perflaw {

// `file` is a case; `law`, where it is not empty, stands in for the case's.
struct InvertQuestion {
  std::string file, law;
  int threads = 1;
  std::uint64_t seed = 0;
  Count draws = InversionOptions().draws;  // of each kind
};

// What `perflaw invert` prints as JSON; "status" says whether it was stopped. Throws InputError.
Json Answer(const InvertQuestion& question, Inputs& inputs, Control& control,
            const KeyPlace& place = {});

}  // namespace perflaw
