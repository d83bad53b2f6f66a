#include "search/web/http/http_head.hpp"

#include <algorithm>

namespace perflaw {
namespace {

constexpr std::string_view kEnd = "\r\n";
constexpr std::size_t kLongestMethod = 16;

bool IsLetterOrDigit(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}
// The characters of a token, RFC 9110, 5.6.2.
bool IsTokenChar(char c) {
  return IsLetterOrDigit(c) ||
         std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
}
bool IsVisible(char c) { return c > ' ' && c < '\x7f'; }
bool IsInValue(char c) { return IsVisible(c) || c == ' ' || c == '\t'; }

bool AllOf(std::string_view text, bool (*is)(char)) {
  return std::all_of(text.begin(), text.end(), is);
}

std::string_view Trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

bool ParseRequestLine(std::string_view line, HttpHead& head) {
  const auto first = line.find(' '), last = line.rfind(' ');
  if (first == std::string_view::npos || first == last) return false;
  const std::string_view method = line.substr(0, first),
                         target = line.substr(first + 1, last - first - 1),
                         version = line.substr(last + 1);
  head.method = method;
  head.target = target;
  return !method.empty() && method.size() <= kLongestMethod && AllOf(method, IsTokenChar) &&
         !target.empty() && AllOf(target, IsVisible) &&
         (version == "HTTP/1.1" || version == "HTTP/1.0");
}

bool ParseHeader(std::string_view line, HttpHead& head) {
  const auto colon = line.find(':');
  if (colon == std::string_view::npos || colon == 0) return false;
  const std::string_view name = line.substr(0, colon), value = Trimmed(line.substr(colon + 1));
  if (!AllOf(name, IsTokenChar) || !AllOf(value, IsInValue)) return false;
  head.headers.emplace_back(Lower(name), value);
  return head.headers.size() <= kMostHeaders;
}

}  // namespace

std::string Lower(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return lower;
}

std::optional<std::string> HttpHead::Header(std::string_view name) const {
  if (Count(name) != 1) return std::nullopt;
  const auto at = std::find_if(headers.begin(), headers.end(),
                               [&](const auto& header) { return header.first == name; });
  return at->second;
}

std::size_t HttpHead::Count(std::string_view name) const {
  return static_cast<std::size_t>(std::count_if(
      headers.begin(), headers.end(), [&](const auto& header) { return header.first == name; }));
}

std::optional<HttpHead> ParseHttpHead(std::string_view text) {
  HttpHead head;
  for (bool first = true;; first = false) {
    const auto end = text.find(kEnd);
    if (end == std::string_view::npos) return std::nullopt;
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(end + kEnd.size());
    if (!first && line.empty()) break;
    if (!(first ? ParseRequestLine(line, head) : ParseHeader(line, head))) return std::nullopt;
  }
  return text.empty() ? std::optional(std::move(head)) : std::nullopt;
}

}  // namespace perflaw
