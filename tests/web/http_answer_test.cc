#include "search/web/http/http_answer.hpp"

#include <gtest/gtest.h>

namespace perflaw {
namespace {

TEST(HttpAnswer, IsAStatusLineHeadersAnEmptyLineAndTheBody) {
  const std::string bytes =
      BytesOf({200, "text/css", "body", {{"Cache-Control", "no-cache"}}}, "GET");
  EXPECT_TRUE(bytes.starts_with("HTTP/1.1 200 OK\r\n")) << bytes;
  EXPECT_TRUE(bytes.ends_with("Cache-Control: no-cache\r\n\r\nbody")) << bytes;
  for (const char* header : {"Connection: close", "Content-Length: 4", "Content-Type: text/css",
                             "X-Content-Type-Options: nosniff", "Referrer-Policy: no-referrer"})
    EXPECT_NE(bytes.find(std::string("\r\n") + header + "\r\n"), std::string::npos) << header;
}

TEST(HttpAnswer, ToHeadSaysTheLengthAlone) {
  const std::string bytes = BytesOf(JsonAnswer(405, ErrorBody("no")), "HEAD");
  EXPECT_TRUE(bytes.starts_with("HTTP/1.1 405 Method Not Allowed\r\n")) << bytes;
  EXPECT_NE(bytes.find("\r\nContent-Length: 14\r\n"), std::string::npos) << bytes;
  EXPECT_TRUE(bytes.ends_with("\r\n\r\n")) << bytes;
}

TEST(HttpAnswer, ErrorsAreJsonWhateverTheSentenceHolds) {
  EXPECT_EQ(ErrorBody("a \"b\"\r\nX: y"), R"({"error":"a \"b\"\r\nX: y"})");
  EXPECT_LT(ErrorBody(std::string(100'000, 'x')).size(), 2100u);
  EXPECT_NE(ErrorBody("\xff").find("error"), std::string::npos);
}

}  // namespace
}  // namespace perflaw
