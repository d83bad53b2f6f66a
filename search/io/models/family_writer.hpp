// From an architecture to a config.json that a family reads back as the same architecture.
#pragma once

#include <optional>

#include "search/io/models/family_shelf.hpp"

namespace perflaw {

// Of one family; nothing where it does not express the architecture whole.
std::optional<Json> WriteConfig(const Family& family, const Architecture& architecture);

// Of the first family that expresses it, the plainest first; nothing when none does.
std::optional<Json> ToHuggingFace(const Architecture& architecture, const FamilyShelf& shelf);

}  // namespace perflaw
