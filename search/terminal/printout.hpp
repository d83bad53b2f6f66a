// What a command says to people: lines, tables and pictures in order, which each format lays out in its own way.
#pragma once

#include <string>
#include <variant>
#include <vector>

#include "search/io/text/json.hpp"
#include "search/terminal/text_chart.hpp"
#include "search/terminal/text_table.hpp"

namespace perflaw {

class Printout {
 public:
  // A line without its end, shown as Printable() makes it; an empty one sets the next apart.
  void Line(std::string_view text, Tone tone = Tone::kPlain);
  // Several lines, each with its end.
  void Lines(std::string_view text);
  void Table(TextTable table) { parts_.emplace_back(std::move(table)); }
  void Picture(TextChart chart) { parts_.emplace_back(std::move(chart)); }
  // "warning: ...", "note: ...", "default: ..." for each text of the array.
  void Warnings(const Json& texts);
  void Echo(const Json& notes, const Json& defaults);
  void Append(Printout more);

  std::string Text(const TerminalScreen& screen) const;
  // Tables as GitHub's, each line a paragraph, no pictures.
  std::string Markdown() const;

 private:
  struct ToneLine {
    std::string text;
    Tone tone;
  };
  std::vector<std::variant<ToneLine, TextTable, TextChart>> parts_;
};

}  // namespace perflaw
