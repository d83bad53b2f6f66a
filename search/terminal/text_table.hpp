// Aligned tables for people.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace perflaw {

// What a piece of text is, which a terminal tells by colour.
enum class Tone { kPlain, kHeading, kGood, kDoubtful, kBad };

// `text` between the tone's escape sequences; as it stands when plain or without colour.
std::string Paint(std::string_view text, Tone tone, bool colour);

// Cells are shown as Printable() makes them, and take as many places as a terminal gives them.
class TextTable {
 public:
  explicit TextTable(std::vector<std::string> header);
  void Add(std::vector<std::string> cells, Tone tone = Tone::kPlain);  // as wide as the header
  // Two blanks between columns; no trailing blanks. A column with a number in it is right-aligned, the first one
  // only when it holds nothing else; the others are left-aligned.
  std::string Format(bool colour = false) const;
  // The same as a table of GitHub's Markdown.
  std::string Markdown() const;

 private:
  struct Row {
    std::vector<std::string> cells;
    Tone tone;
  };
  std::vector<bool> RightAligned() const;

  std::vector<Row> rows_;  // the header first
};

// Text that Markdown shows as it stands.
std::string EscapeMarkdown(std::string_view text);

}  // namespace perflaw
