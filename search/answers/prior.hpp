// What real models look like, learned from tables, as `invert` takes it.
#pragma once

#include <string>
#include <vector>

#include "search/base/control.hpp"
#include "search/io/text/inputs.hpp"
#include "search/io/text/json.hpp"
#include "search/io/text/key_place.hpp"

namespace perflaw {

// CSV files as of `fit`, with year_month; without, the published models of configs/tables.
struct PriorQuestion {
  std::vector<std::string> tables;
};

// The text of a prior file; what was noticed of the tables goes to `notes`. Throws InputError.
std::string Answer(const PriorQuestion& question, Inputs& inputs, Control& control,
                   std::vector<std::string>& notes, const KeyPlace& place = {});

}  // namespace perflaw
