// From a config.json's text part and its family to the architecture.
#pragma once

#include <set>
#include <string>

#include "search/io/models/config_scope.hpp"

namespace perflaw {

// Deepest stack that a config may have: its layers are looked at one by one.
inline constexpr Count kMostConfigLayers = 100'000;

// The architecture; notes the defaults that it needed and what is not counted. Throws InputError naming key, value and rule.
Architecture ReadFamily(const Family& family, const Json& config, const ConfigPlace& place);

// Paths of the config's keys that the family knows, as FamilyKey::paths.
std::set<std::string> KnownKeys(const Family& family);

}  // namespace perflaw
