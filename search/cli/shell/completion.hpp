// Scripts that complete the program's command line in a shell.
#pragma once

#include <string>
#include <vector>

#include "search/cli/shell/describe.hpp"

namespace perflaw {

// What may stand where a value is expected.
struct ValueCompletion {
  std::vector<std::string> words;
  bool files = false, folders = false;
};
// Choices; names of configs/ and files for laws, models and accelerators; else files or folders where they are meant.
ValueCompletion CompletionOf(const OptionDescription& option);

std::string BashCompletion(const CommandDescription& program);
std::string ZshCompletion(const CommandDescription& program);
std::string FishCompletion(const CommandDescription& program);

}  // namespace perflaw
