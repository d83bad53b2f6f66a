#include "search/web/http/http_answer.hpp"

#include <fmt/format.h>

#include "search/io/text/json.hpp"

namespace perflaw {
namespace {

constexpr const char* kSafeHeaders =
    "Content-Security-Policy: default-src 'none'; script-src 'self'; style-src 'self'; img-src "
    "'self' data: blob:; connect-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'\r\n"
    "X-Content-Type-Options: nosniff\r\n"
    "Referrer-Policy: no-referrer\r\n"
    "Cross-Origin-Opener-Policy: same-origin\r\n"
    "Cross-Origin-Resource-Policy: same-origin\r\n";

// RFC 9110, section 15: of the statuses that are given here.
const char* ReasonOf(int status) {
  switch (status) {
    case 200:
      return "OK";
    case 400:
      return "Bad Request";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 408:
      return "Request Timeout";
    case 411:
      return "Length Required";
    case 413:
      return "Payload Too Large";
    case 415:
      return "Unsupported Media Type";
    case 417:
      return "Expectation Failed";
    case 431:
      return "Request Header Fields Too Large";
    case 503:
      return "Service Unavailable";
    default:
      return "Internal Server Error";
  }
}

}  // namespace

std::string ErrorBody(const std::string& sentence) {
  constexpr std::size_t kLongest = 2000;
  // A cut may go through a character.
  return Json{{"error", sentence.substr(0, kLongest)}}.dump(-1, ' ', false,
                                                            Json::error_handler_t::replace);
}

HttpAnswer JsonAnswer(int status, std::string body) {
  return {status, kJsonType, std::move(body), {{"Cache-Control", "no-store"}}};
}

std::string BytesOf(const HttpAnswer& answer, std::string_view method) {
  std::string bytes = fmt::format(
      "HTTP/1.1 {} {}\r\nConnection: close\r\nContent-Length: {}\r\nContent-Type: {}\r\n{}",
      answer.status, ReasonOf(answer.status), answer.body.size(), answer.type, kSafeHeaders);
  for (const auto& [name, value] : answer.headers) bytes += fmt::format("{}: {}\r\n", name, value);
  bytes += "\r\n";
  return method == "HEAD" ? bytes : bytes + answer.body;
}

}  // namespace perflaw
