#include "search/web/http/guard.hpp"

#include <fmt/format.h>

#include <charconv>

namespace perflaw {
namespace {

// Of an address as it stands in a URL: IPv6 in brackets.
std::string UrlHost(const std::string& address) {
  return address.find(':') == std::string::npos ? address : '[' + address + ']';
}

std::optional<std::size_t> ParseLength(const std::string& text) {
  std::size_t length = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, length);
  if (text.empty() || stop != end) return std::nullopt;
  // What is too large to hold is too large to read.
  if (error == std::errc::result_out_of_range) return Guard::kMostBody + 1;
  return error == std::errc() ? std::optional(length) : std::nullopt;
}

bool IsJson(const std::string& type) {
  const std::string lower = Lower(type);
  return lower == "application/json" || lower == "application/json; charset=utf-8" ||
         lower == "application/json;charset=utf-8";
}

// A link to the page that someone follows, as against what a page of another site fetches or frames.
bool IsFollowedLink(const HttpHead& head) {
  return head.method == "GET" && head.target == "/" &&
         head.Header("sec-fetch-mode") == "navigate" &&
         head.Header("sec-fetch-dest") == "document" && head.Count("origin") == 0;
}

std::optional<Refusal> CheckBody(const HttpHead& head) {
  if (head.Count("transfer-encoding") > 0)
    return Refusal{411, "a body needs Content-Length; Transfer-Encoding is not taken", ""};
  if (head.Count("content-encoding") > 0)
    return Refusal{415, "Content-Encoding is not taken: send plain JSON", ""};
  const bool has_length = head.Count("content-length") > 0;
  if (!has_length && head.method == "POST") return Refusal{411, "Content-Length is missing", ""};
  if (!has_length) return std::nullopt;
  const auto given = head.Header("content-length");
  const auto length = given ? ParseLength(*given) : std::nullopt;
  if (!length) return Refusal{400, "Content-Length must be one whole number", ""};
  if (head.method == "GET" && *length > 0) return Refusal{400, "GET takes no body", ""};
  if (*length > Guard::kMostBody)
    return Refusal{413, fmt::format("the body is larger than {} bytes", Guard::kMostBody), ""};
  return std::nullopt;
}

}  // namespace

std::optional<Refusal> Guard::Check(const HttpHead& head, const std::string& local_address) const {
  if (auto refusal = CheckHost(head, local_address)) return refusal;
  if (auto refusal = CheckSource(head)) return refusal;
  if (auto refusal = CheckRoute(head)) return refusal;
  if (head.method == "POST") {
    const auto type = head.Header("content-type");
    if (!type || !IsJson(*type)) return Refusal{415, "Content-Type must be application/json", ""};
  }
  if (head.Count("expect") > 0 && Lower(head.Header("expect").value_or("")) != "100-continue")
    return Refusal{417, "Expect may be 100-continue alone", ""};
  return CheckBody(head);
}

std::optional<Refusal> Guard::CheckHost(const HttpHead& head,
                                        const std::string& local_address) const {
  const auto given = head.Header("host");
  if (!given) return Refusal{400, "Host must stand there once", ""};
  constexpr int kDefaultPort = 80;
  const std::string host = Lower(*given);
  for (const std::string& own : {std::string("localhost"), std::string("127.0.0.1"),
                                 std::string("[::1]"), UrlHost(host_), UrlHost(local_address)}) {
    if (host == fmt::format("{}:{}", Lower(own), port_)) return std::nullopt;
    if (port_ == kDefaultPort && host == Lower(own)) return std::nullopt;
  }
  return Refusal{403, "Host is not this server's", ""};
}

std::optional<Refusal> Guard::CheckSource(const HttpHead& head) const {
  if (head.Count("origin") > 0) {
    const std::string origin = Lower(head.Header("origin").value_or(""));
    if (origin != "http://" + Lower(*head.Header("host")))
      return Refusal{403, "Origin is another than this server", ""};
  }
  if (head.Count("sec-fetch-site") == 0 || IsFollowedLink(head)) return std::nullopt;
  const std::string site = head.Header("sec-fetch-site").value_or("");
  if (site == "same-origin" || site == "none") return std::nullopt;
  return Refusal{403, "the request comes from another site", ""};
}

std::optional<Refusal> Guard::CheckRoute(const HttpHead& head) const {
  const auto route = routes_.find(head.target);
  if (route == routes_.end()) return Refusal{404, "there is nothing at this path", ""};
  if (head.method == route->second) return std::nullopt;
  return Refusal{405, "this path takes " + route->second, route->second};
}

std::size_t BodyLength(const HttpHead& head) {
  const auto given = head.Header("content-length");
  return given ? ParseLength(*given).value_or(0) : 0;
}

}  // namespace perflaw
