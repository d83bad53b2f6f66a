// Architectures from and to files: Hugging Face config.json, and the project's short form.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/architecture.hpp"
#include "search/io/models/model_config.hpp"
#include "search/io/text/json.hpp"

namespace perflaw {

struct Model {
  std::string name;    // the file's stem
  std::string source;  // "llama", ..., or "short form"
  Architecture architecture;
  std::vector<std::string> defaults;  // class defaults that stand in for absent keys
  std::vector<std::string> notes;     // parts of the model that are not counted
};

// Reads the text of a model file. A root with "model_type" is a Hugging Face config, any other the
// short form. Throws InputError for an unknown family, a missing, unknown, nested or contradictory
// key, or an impossible value.
Model ParseModel(const std::string& text, const std::string& file);

// The config.json of the first Hugging Face family that expresses the architecture whole: reading
// it back gives the same architecture. Nothing when no family does.
std::optional<Json> ToHuggingFace(const Architecture& architecture);

// The whole architecture in the short form; ReadShortForm reads it back.
Json ToShortForm(const Architecture& architecture);

}  // namespace perflaw
