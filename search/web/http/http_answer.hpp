// An answer as HTTP/1.1 writes it.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace perflaw {

struct HttpAnswer {
  int status = 200;
  std::string type, body;                                    // Content-Type and what follows
  std::vector<std::pair<std::string, std::string>> headers;  // more of them
};

inline constexpr const char* kJsonType = "application/json; charset=utf-8";

// {"error": sentence}
std::string ErrorBody(const std::string& sentence);
// JSON, which no cache may keep.
HttpAnswer JsonAnswer(int status, std::string body);

// The bytes of an answer after which the connection ends; to HEAD without the body, whose length stands there all the same. Every
// answer forbids pages of other sites, scripts within the page and guessing of types.
std::string BytesOf(const HttpAnswer& answer, std::string_view method);

}  // namespace perflaw
