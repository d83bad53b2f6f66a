// The head of an HTTP/1.x request, read strictly: what two readers might take differently is refused.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace perflaw {

struct HttpHead {
  std::string method, target;
  std::vector<std::pair<std::string, std::string>> headers;  // names in lower case, values trimmed

  // The value of a header that stands there once; nothing otherwise.
  std::optional<std::string> Header(std::string_view name) const;
  std::size_t Count(std::string_view name) const;
};

// Of ASCII letters.
std::string Lower(std::string_view text);

// Of "METHOD TARGET HTTP/1.1\r\nName: value\r\n...\r\n\r\n". Nothing when it is not exactly of that form (RFC 9112) in printable
// ASCII, or has more than kMostHeaders headers.
inline constexpr std::size_t kMostHeaders = 64;
std::optional<HttpHead> ParseHttpHead(std::string_view text);

}  // namespace perflaw
