#include "search/terminal/utf8_text.hpp"

#include <utf8proc.h>

namespace perflaw {
namespace {

struct Character {
  utf8proc_int32_t code;  // -1: no UTF-8
  std::size_t bytes;
};

// The first character of a text that is not empty: one byte of none where it is overlong, a surrogate, beyond Unicode or cut.
Character First(std::string_view text) {
  utf8proc_int32_t code = -1;
  const utf8proc_ssize_t bytes =
      utf8proc_iterate(reinterpret_cast<const utf8proc_uint8_t*>(text.data()),
                       static_cast<utf8proc_ssize_t>(text.size()), &code);
  return bytes > 0 ? Character{code, static_cast<std::size_t>(bytes)} : Character{-1, 1};
}

// C0, DEL and C1, line and paragraph separators, and what turns the direction of writing.
bool IsControl(utf8proc_int32_t code) {
  const utf8proc_property_t& property = *utf8proc_get_property(code);
  switch (property.category) {
    case UTF8PROC_CATEGORY_CC:
    case UTF8PROC_CATEGORY_ZL:
    case UTF8PROC_CATEGORY_ZP:
      return true;
    default:
      break;
  }
  switch (property.bidi_class) {
    case UTF8PROC_BIDI_CLASS_LRE:
    case UTF8PROC_BIDI_CLASS_LRO:
    case UTF8PROC_BIDI_CLASS_RLE:
    case UTF8PROC_BIDI_CLASS_RLO:
    case UTF8PROC_BIDI_CLASS_PDF:
    case UTF8PROC_BIDI_CLASS_LRI:
    case UTF8PROC_BIDI_CLASS_RLI:
    case UTF8PROC_BIDI_CLASS_FSI:
    case UTF8PROC_BIDI_CLASS_PDI:
      return true;
    default:
      return false;
  }
}

}  // namespace

std::size_t DisplayWidth(std::string_view text) {
  std::size_t width = 0;
  while (!text.empty()) {
    const Character c = First(text);
    width += c.code < 0 ? 1 : static_cast<std::size_t>(utf8proc_charwidth(c.code));
    text.remove_prefix(c.bytes);
  }
  return width;
}

std::string Printable(std::string_view text) {
  std::string shown;
  while (!text.empty()) {
    const Character c = First(text);
    if (c.code < 0 || IsControl(c.code)) {
      shown += '?';
    } else {
      shown += text.substr(0, c.bytes);
    }
    text.remove_prefix(c.bytes);
  }
  return shown;
}

}  // namespace perflaw
