#include "search/web/http/guard.hpp"

#include <gtest/gtest.h>

namespace perflaw {
namespace {

const Guard kGuard("127.0.0.1", 8017, {{"/", "GET"}, {"/api/search", "POST"}});

// 0 for what may go on.
int Status(const std::string& text, const std::string& local_address = "127.0.0.1",
           const Guard& guard = kGuard) {
  const auto head = ParseHttpHead(text);
  if (!head) return -1;
  const auto refusal = guard.Check(*head, local_address);
  return refusal ? refusal->status : 0;
}
std::string Page(const std::string& headers) { return "GET / HTTP/1.1\r\n" + headers + "\r\n"; }
std::string Search(const std::string& headers) {
  return "POST /api/search HTTP/1.1\r\nHost: localhost:8017\r\n" + headers + "\r\n";
}
const std::string kOwn = "Host: 127.0.0.1:8017\r\n";
const std::string kJson = "Content-Type: application/json\r\n", kTen = "Content-Length: 10\r\n";

TEST(Guard, NamesOfThisMachineAreHosts) {
  for (const char* host : {"localhost:8017", "127.0.0.1:8017", "[::1]:8017", "LocalHost:8017"})
    EXPECT_EQ(Status(Page(std::string("Host: ") + host + "\r\n")), 0) << host;
  EXPECT_EQ(Status(Page("Host: 192.0.2.7:8017\r\n"), "192.0.2.7"), 0);
  EXPECT_EQ(Status(Page("Host: [2001:db8::1]:8017\r\n"), "2001:db8::1"), 0);
  const Guard named("explorer.example", 8017, {{"/", "GET"}});
  EXPECT_EQ(Status(Page("Host: explorer.example:8017\r\n"), "192.0.2.7", named), 0);
}

TEST(Guard, OtherNamesAreNone) {
  for (const char* host : {"evil.example:8017", "localhost", "127.0.0.1:80", "127.0.0.1:80170",
                           "localhost.evil.example:8017", "192.0.2.7:8017", "127.0.0.1:8017.", ""})
    EXPECT_EQ(Status(Page(std::string("Host: ") + host + "\r\n")), 403) << host;
  EXPECT_EQ(Status(Page("")), 400);
  EXPECT_EQ(Status(Page(kOwn + kOwn)), 400);
}

TEST(Guard, OtherOriginsAreRefused) {
  EXPECT_EQ(Status(Page(kOwn + "Origin: http://127.0.0.1:8017\r\n")), 0);
  for (const char* origin : {"http://evil.example", "null", "http://127.0.0.1:8018", "",
                             "https://127.0.0.1:8017", "http://localhost:8017"})
    EXPECT_EQ(Status(Page(kOwn + "Origin: " + origin + "\r\n")), 403) << origin;
  const std::string own = "Origin: http://127.0.0.1:8017\r\n";
  EXPECT_EQ(Status(Page(kOwn + own + own)), 403);
}

TEST(Guard, OtherSitesFetchNothingButMayLinkHere) {
  for (const char* site : {"same-origin", "none"})
    EXPECT_EQ(Status(Page(kOwn + "Sec-Fetch-Site: " + site + "\r\n")), 0) << site;
  for (const char* site : {"cross-site", "same-site", "", "other"})
    EXPECT_EQ(Status(Page(kOwn + "Sec-Fetch-Site: " + site + "\r\n")), 403) << site;
  const std::string cross = "Sec-Fetch-Site: cross-site\r\n";
  const std::string followed = cross + "Sec-Fetch-Mode: navigate\r\nSec-Fetch-Dest: document\r\n";
  EXPECT_EQ(Status(Page(kOwn + followed)), 0);
  EXPECT_EQ(Status(Page(kOwn + followed + "Origin: http://evil.example\r\n")), 403);
  EXPECT_EQ(Status(Page(kOwn + cross + "Sec-Fetch-Mode: navigate\r\nSec-Fetch-Dest: iframe\r\n")),
            403);
  EXPECT_EQ(Status(Search(kJson + kTen + followed)), 403);
}

TEST(Guard, PathsAreAsTheyStandAndHaveOneMethod) {
  for (const char* target :
       {"/x", "/?a=b", "//", "/./", "/%2f", "/../", "/api/search/", "/API/search", "/api/search?",
        "http://127.0.0.1:8017/", "*", "/api%2fsearch", "/;a"}) {
    EXPECT_EQ(Status(std::string("GET ") + target + " HTTP/1.1\r\n" + kOwn + "\r\n"), 404)
        << target;
  }
  for (const char* method : {"POST", "HEAD", "PUT", "DELETE", "OPTIONS", "TRACE", "PATCH", "get"})
    EXPECT_EQ(Status(std::string(method) + " / HTTP/1.1\r\n" + kOwn + "\r\n"), 405) << method;
  const auto refusal =
      kGuard.Check(*ParseHttpHead("GET /api/search HTTP/1.1\r\n" + kOwn + "\r\n"), "");
  ASSERT_TRUE(refusal);
  EXPECT_EQ(refusal->allow, "POST");
}

TEST(Guard, BodiesArePlainJsonOfBoundedLength) {
  EXPECT_EQ(Status(Search(kJson + kTen)), 0);
  EXPECT_EQ(Status(Search("Content-Type: Application/JSON; charset=UTF-8\r\n" + kTen)), 0);
  EXPECT_EQ(Status(Search(kJson + "Content-Length: 2000000\r\n")), 0);
  EXPECT_EQ(Status(Search(kTen)), 415);
  for (const char* type : {"text/plain", "multipart/form-data", "application/jsonp", "*/*",
                           "application/x-www-form-urlencoded", "application/json, text/plain"})
    EXPECT_EQ(Status(Search(std::string("Content-Type: ") + type + "\r\n" + kTen)), 415) << type;
  EXPECT_EQ(Status(Search(kJson)), 411);
  EXPECT_EQ(Status(Search(kJson + "Transfer-Encoding: chunked\r\n")), 411);
  EXPECT_EQ(Status(Search(kJson + kTen + "Transfer-Encoding: chunked\r\n")), 411);
  EXPECT_EQ(Status(Search(kJson + kTen + "Content-Encoding: gzip\r\n")), 415);
  for (const char* length : {"2000001", "100000000", "99999999999999999999999999"})
    EXPECT_EQ(Status(Search(kJson + "Content-Length: " + length + "\r\n")), 413) << length;
  for (const char* length : {"-1", "+1", "1e3", "0x10", "", "1 2", "1,1", "NaN"})
    EXPECT_EQ(Status(Search(kJson + "Content-Length: " + length + "\r\n")), 400) << length;
  EXPECT_EQ(Status(Search(kJson + kTen + kTen)), 400);
  EXPECT_EQ(Status(Page(kOwn + kTen)), 400);
  EXPECT_EQ(Status(Search(kJson + kTen + "Expect: 100-continue\r\n")), 0);
  EXPECT_EQ(Status(Search(kJson + kTen + "Expect: a miracle\r\n")), 417);
}

}  // namespace
}  // namespace perflaw
