// Text as a terminal shows it: how many cells it takes, and nothing in it that moves the cursor.
#pragma once

#include <string>
#include <string_view>

namespace perflaw {

// Terminal cells of UTF-8 text without control characters: 2 for wide characters (East Asian, emoji), 0 for
// combining ones, 1 for all else and for a byte that is no UTF-8.
std::size_t DisplayWidth(std::string_view text);

// `text` with a '?' for each control character (escape sequences begin with one) and for each byte that is no UTF-8.
std::string Printable(std::string_view text);

}  // namespace perflaw
