#include "search/web/http/http_head.hpp"

#include <gtest/gtest.h>

namespace perflaw {
namespace {

TEST(HttpHead, TellsMethodTargetAndHeaders) {
  const auto head = ParseHttpHead("POST /api/x?y HTTP/1.1\r\nHost:  a:1 \r\nX-Y:\r\n\r\n");
  ASSERT_TRUE(head);
  EXPECT_EQ(head->method, "POST");
  EXPECT_EQ(head->target, "/api/x?y");
  EXPECT_EQ(head->Header("host"), "a:1");
  EXPECT_EQ(head->Header("x-y"), "");
  EXPECT_EQ(head->Header("absent"), std::nullopt);
}

TEST(HttpHead, WhatStandsTwiceHasNoValue) {
  const auto head = ParseHttpHead("GET / HTTP/1.1\r\nHost: a\r\nHOST: a\r\n\r\n");
  ASSERT_TRUE(head);
  EXPECT_EQ(head->Count("host"), 2u);
  EXPECT_EQ(head->Header("host"), std::nullopt);
}

// Each of these two readers could take differently, RFC 9112.
TEST(HttpHead, RefusesWhatIsNotOfTheForm) {
  const std::string one_too_many = [] {
    std::string text = "GET / HTTP/1.1\r\n";
    for (std::size_t i = 0; i <= kMostHeaders; ++i) text += "A: b\r\n";
    return text + "\r\n";
  }();
  for (const std::string& text : {std::string(),
                                  std::string("\r\n\r\n"),
                                  std::string("GET /\r\n\r\n"),
                                  std::string("GET / HTTP/0.9\r\n\r\n"),
                                  std::string("GET / HTTP/2\r\n\r\n"),
                                  std::string("GET  HTTP/1.1\r\n\r\n"),
                                  std::string("GET /a b HTTP/1.1\r\n\r\n"),
                                  std::string("GET / HTTP/1.1\n\n"),
                                  std::string("GET / HTTP/1.1\r\nA: b\r\n"),
                                  std::string("GET / HTTP/1.1\r\nA : b\r\n\r\n"),
                                  std::string("GET / HTTP/1.1\r\n: b\r\n\r\n"),
                                  std::string("GET / HTTP/1.1\r\nA: b\r\n c\r\n\r\n"),
                                  std::string("GET / HTTP/1.1\r\nA: b\rc\r\n\r\n"),
                                  std::string("GET / HTTP/1.1\r\nA: \x01\r\n\r\n"),
                                  std::string("GET / HTTP/1.1\r\nA: \xff\r\n\r\n"),
                                  std::string("GET / HTTP/1.1\r\nA\r\n\r\n"),
                                  std::string("G\xc3\xa9T / HTTP/1.1\r\n\r\n"),
                                  std::string("GET /\0 HTTP/1.1\r\n\r\n", 19),
                                  std::string("GET / HTTP/1.1\r\n\r\nGET / HTTP/1.1\r\n\r\n"),
                                  one_too_many}) {
    EXPECT_FALSE(ParseHttpHead(text)) << text;
  }
}

}  // namespace
}  // namespace perflaw
