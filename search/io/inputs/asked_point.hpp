// A point of a space, named by its axes.
#pragma once

#include <string>

#include "search/io/text/json.hpp"
#include "search/study/space.hpp"

namespace perflaw {

// The index of {"layers": 80, "hidden": 8192, ...}, numbers plain or with a suffix; axes with a single value may be left out. `file` and
// `key` say where the point was named. Throws InputError, also when it is no point of the space.
Count AskedIndex(const Json& asked, const Space& space, const std::string& file,
                 const std::string& key);

// "layers=80,hidden=8192,..." as such an object. Throws InputError.
Json ParseAsked(const std::string& text, const std::string& file, const std::string& key);

}  // namespace perflaw
