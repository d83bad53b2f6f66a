// Models from configs, for the tests of reading and writing them.
#pragma once

#include <string>

#include "search/io/models/model_config.hpp"
#include "search/io/text/files.hpp"
#include "tests/studies.hpp"

namespace perflaw {

inline std::string ConfigPath(const std::string& name) {
  return "configs/models/" + name + ".json";
}

inline Model PublishedModel(const std::string& name) {
  Inputs inputs;
  return ParseModel(ReadFile(ConfigPath(name)), ConfigPath(name), inputs);
}
inline Model ParseConfig(const std::string& text, const ModelOptions& options = {}) {
  Inputs inputs;
  return ParseModel(text, "dir/config.json", inputs, options);
}
inline Model ParseConfig(const Json& json, const ModelOptions& options = {}) {
  return ParseConfig(json.dump(), options);
}

}  // namespace perflaw
