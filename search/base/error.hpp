// What is wrong with an input: thrown by readers and by whoever checks a study; ends a command with
// status 2.
#pragma once

#include <fmt/format.h>

#include <stdexcept>
#include <string>

namespace perflaw {

struct InputError : std::runtime_error {
  // `key` is the dotted path inside the file, `value` what stands there ("" when nothing does),
  // `rule` what it breaks.
  InputError(const std::string& file, const std::string& key, const std::string& value,
             const std::string& rule)
      : std::runtime_error(
            fmt::format("{}: {}{}: {}", file, key, value.empty() ? "" : " = " + value, rule)) {}
};

}  // namespace perflaw
