// The flags that say which model a command is about: a file, or its shape.
#pragma once

#include <CLI/CLI.hpp>

#include "search/io/models/model_source.hpp"

namespace perflaw {

// Adds --model and the shape flags; --model excludes the others.
void AddModelFlags(CLI::App& command, ModelSource& source);

}  // namespace perflaw
