// `completion` and `man`: what shells and manuals know of the program, from its own definitions.
#include <algorithm>

#include "perflaw_version.hpp"
#include "search/cli/shell/command.hpp"
#include "search/cli/shell/completion.hpp"
#include "search/cli/shell/describe.hpp"
#include "search/cli/shell/man_page.hpp"

namespace perflaw {
namespace {

std::string Completion(const CommandDescription& program, const std::string& shell) {
  if (shell == "bash") return BashCompletion(program);
  return shell == "zsh" ? ZshCompletion(program) : FishCompletion(program);
}

// The name is one of the choices.
const CommandDescription& Find(const CommandDescription& program, const std::string& name) {
  const auto at = std::find_if(program.commands.begin(), program.commands.end(),
                               [&](const auto& command) { return command.Name() == name; });
  return at == program.commands.end() ? program : *at;
}

}  // namespace

void AddCompletion(CLI::App& app, int& status) {
  auto shell = std::make_shared<std::string>();
  CLI::App* command =
      app.add_subcommand("completion", "a script that completes command lines in a shell");
  command->add_option("shell", *shell, "the shell that will read it")
      ->required()
      ->check(CLI::IsMember({"bash", "zsh", "fish"}));
  AddExamples(*command,
              {"perflaw completion bash > ~/.local/share/bash-completion/completions/perflaw",
               "perflaw completion zsh > ~/.zfunc/_perflaw",
               "perflaw completion fish > ~/.config/fish/completions/perflaw.fish"});
  command->callback([shell, &app, &status] {
    Print(Completion(Describe(app), *shell));
    status = kDone;
  });
}

void AddMan(CLI::App& app, int& status) {
  auto name = std::make_shared<std::string>();
  CLI::App* command = app.add_subcommand("man", "the manual page of the program or of a command");
  std::vector<std::string> names;
  for (const CommandDescription& one : Describe(app).commands) names.push_back(one.Name());
  command->add_option("command", *name, "of which command; without, of the program")
      ->check(CLI::IsMember(names));
  AddExamples(*command, {"perflaw man search | man -l -"});
  command->callback([name, &app, &status] {
    const CommandDescription program = Describe(app);
    Print(ManPage(program, Find(program, *name), kVersion));
    status = kDone;
  });
}

}  // namespace perflaw
