// What every result carries, whatever its command.
#pragma once

#include <string>

#include "search/io/text/inputs.hpp"
#include "search/io/text/json.hpp"

namespace perflaw {

// What every result carries, first in the object. `law` is empty where none took part.
Json Envelope(const std::string& command, const std::string& law, const Inputs& inputs, int threads,
              double seconds, int ranks = 1);

// The result without these keys.
Json WithoutEnvelope(Json result);

// What each key that has more than one usual meaning means here.
Json ConventionsJson();
// The same for a line under a table.
inline constexpr const char* kConventionsLine =
    "units are decimal; active counts the input embedding; training is 6 x active x tokens FLOPs; "
    "KV cache is the mean "
    "over the context; decode speed is one sequence's, by roofline\n";

}  // namespace perflaw
