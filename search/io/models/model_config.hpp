// Architectures from files: Hugging Face config.json, and the project's short form; and to a config.json.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/architecture.hpp"
#include "search/io/models/quantization.hpp"
#include "search/io/text/inputs.hpp"
#include "search/io/text/json.hpp"

namespace perflaw {

struct Model {
  std::string name;    // the file's stem, of a config.json its folder's name
  std::string source;  // "llama", ..., or "short form"
  Architecture architecture;
  std::vector<std::string> defaults;  // class defaults that stand in for absent keys
  std::vector<std::string> notes;     // parts of the model that are not counted
  std::optional<Quantization> quantization;
};

// How a model's file is to be read.
struct ModelOptions {
  std::string
      family;  // a family file or a folder of them, beside those that are shipped; empty: none
  std::string ignore_keys;  // of the config, whatever they may carry: "a,b"
};

// Reads the text of a model file. A root with "layers" and neither "model_type" nor "architectures" is the short form, any other a
// Hugging Face config: its text part where it is one of several. Throws InputError for an unknown family, a missing or contradictory
// key, an impossible value, and once for all unknown keys that may carry a size.
Model ParseModel(const std::string& text, const std::string& file, Inputs& inputs,
                 const ModelOptions& options = {});

}  // namespace perflaw
