// `completion` and `man`: what shells and manuals know of the program, from its own definitions.
#include <algorithm>

#include "perflaw_version.hpp"
#include "search/cli/shell/command.hpp"
#include "search/cli/shell/completion.hpp"
#include "search/cli/shell/describe.hpp"
#include "search/cli/shell/man_page.hpp"

namespace perflaw {
namespace {

// The name is one of the choices.
const CommandDescription& Find(const CommandDescription& program, const std::string& name) {
  const auto at = std::find_if(program.commands.begin(), program.commands.end(),
                               [&](const auto& command) { return command.Name() == name; });
  return at == program.commands.end() ? program : *at;
}

}  // namespace

void AddCompletion(Command& program) {
  auto shell = std::make_shared<std::string>();
  Command& command = program.Add("completion", "a script that completes command lines in a shell");
  command.Value("shell", *shell, "the shell that will read it")
      .Required()
      .OneOf({"bash", "zsh", "fish"});
  command.Examples({"perflaw completion bash > ~/.local/share/bash-completion/completions/perflaw",
                    "perflaw completion zsh > ~/.zfunc/_perflaw",
                    "perflaw completion fish > ~/.config/fish/completions/perflaw.fish"});
  command.Run([shell, &program] {
    Print(CompletionScript(program.Describe().Name(), *shell));
    return kDone;
  });
}

void AddMan(Command& program) {
  auto name = std::make_shared<std::string>();
  std::vector<std::string> names;
  for (const CommandDescription& one : program.Describe().commands) names.push_back(one.Name());
  Command& command = program.Add("man", "the manual page of the program or of a command");
  names.emplace_back("man");
  command.Value("command", *name, "of which command; without, of the program").OneOf(names);
  command.Examples({"perflaw man search | man -l -"});
  command.Run([name, &program] {
    const CommandDescription all = program.Describe();
    Print(ManPage(all, Find(all, *name), kVersion));
    return kDone;
  });
}

}  // namespace perflaw
