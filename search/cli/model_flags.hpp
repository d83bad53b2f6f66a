// The flags that say which model a command is about: a file, or its shape.
#pragma once

#include "search/cli/shell/command_line.hpp"
#include "search/io/models/model_source.hpp"

namespace perflaw {

// Adds --model and the shape flags; --model excludes the others.
void AddModelFlags(Command& command, ModelSource& source);

}  // namespace perflaw
