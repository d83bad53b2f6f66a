#include <fmt/format.h>

#include "search/cli/shell/completion.hpp"

namespace perflaw {
namespace {

std::string Quoted(const std::string& text) {
  std::string quoted = "'";
  for (const char c : text) {
    if (c == '\'' || c == '\\') quoted += '\\';
    quoted += c;
  }
  return quoted + "'";
}

std::string PathOf(const CommandDescription& command) {
  std::string path;
  for (std::size_t i = 1; i < command.path.size(); ++i) path += " " + command.path[i];
  return path;
}

void AddPaths(const CommandDescription& command, std::string& paths) {
  for (const CommandDescription& sub : command.commands) {
    paths += " " + Quoted(PathOf(sub));
    AddPaths(sub, paths);
  }
}

std::string Values(const ValueCompletion& c) {
  std::string text = c.files || c.folders ? " -F" : " -f";
  if (!c.words.empty()) text += " -a " + Quoted(fmt::format("{}", fmt::join(c.words, " ")));
  return text;
}

std::string Line(const std::string& begin, const OptionDescription& option) {
  if (option.positional) return begin + Values(CompletionOf(option)) + "\n";
  std::string line = begin;
  for (const std::string& name : option.names)
    line += name.starts_with("--") ? " -l " + name.substr(2) : " -s " + name.substr(1);
  line += " -d " + Quoted(option.description);
  if (!option.value.empty()) line += " -r" + Values(CompletionOf(option));
  return line + "\n";
}

void AddLines(const std::string& program, const CommandDescription& command, std::string& lines) {
  const std::string begin =
      fmt::format("complete -c {0} -n {1}", program,
                  Quoted(fmt::format("__{}_at {}", program, Quoted(PathOf(command)))));
  for (const OptionDescription& option : command.options) lines += Line(begin, option);
  for (const CommandDescription& sub : command.commands) {
    lines += fmt::format("{} -a {} -d {}\n", begin, sub.Name(), Quoted(sub.description));
    AddLines(program, sub, lines);
  }
}

}  // namespace

std::string FishCompletion(const CommandDescription& program) {
  std::string paths, lines;
  AddPaths(program, paths);
  AddLines(program.Name(), program, lines);
  return fmt::format(R"(# fish completion, made by `{0} completion fish`
# Whether the commands so far are those of the argument.
function __{0}_at
    set -l path ''
    for word in (commandline -opc)[2..-1]
        switch "$path $word"
            case{1}
                set path "$path $word"
        end
    end
    test "$path" = "$argv[1]"
end
complete -c {0} -f
{2})",
                     program.Name(), paths, lines);
}

}  // namespace perflaw
