// How a result leaves the program: --format.
#pragma once

#include <functional>
#include <string>

#include "search/cli/shell/command_line.hpp"
#include "search/io/text/json.hpp"
#include "search/terminal/printout.hpp"

namespace perflaw {

enum class Format { kTable, kCsv, kJson, kMarkdown };

struct OutputFlags {
  Format format = Format::kTable;
  std::string name;
  bool json = false;
};

// Adds --format and --json, which is the same as --format json. Parsing sets `flags.format`, and throws InputError where
// the two contradict. The flags live as long as the command.
void AddFormat(Command& command, OutputFlags& flags);

// How a result reads; both see it as --json prints it.
struct Reading {
  std::function<Json(const Json& result)> rows;          // the main table, flat, in base units
  std::function<Printout(const Json& result)> printout;  // for people
};

// To standard output, coloured on a terminal that has colours.
void Print(const Printout& printout);

// Writes the result to standard output. Without rows, CSV is empty, which standard error is told. Throws
// std::runtime_error.
void Show(const OutputFlags& flags, const Json& result, const Reading& reading);

}  // namespace perflaw
