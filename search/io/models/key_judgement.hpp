// What a key of a config.json that its family does not know means for the counts.
#pragma once

#include <string>

#include "search/io/text/json.hpp"

namespace perflaw {

enum class KeyMeaning {
  kNothing,  // generation, training, serving, bookkeeping; or a size that is off: null, false, 0, empty
  kUnused,        // unknown, but its name speaks of no size: noted
  kTower,         // of a part that sees or hears, which is not counted
  kMayCarrySize,  // refused
};
// By the words of the key, which stand between underscores. A tower's sizes are of it only in an object of its own.
KeyMeaning Judge(const std::string& key, const Json& value);

// Whether a word of the key is of a part that sees, hears or speaks.
bool NamesTower(const std::string& key);

}  // namespace perflaw
