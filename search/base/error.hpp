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

// For options that no file holds: throws InputError, `options` in place of the file, unless `holds`.
template <class Value>
void Demand(bool holds, const char* options, const char* key, const Value& value,
            const char* rule) {
  if (!holds) throw InputError(options, key, fmt::format("{}", value), rule);
}

}  // namespace perflaw
