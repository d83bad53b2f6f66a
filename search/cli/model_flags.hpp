// The flags that say which model a command is about: a file, or its shape.
#pragma once

#include "search/cli/shell/command_line.hpp"
#include "search/io/models/model_source.hpp"

namespace perflaw {

inline constexpr const char* kModelWords =
    "a config.json, a folder with one, a short form, or a name in configs/models";

// --family and --ignore-keys: how a model's file is read.
void AddModelOptions(Command& command, ModelOptions& options);

// Adds --model and the shape flags; --model excludes the others.
void AddModelFlags(Command& command, ModelSource& source);

}  // namespace perflaw
