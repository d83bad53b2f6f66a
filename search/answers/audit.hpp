// Which reported scores lie off the law.
#pragma once

#include <string>

#include "search/base/control.hpp"
#include "search/io/inputs/catalog.hpp"
#include "search/io/text/inputs.hpp"
#include "search/io/text/json.hpp"
#include "search/io/text/key_place.hpp"

namespace perflaw {

struct AuditQuestion {
  std::string table, law = kDefaultLaw, gamma = "1";
};

// What `perflaw audit` prints as JSON. Throws InputError.
Json Answer(const AuditQuestion& question, Inputs& inputs, Control& control,
            const KeyPlace& place = {});

}  // namespace perflaw
