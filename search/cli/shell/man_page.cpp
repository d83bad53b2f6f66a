#include "search/cli/shell/man_page.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "search/cli/shell/command.hpp"

namespace perflaw {
namespace {

// Text as it stands: a backslash or minus means itself, and a dot or quote in front begins no macro.
std::string Escaped(const std::string& text) {
  std::string roff;
  for (const char c : text) {
    if (c == '\\') {
      roff += "\\e";
    } else if (c == '-') {
      roff += "\\-";
    } else {
      roff += c == '\n' ? ' ' : c;
    }
  }
  const bool control = roff.starts_with('.') || roff.starts_with('\'');
  return control ? "\\&" + roff : roff;
}

std::string Bold(const std::string& text) { return "\\fB" + Escaped(text) + "\\fR"; }
std::string Italic(const std::string& text) { return "\\fI" + Escaped(text) + "\\fR"; }

// With a stop at its end, and a capital where it begins with a word rather than a name or an example.
std::string Sentence(std::string text) {
  const std::string word = text.substr(0, text.find(' '));
  const bool plain =
      std::all_of(word.begin(), word.end(), [](char c) { return c >= 'a' && c <= 'z'; });
  if (plain && word != text) text[0] = static_cast<char>(text[0] - 'a' + 'A');
  if (!text.empty() && text.back() != '.') text += '.';
  return text;
}

std::string Term(const std::string& term, const std::string& text) {
  return fmt::format(".TP\n{}\n{}\n", term, text);
}

// What is known of an option beside its description.
std::string Particulars(const OptionDescription& option) {
  std::string text;
  const auto add = [&](const char* label, const std::string& what) {
    if (!what.empty()) text += fmt::format(" {} {}.", label, Escaped(what));
  };
  add("One of", fmt::format("{}", fmt::join(option.choices, ", ")));
  add("Must be", option.rule);
  add("Default:", option.default_value);
  add("Not with", fmt::format("{}", fmt::join(option.excludes, ", ")));
  add("Needs", fmt::format("{}", fmt::join(option.needs, ", ")));
  if (option.required && !option.positional) text += " Required.";
  if (option.repeatable) text += " May be given several times.";
  return text;
}

std::string OptionTerm(const OptionDescription& option) {
  std::string term;
  for (const std::string& name : option.names) {
    term += term.empty() ? "" : ", ";
    term += option.positional ? Italic(name) : Bold(name);
  }
  if (!option.positional && !option.value.empty()) term += " " + Italic(option.value);
  return Term(term, Escaped(Sentence(option.description)) + Particulars(option));
}

std::string Synopsis(const CommandDescription& command) {
  std::string line = Bold(fmt::format("{}", fmt::join(command.path, " ")));
  for (const OptionDescription& option : command.options) {
    if (option.required && !option.positional)
      line += fmt::format(" {} {}", Bold(option.names.back()), Italic(option.value));
  }
  line += fmt::format(" [{}]", Italic("OPTIONS"));
  for (const OptionDescription& option : command.options) {
    if (!option.positional) continue;
    const std::string name = Italic(option.names[0]) + (option.repeatable ? " ..." : "");
    line += option.required ? " " + name : fmt::format(" [{}]", name);
  }
  if (!command.commands.empty()) line += " " + Italic("COMMAND");
  return line + "\n";
}

std::string Options(const CommandDescription& command) {
  std::string text;
  for (const OptionDescription& option : command.options) {
    if (option.positional) text += OptionTerm(option);
  }
  for (const OptionDescription& option : command.options) {
    if (!option.positional) text += OptionTerm(option);
  }
  return text;
}

std::string PageName(const std::vector<std::string>& path) {
  return fmt::format("{}", fmt::join(path, "-"));
}

// The commands with pages of their own.
std::string List(const CommandDescription& program) {
  std::string text = ".SH COMMANDS\n";
  for (const CommandDescription& command : program.commands)
    text += Term(Bold(command.Name()), Escaped(Sentence(command.description)));
  return text;
}

// The commands of a command, each with its options.
std::string Parts(const CommandDescription& command) {
  std::string text = ".SH COMMANDS\n";
  for (const CommandDescription& part : command.commands) {
    text += fmt::format(".SS {}\n{}.PP\n{}\n{}", Escaped(part.Name()), Synopsis(part),
                        Escaped(Sentence(part.description)), Options(part));
  }
  return text;
}

std::string Examples(const CommandDescription& command) {
  std::vector<std::string> lines = command.examples;
  for (const CommandDescription& part : command.commands)
    lines.insert(lines.end(), part.examples.begin(), part.examples.end());
  if (lines.empty()) return "";
  std::string text = ".SH EXAMPLES\n.nf\n.RS\n";
  for (const std::string& line : lines) text += Escaped(line) + "\n";
  return text + ".RE\n.fi\n";
}

std::string SeeAlso(const CommandDescription& program, const CommandDescription& command) {
  std::vector<std::string> pages;
  if (command.path != program.path) pages.push_back(PageName(program.path));
  for (const CommandDescription& other : program.commands) {
    if (other.path != command.path) pages.push_back(PageName(other.path));
  }
  std::string text = ".SH SEE ALSO\n";
  for (std::size_t i = 0; i < pages.size(); ++i)
    text += fmt::format(".BR {} (1){}\n", Escaped(pages[i]), i + 1 < pages.size() ? "," : "");
  return text;
}

std::string ExitStatuses() {
  std::string text = ".SH EXIT STATUS\n";
  for (const auto& [status, meaning] : kExitMeanings)
    text += Term(Bold(fmt::format("{}", static_cast<int>(status))), Escaped(meaning));
  return text;
}

}  // namespace

std::string ManPage(const CommandDescription& program, const CommandDescription& command,
                    const std::string& version) {
  const bool is_program = command.path == program.path;
  const std::string name = PageName(command.path);
  std::string page = fmt::format(
      ".TH \"{}\" 1 \"\" \"{} {}\" \"User Commands\"\n.SH NAME\n{} \\- {}\n", Escaped(name),
      Escaped(program.Name()), Escaped(version), Escaped(name), Escaped(command.description));
  page += ".SH SYNOPSIS\n" + Synopsis(command);
  page += ".SH DESCRIPTION\n" + Escaped(Sentence(command.description)) + "\n.SH OPTIONS\n" +
          Options(command);
  if (!command.commands.empty()) page += is_program ? List(command) : Parts(command);
  // Everything that examples of commands show belongs to their pages.
  page += ExitStatuses() +
          Examples(is_program ? CommandDescription{{}, {}, command.examples, {}, {}} : command);
  return page + SeeAlso(program, command);
}

}  // namespace perflaw
