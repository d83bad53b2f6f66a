#include "search/io/models/family_writer.hpp"

namespace perflaw {

std::optional<Json> WriteConfig(const Family&, const Architecture&) { return std::nullopt; }
std::optional<Json> ToHuggingFace(const Architecture&, const FamilyShelf&) { return std::nullopt; }

}  // namespace perflaw
