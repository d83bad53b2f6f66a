#include "search/terminal/utf8_text.hpp"

#include <algorithm>
#include <array>
#include <iterator>

namespace perflaw {
namespace {

constexpr char32_t kInvalid = 0xFFFFFFFF;

struct Character {
  char32_t code;
  std::size_t bytes;
};

// The first character of a text that is not empty: kInvalid and one byte where it is overlong, a surrogate, beyond
// Unicode or cut.
Character First(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char lead = byte(0);
  if (lead < 0x80) return {lead, 1};
  const std::size_t bytes = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  if (lead < 0xC2 || lead > 0xF4 || text.size() < bytes) return {kInvalid, 1};
  char32_t code = lead & (0xFFu >> (bytes + 1));
  for (std::size_t i = 1; i < bytes; ++i) {
    if ((byte(i) & 0xC0u) != 0x80) return {kInvalid, 1};
    code = code << 6 | (byte(i) & 0x3Fu);
  }
  constexpr char32_t kLeast[] = {0x80, 0x800, 0x10000};
  const bool surrogate = code >= 0xD800 && code <= 0xDFFF;
  if (code < kLeast[bytes - 2] || surrogate || code > 0x10FFFF) return {kInvalid, 1};
  return {code, bytes};
}

using Ranges = std::initializer_list<std::array<char32_t, 2>>;

bool IsIn(char32_t code, Ranges ranges) {
  return std::any_of(ranges.begin(), ranges.end(),
                     [=](const auto& range) { return code >= range[0] && code <= range[1]; });
}

// By Unicode's EastAsianWidth (W and F) and general category (Mn, Me, Cf), in blocks rather than by the letter.
std::size_t WidthOf(char32_t code) {
  if (code < 0x300 || code == kInvalid) return 1;
  if (IsIn(code, {{0x300, 0x36F},
                  {0x483, 0x489},
                  {0x591, 0x5BD},
                  {0x610, 0x61A},
                  {0x64B, 0x65F},
                  {0x1AB0, 0x1AFF},
                  {0x1DC0, 0x1DFF},
                  {0x200B, 0x200F},
                  {0x20D0, 0x20FF},
                  {0xFE00, 0xFE0F},
                  {0xFE20, 0xFE2F}}))
    return 0;
  const bool wide = IsIn(code, {{0x1100, 0x115F},
                                {0x2E80, 0x303E},
                                {0x3041, 0x4DBF},
                                {0x4E00, 0xA4CF},
                                {0xA960, 0xA97F},
                                {0xAC00, 0xD7A3},
                                {0xF900, 0xFAFF},
                                {0xFE30, 0xFE6F},
                                {0xFF00, 0xFF60},
                                {0xFFE0, 0xFFE6},
                                {0x1F300, 0x1F64F},
                                {0x1F680, 0x1F6FF},
                                {0x1F900, 0x1F9FF},
                                {0x20000, 0x3FFFD}});
  return wide ? 2 : 1;
}

// Beside C0, DEL and C1: line and paragraph separators, and what turns the direction of writing.
bool IsControl(char32_t code) {
  return IsIn(code, {{0, 0x1F}, {0x7F, 0x9F}, {0x2028, 0x202E}, {0x2066, 0x2069}});
}

}  // namespace

std::size_t DisplayWidth(std::string_view text) {
  std::size_t width = 0;
  while (!text.empty()) {
    const Character c = First(text);
    width += WidthOf(c.code);
    text.remove_prefix(c.bytes);
  }
  return width;
}

std::string Printable(std::string_view text) {
  std::string shown;
  while (!text.empty()) {
    const Character c = First(text);
    if (c.code == kInvalid || IsControl(c.code)) {
      shown += '?';
    } else {
      shown += text.substr(0, c.bytes);
    }
    text.remove_prefix(c.bytes);
  }
  return shown;
}

}  // namespace perflaw
