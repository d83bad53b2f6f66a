// The flags that say which model a command is about: a file, or its shape.
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

#include "engine/architecture.hpp"
#include "engine/domain.hpp"
#include "search/io/inputs.hpp"

namespace perflaw {

struct ModelFlags {
  std::string model, layers, hidden, ffn, params, active_params, activated_ffn;
};

// Adds --model and the shape flags; --model excludes the others.
void AddModelFlags(CLI::App& command, ModelFlags& flags);

// The model that the flags describe, trained on `tokens`, and what was assumed of its file. Throws InputError
// naming the flag that is missing or wrong.
struct FlaggedModel {
  TrainedModel trained;
  std::vector<std::string> defaults, notes;
};
FlaggedModel ReadModelFlags(const ModelFlags& flags, Tokens tokens, Inputs& inputs);

}  // namespace perflaw
