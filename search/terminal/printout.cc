#include "search/terminal/printout.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "search/terminal/utf8_text.hpp"

namespace perflaw {
namespace {

// A paragraph: blanks in front would make it code, and some characters a heading, a quotation or a list.
std::string Paragraph(std::string_view line) {
  line.remove_prefix(std::min(line.find_first_not_of(' '), line.size()));
  const bool opens =
      !line.empty() && std::string_view("#>+-").find(line[0]) != std::string_view::npos;
  return fmt::format("{}{}", opens ? "\\" : "", EscapeMarkdown(line));
}

}  // namespace

void Printout::Line(std::string_view text, Tone tone) {
  parts_.emplace_back(ToneLine{Printable(text), tone});
}

void Printout::Lines(std::string_view text) {
  for (std::size_t end = 0; (end = text.find('\n')) != std::string_view::npos;) {
    Line(text.substr(0, end));
    text.remove_prefix(end + 1);
  }
}

void Printout::Warnings(const Json& texts) {
  for (const Json& text : texts) Line("warning: " + text.get<std::string>(), Tone::kDoubtful);
}

void Printout::Echo(const Json& notes, const Json& defaults) {
  for (const Json& note : notes) Line("note: " + note.get<std::string>());
  for (const Json& used : defaults) Line("default: " + used.get<std::string>());
}

void Printout::Append(Printout more) {
  for (auto& part : more.parts_) parts_.push_back(std::move(part));
}

std::string Printout::Text(const TerminalScreen& screen) const {
  std::string text;
  for (const auto& part : parts_) {
    if (const auto* line = std::get_if<ToneLine>(&part)) {
      text += Paint(line->text, line->tone, screen.colour) + "\n";
    } else if (const auto* table = std::get_if<TextTable>(&part)) {
      text += table->Format(screen.colour);
    } else {
      text += FormatChart(std::get<TextChart>(part), screen);
    }
  }
  return text;
}

std::string Printout::Markdown() const {
  std::string text;
  for (const auto& part : parts_) {
    std::string block;
    if (const auto* line = std::get_if<ToneLine>(&part)) {
      if (!line->text.empty()) block = Paragraph(line->text) + "\n";
    } else if (const auto* table = std::get_if<TextTable>(&part)) {
      block = table->Markdown();
    }
    if (!block.empty()) text += (text.empty() ? "" : "\n") + block;
  }
  return text;
}

}  // namespace perflaw
