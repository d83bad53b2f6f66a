#include <fmt/format.h>

#include "search/cli/shell/completion.hpp"

namespace perflaw {
namespace {

// The words behind the program's name that lead to a command, each after a blank.
std::string PathOf(const CommandDescription& command) {
  std::string path;
  for (std::size_t i = 1; i < command.path.size(); ++i) path += " " + command.path[i];
  return path;
}

void AddPaths(const CommandDescription& command, std::string& patterns) {
  for (const CommandDescription& sub : command.commands) {
    patterns += fmt::format("{}'{}'", patterns.empty() ? "" : " | ", PathOf(sub));
    AddPaths(sub, patterns);
  }
}

const char* FilesOf(const ValueCompletion& c) { return c.files ? "-f" : c.folders ? "-d" : ""; }

std::string Branch(const std::string& pattern, const ValueCompletion& c) {
  return fmt::format("    {}) words='{}' files={} ;;\n", pattern, fmt::join(c.words, " "),
                     FilesOf(c));
}

// What follows an option that takes a value.
void AddValues(const CommandDescription& command, std::string& branches) {
  for (const OptionDescription& option : command.options) {
    if (option.positional || option.value.empty()) continue;
    std::string pattern;
    for (const std::string& name : option.names)
      pattern += fmt::format("{}'{} {}'", pattern.empty() ? "" : " | ", PathOf(command), name);
    branches += Branch(pattern, CompletionOf(option));
  }
  for (const CommandDescription& sub : command.commands) AddValues(sub, branches);
}

// What may stand anywhere else: options behind a minus, else commands or what the positionals are.
void AddWords(const CommandDescription& command, std::string& branches) {
  std::vector<std::string> flags;
  ValueCompletion rest;
  for (const OptionDescription& option : command.options) {
    if (!option.positional) flags.insert(flags.end(), option.names.begin(), option.names.end());
    if (option.positional) rest = CompletionOf(option);
  }
  for (const CommandDescription& sub : command.commands) rest.words.push_back(sub.Name());
  branches += fmt::format("      '{}') flags='{}' words='{}' files={} ;;\n", PathOf(command),
                          fmt::join(flags, " "), fmt::join(rest.words, " "), FilesOf(rest));
  for (const CommandDescription& sub : command.commands) AddWords(sub, branches);
}

}  // namespace

std::string BashCompletion(const CommandDescription& program) {
  std::string paths, values, words;
  AddPaths(program, paths);
  AddValues(program, values);
  AddWords(program, words);
  return fmt::format(R"(# bash completion, made by `{0} completion bash`
_{0}() {{
  local current=${{COMP_WORDS[COMP_CWORD]}} previous=${{COMP_WORDS[COMP_CWORD - 1]}}
  local path='' flags='' words='' files='' i
  # --option=value comes in three words.
  if [[ $current == = ]]; then
    current=''
  elif [[ $previous == = && COMP_CWORD -gt 1 ]]; then
    previous=${{COMP_WORDS[COMP_CWORD - 2]}}
  fi
  for ((i = 1; i < COMP_CWORD; ++i)); do
    case "$path ${{COMP_WORDS[i]}}" in
      {1}) path+=" ${{COMP_WORDS[i]}}" ;;
    esac
  done
  case "$path $previous" in
{2}    *)
      case "$path" in
{3}      esac
      if [[ $current == -* ]]; then
        words=$flags files=''
      fi
      ;;
  esac
  mapfile -t COMPREPLY < <(
    compgen -W "$words" -- "$current"
    [[ -z $files ]] || compgen "$files" -- "$current"
  )
  [[ -z $files ]] || compopt -o filenames 2>/dev/null
  return 0
}}
complete -F _{0} {0}
)",
                     program.Name(), paths, values, words);
}

}  // namespace perflaw
