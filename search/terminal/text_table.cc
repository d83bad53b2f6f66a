#include "search/terminal/text_table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "search/io/text/numbers.hpp"
#include "search/terminal/utf8_text.hpp"

namespace perflaw {
namespace {

bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsWordPart(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0; }

// "8/64+1" and "+2.50" begin as numbers do.
bool BeginsAsNumber(const std::string& cell) {
  const bool sign = !cell.empty() && (cell[0] == '-' || cell[0] == '+');
  return cell.size() > (sign ? 1u : 0u) && IsDigit(cell[sign ? 1 : 0]);
}

std::string Padded(const std::string& cell, std::size_t width, bool right) {
  const std::string blanks(width - DisplayWidth(cell), ' ');
  return right ? blanks + cell : cell + blanks;
}

std::vector<std::string> PrintableCells(std::vector<std::string> cells) {
  for (std::string& cell : cells) cell = Printable(cell);
  return cells;
}

}  // namespace

std::string Paint(std::string_view text, Tone tone, bool colour) {
  constexpr const char* kBegin[] = {"", "\033[1m", "\033[32m", "\033[33m", "\033[31m"};
  if (!colour || tone == Tone::kPlain || text.empty()) return std::string(text);
  return fmt::format("{}{}\033[0m", kBegin[static_cast<int>(tone)], text);
}

std::string EscapeMarkdown(std::string_view text) {
  std::string escaped;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    // An underscore between letters emphasises nothing.
    const bool inner =
        i > 0 && i + 1 < text.size() && IsWordPart(text[i - 1]) && IsWordPart(text[i + 1]);
    const bool special = std::string_view("\\|*`<[~&").find(c) != std::string_view::npos;
    if (special || (c == '_' && !inner)) escaped += '\\';
    escaped += c;
  }
  return escaped;
}

TextTable::TextTable(std::vector<std::string> header) { Add(std::move(header), Tone::kHeading); }

void TextTable::Add(std::vector<std::string> cells, Tone tone) {
  rows_.push_back({PrintableCells(std::move(cells)), tone});
}

std::vector<bool> TextTable::RightAligned() const {
  std::vector<bool> right(rows_.front().cells.size());
  for (std::size_t i = 0; i < right.size(); ++i) {
    const auto numeric = [i](const Row& row) {
      return i == 0 ? ParseNumber(row.cells[i]).has_value() : BeginsAsNumber(row.cells[i]);
    };
    const auto begin = rows_.begin() + 1;
    right[i] = i == 0 ? begin != rows_.end() && std::all_of(begin, rows_.end(), numeric)
                      : std::any_of(begin, rows_.end(), numeric);
  }
  return right;
}

std::string TextTable::Format(bool colour) const {
  const std::vector<bool> right = RightAligned();
  std::vector<std::size_t> widths(right.size());
  for (const Row& row : rows_) {
    for (std::size_t i = 0; i < widths.size(); ++i)
      widths[i] = std::max(widths[i], DisplayWidth(row.cells[i]));
  }
  std::string out;
  for (const Row& row : rows_) {
    std::string line;
    for (std::size_t i = 0; i < widths.size(); ++i)
      line += (i == 0 ? "" : "  ") + Padded(row.cells[i], widths[i], right[i]);
    out += Paint(line.substr(0, line.find_last_not_of(' ') + 1), row.tone, colour) + '\n';
  }
  return out;
}

std::string TextTable::Markdown() const {
  const std::vector<bool> right = RightAligned();
  std::vector<std::vector<std::string>> lines;
  for (const Row& row : rows_) {
    std::vector<std::string>& line = lines.emplace_back();
    for (const std::string& cell : row.cells) line.push_back(EscapeMarkdown(cell));
    if (lines.size() > 1) continue;
    std::vector<std::string>& rule = lines.emplace_back();
    for (const bool r : right) rule.push_back(r ? "---:" : "---");
  }
  std::string out;
  for (const auto& line : lines) out += fmt::format("| {} |\n", fmt::join(line, " | "));
  return out;
}

}  // namespace perflaw
