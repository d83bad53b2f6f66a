#include "search/io/inputs.hpp"

#include <fmt/format.h>

#include "search/io/files.hpp"

namespace perflaw {

std::string Inputs::Read(const std::string& path) {
  std::string text = ReadFile(path);
  read_ += fmt::format("{}:", text.size()) + text;
  return text;
}

std::string Inputs::Sha256() const { return perflaw::Sha256(read_); }

}  // namespace perflaw
