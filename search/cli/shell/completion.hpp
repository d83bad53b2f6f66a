// Completion of command lines: the program itself says what may stand in a place, and a short script in each shell asks it.
#pragma once

#include <string>
#include <vector>

#include "search/cli/shell/describe.hpp"

namespace perflaw {

// The first word of a command line that asks for completion, before "--" and the words so far, the last of them unfinished.
inline constexpr const char* kComplete = "__complete";

// What may stand in place of the last word: a candidate a line, with its description behind a tab where it has one; then ":files" or
// ":folders" where the names of these may stand there, too. Choices; names of configs/ for laws, models and accelerators; options
// behind a minus; commands. "--option=part" is completed whole; "=" as a word of its own, as bash splits it, is passed over.
std::string Candidates(const CommandDescription& program, std::vector<std::string> words);

// The script of "bash", "zsh" or "fish".
std::string CompletionScript(const std::string& program, const std::string& shell);

}  // namespace perflaw
