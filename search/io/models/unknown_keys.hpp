// Keys of a config that its family does not know: noted, or refused all at once.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "search/io/text/json.hpp"

namespace perflaw {

class UnknownKeys {
 public:
  explicit UnknownKeys(std::string file) : file_(std::move(file)) {}

  // Of a wrapper at `path`, beside its text part: towers, or sizes. Throws InputError for a size that the text part has otherwise.
  void AddWrapper(const Json& wrapper, const std::string& path, const std::string& part);
  // Of a config at `path` whose family knows the keys `known`, paths as FamilyKey::paths.
  void AddConfig(const Json& config, const std::string& path, const std::set<std::string>& known);

  // Throws InputError where any key added may carry a size, naming all of them.
  void Refuse() const;
  // What is not counted, and what is not used.
  std::vector<std::string> Notes() const;

 private:
  void Look(const Json& object, const std::string& pattern, const std::string& shown,
            const std::set<std::string>& known);
  void Add(const std::string& key, const std::string& place, const Json& value);
  void AddSuspect(const std::string& place, const Json& value);

  std::string file_, values_;
  std::vector<std::string> suspects_, unused_;
  std::set<std::string> towers_;  // by the first word of their key
};

}  // namespace perflaw
