#include "search/cli/shell/output.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdlib>
#include <optional>

#include "search/base/error.hpp"
#include "search/cli/shell/command.hpp"
#include "search/io/text/csv.hpp"
#include "search/io/text/numbers.hpp"

namespace perflaw {
namespace {

const std::array<std::string, 4> kFormats = {"table", "csv", "json", "markdown"};

std::string Environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

// By the names of the locale, since it need not be installed for a terminal to use its characters.
bool IsUtf8Locale() {
  std::string locale;
  for (const char* name : {"LC_ALL", "LC_CTYPE", "LANG"}) {
    if (locale = Environment(name); !locale.empty()) break;
  }
  std::transform(locale.begin(), locale.end(), locale.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return locale.find("utf-8") != std::string::npos || locale.find("utf8") != std::string::npos;
}

bool KnowsEscapes(const std::string& terminal) { return !terminal.empty() && terminal != "dumb"; }

// COLUMNS goes before what the terminal says of itself.
std::size_t TerminalColumns() {
  constexpr double kMost = 10000;
  const auto given = ParseNumber(Environment("COLUMNS"));
  if (given && *given >= 1 && *given <= kMost) return static_cast<std::size_t>(*given);
  winsize size{};
  if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return size.ws_col;
  return TerminalScreen().columns;
}

TerminalScreen StandardOutput() {
  TerminalScreen screen;
  screen.utf8 = IsUtf8Locale();
  if (isatty(STDOUT_FILENO) == 0) return screen;
  screen.colour = Environment("NO_COLOR").empty() && KnowsEscapes(Environment("TERM"));
  screen.columns = TerminalColumns();
  return screen;
}

void Settle(OutputFlags& flags) {
  if (flags.json && !flags.name.empty() && flags.name != "json")
    throw InputError("command line", "--format", flags.name, "contradicts --json");
  if (flags.json) flags.name = "json";
  const auto at = std::find(kFormats.begin(), kFormats.end(), flags.name);
  if (at != kFormats.end()) flags.format = static_cast<Format>(at - kFormats.begin());
}

}  // namespace

void AddFormat(Command& command, OutputFlags& flags) {
  command
      .Value("--format", flags.name,
             "what standard output gets: a table for people, its rows as CSV in base units, one "
             "JSON object, or Markdown")
      .OneOf({kFormats.begin(), kFormats.end()})
      .Takes("FORMAT")
      .ShowsDefault(kFormats.front());
  command.Flag("--json", flags.json, "the same as --format json");
  command.Check([&flags] { Settle(flags); });
}

void Print(const Printout& printout) { Print(printout.Text(StandardOutput())); }

void Show(const OutputFlags& flags, const Json& result, const Reading& reading) {
  switch (flags.format) {
    case Format::kTable:
      return Print(reading.printout(result));
    case Format::kMarkdown:
      return Print(reading.printout(result).Markdown());
    case Format::kJson:
      return Print(result.dump(2, ' ', false, Json::error_handler_t::replace) + "\n");
    case Format::kCsv: {
      const std::string text = FormatRows(reading.rows(result));
      if (text.empty()) fmt::print(stderr, "perflaw: no rows; --format table says why\n");
      return Print(text);
    }
  }
}

}  // namespace perflaw
