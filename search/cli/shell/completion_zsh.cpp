#include <fmt/format.h>

#include <map>

#include "search/cli/shell/completion.hpp"

namespace perflaw {
namespace {

// Inside single quotes.
std::string Quoted(const std::string& text) {
  std::string quoted = "'";
  for (const char c : text) {
    if (c == '\'') {
      quoted += "'\\''";
    } else {
      quoted += c;
    }
  }
  return quoted + "'";
}

// In a specification of _arguments and _describe a colon or bracket ends the text.
std::string Plain(const std::string& text) {
  std::string plain;
  for (const char c : text) {
    if (c == ':' || c == '[' || c == ']' || c == '\\') plain += '\\';
    plain += c;
  }
  return plain;
}

std::string FunctionOf(const CommandDescription& command) {
  return fmt::format("_{}", fmt::join(command.path, "_"));
}

// Presets and files together are a function of their own, since its colons would end an action.
std::string PresetsFunction(const std::string& value) { return "_perflaw_any_" + value; }

std::string Action(const OptionDescription& option) {
  const ValueCompletion c = CompletionOf(option);
  if (c.files && !c.words.empty()) return PresetsFunction(option.value);
  if (!c.words.empty()) return fmt::format("({})", fmt::join(c.words, " "));
  return c.files ? "_files" : c.folders ? "_files -/" : "";
}

// By name of the value, each once.
void AddPresets(const CommandDescription& command, std::map<std::string, std::string>& functions) {
  for (const OptionDescription& option : command.options) {
    const ValueCompletion c = CompletionOf(option);
    if (!c.files || c.words.empty()) continue;
    functions[option.value] =
        fmt::format("{}() {{\n  _alternative 'names:{}:({})' 'files:file:_files'\n}}\n",
                    PresetsFunction(option.value), option.value, fmt::join(c.words, " "));
  }
  for (const CommandDescription& sub : command.commands) AddPresets(sub, functions);
}

std::string Specification(const OptionDescription& option, const std::string& name) {
  // An option stands once unless it may be repeated, and never beside what it excludes.
  std::vector<std::string> others = option.excludes;
  if (!option.repeatable) others.insert(others.end(), option.names.begin(), option.names.end());
  std::string text = option.repeatable ? "*" : "";
  if (!others.empty()) text = fmt::format("({}){}", fmt::join(others, " "), text);
  // The sign lets the value follow either it or a blank.
  const char* sign = !option.value.empty() && name.starts_with("--") ? "=" : "";
  text += fmt::format("{}{}[{}]", name, sign, Plain(option.description));
  if (!option.value.empty()) text += fmt::format(":{}:{}", Plain(option.value), Action(option));
  return Quoted(text);
}

std::string Positional(const OptionDescription& option, int place) {
  const std::string where = option.repeatable ? "*" : fmt::format("{}", place);
  return Quoted(fmt::format("{}:{}{}:{}", where, option.required ? "" : ":", Plain(option.names[0]),
                            Action(option)));
}

std::string Arguments(const CommandDescription& command) {
  std::string text;
  int place = 0;
  for (const OptionDescription& option : command.options) {
    if (option.positional) {
      text += " \\\n    " + Positional(option, ++place);
      continue;
    }
    for (const std::string& name : option.names) text += " \\\n    " + Specification(option, name);
  }
  return text;
}

std::string Function(const CommandDescription& command) {
  std::string text = fmt::format("{}() {{\n", FunctionOf(command));
  if (command.commands.empty())
    return text + fmt::format("  _arguments{}\n}}\n", Arguments(command));
  std::string names, calls, functions;
  for (const CommandDescription& sub : command.commands) {
    names += fmt::format("\n        {}", Quoted(Plain(sub.Name()) + ":" + sub.description));
    calls += fmt::format("        {}) {} ;;\n", sub.Name(), FunctionOf(sub));
    functions += Function(sub);
  }
  text += fmt::format(
      R"(  local state line
  typeset -A opt_args
  _arguments -C{} \
    '1:command:->command' \
    '*::argument:->argument'
  case $state in
    command)
      local -a commands
      commands=({}
      )
      _describe command commands
      ;;
    argument)
      case $line[1] in
{}      esac
      ;;
  esac
}}
)",
      Arguments(command), names, calls);
  return text + functions;
}

}  // namespace

std::string ZshCompletion(const CommandDescription& program) {
  std::map<std::string, std::string> presets;
  AddPresets(program, presets);
  std::string functions;
  for (const auto& [value, function] : presets) functions += function;
  return fmt::format(R"(#compdef {0}
# zsh completion, made by `{0} completion zsh`
{1}{2}if [[ $funcstack[1] == _{0} ]]; then
  _{0} "$@"
else
  compdef _{0} {0}
fi
)",
                     program.Name(), functions, Function(program));
}

}  // namespace perflaw
