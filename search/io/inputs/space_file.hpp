// The space of a study, from its JSON object.
#pragma once

#include "search/io/text/json.hpp"
#include "search/study/space.hpp"

namespace perflaw {

// Axes as lists or {"from", "to", "step"}; ffn also as {"times_hidden", "multiple_of"}; tokens also as "budget" or
// "least". Throws InputError, also for 2^63 points or more.
Space ReadSpace(Fields fields);

}  // namespace perflaw
