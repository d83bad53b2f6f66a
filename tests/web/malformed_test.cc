// A thousand requests and more that no server should take: each is told so, and the server is the same afterwards.
#include <random>
#include <tuple>

#include "tests/web/server_fixture.hpp"

namespace perflaw {
namespace {

class Malformed : public ServerTest {
 protected:
  void SetUp() override {
    ServerOptions options;
    options.read_seconds = 0.5;
    Start(options);
  }
  // Each answer is a 4xx with a sentence.
  void Expect4xx(const std::string& bytes) {
    RawClient client(port());
    client.Send(bytes);
    client.SendNoMore();
    const std::string answer = client.Receive();
    const int status = StatusOf(answer);
    EXPECT_TRUE(status >= 400 && status < 500) << bytes.substr(0, 300) << "\n->\n" << answer;
    const Json error = Json::parse(BodyOf(answer), nullptr, false);
    EXPECT_TRUE(bytes.starts_with("HEAD") || (error.is_object() && error.contains("error")))
        << answer;
    ++count_;
  }
  void ExpectBad(const std::string& path, const std::string& body) {
    Expect4xx(PostText(path, body));
  }
  // The body with each value in turn, however deep, replaced.
  void ExpectEachValueCounts(const std::string& path, Json& whole, Json& part) {
    for (auto& item : part.items()) {
      Json& place = item.value();
      const Json before = place;
      for (const Json& wrong : {Json{{"x", 1}}, Json{{1}}, Json("no such thing")}) {
        place = wrong;
        ExpectBad(path, whole.dump());
      }
      place = before;
      if (place.is_object() || (place.is_array() && !place.empty() && place[0].is_object()))
        ExpectEachValueCounts(path, whole, place);
    }
  }
  void TearDown() override {
    // Alive, and nothing is left of them.
    EXPECT_EQ(StatusOf(Post("/api/search", Json{{"study", SmallStudy()}}.dump())), 200);
    EXPECT_EQ(Working(0), 0);
    RecordProperty("requests", count_);
    EXPECT_GT(count_, 0);
    ServerTest::TearDown();
  }

  int count_ = 0;
};

std::map<std::string, Json> GoodRequests() {
  const Json shape = {{"layers", 80}, {"hidden", 8192}, {"ffn", 28672}, {"params", "70B"}};
  const Json config = Json::parse(
      R"({"layers": 4, "hidden": 512, "heads": 8, "kv_heads": 8, "head_dim": 64, "vocab": 1000,
          "ffn": 2048, "gated_ffn": true})");
  const std::string curve = "tokens,mmlu\n1T,70\n2T,73\n3T,75\n4T,76\n5T,77\n6T,78\n";
  return {{"/api/search", {{"study", SmallStudy()}, {"near_best", false}, {"sensitivity", false}}},
          {"/api/design",
           {{"study", SmallStudy()},
            {"points",
             {{{"layers", 16},
               {"hidden", 1024},
               {"ffn", 2048},
               {"experts", 1},
               {"experts_active", 1},
               {"experts_shared", 0}}}}}},
          {"/api/predict",
           {{"shape", shape},
            {"tokens", "15T"},
            {"gamma", 1},
            {"law", "performance-law-2026"},
            {"year_month", "2024-06"}}},
          {"/api/count", {{"config", config}, {"context", 4096}, {"dtype", "bf16"}}},
          {"/api/curve",
           {{"config", config},
            {"vary", "layers=2..8"},
            {"tokens", "1T"},
            {"gamma", {1, 1.9}},
            {"points", 5},
            {"law", "performance-law-2024"}}},
          {"/api/health",
           {{"curve", curve},
            {"name", "run.csv"},
            {"references", {{{"name", "a.csv"}, {"text", curve}}}},
            {"shape", shape},
            {"law", "performance-law-2024"}}},
          {"/api/invert",
           {{"case",
             {{"evidence", {{"mmlu", 86.4}, {"size", {{"benchmark", "mmlu_pro"}, {"score", 0.8}}}}},
              {"known",
               {{"kind", "moe"},
                {"tokens", {{"from", "1T"}, {"to", "20T"}}},
                {"released", "2023-03"}}}}},
            {"seed", 0},
            {"draws", 256}}},
          {"/api/size",
           {{"benchmarks", {{{"benchmark", "mmlu_pro"}, {"score", 0.8}}}}, {"active_ratio", 0.1}}}};
}

TEST_F(Malformed, GoodRequestsAreTaken) {
  for (const auto& [path, body] : GoodRequests())
    EXPECT_EQ(StatusOf(Post(path, body.dump())), 200) << path << Post(path, body.dump());
  count_ = 1;
}

TEST_F(Malformed, ValuesOfWrongTypes) {
  for (auto [path, body] : GoodRequests()) ExpectEachValueCounts(path, body, body);
  EXPECT_GT(count_, 300);
}

TEST_F(Malformed, NoBenchmarkIsSaid) {
  const std::string answer = Post("/api/size", R"({"benchmarks": []})");
  EXPECT_NE(answer.find("must name one benchmark or more"), std::string::npos) << answer;
  ++count_;
}

TEST_F(Malformed, BodiesThatAreNoJson) {
  std::mt19937 random(1);
  for (const auto& [path, body] : GoodRequests()) {
    const std::string text = body.dump();
    for (int i = 0; i < 30; ++i) ExpectBad(path, text.substr(0, random() % text.size()));
    for (const std::string& wrong :
         {std::string("null"), std::string("[]"), std::string("1"), std::string("NaN"),
          std::string("{\"study\": NaN}"), std::string("{\"study\": Infinity}"),
          std::string("{'a': 1}"), text + text, text + "x", std::string("\xff\xfe{}"),
          std::string("{\"\xc3\x28\": 1}"), std::string("{}\0", 3),
          "{\"unknown\": 1," + text.substr(1),
          text.substr(0, text.size() - 1) + "," + text.substr(1)})
      ExpectBad(path, wrong);
  }
  for (const std::size_t depth : {63u, 64u, 65u, 1000u, 100'000u, 900'000u}) {
    ExpectBad("/api/search", std::string(depth, '[') + std::string(depth, ']'));
    ExpectBad("/api/search", std::string(depth, '['));
    std::string objects;
    for (std::size_t i = 0; i < depth / 4; ++i) objects += "{\"a\":";
    ExpectBad("/api/search", objects.substr(0, 1'900'000));
  }
}

// What is within 2 MB but would take long to read is refused at the bound, in a sentence that names it.
TEST_F(Malformed, FarMoreThanAnyQuestionHolds) {
  std::string lists = "[[]", members = R"({"study": {"pareto": [1)", columns = "tokens,mmlu";
  while (lists.size() < 1'900'000) lists += ",[]";
  while (members.size() < 1'900'000) members += ",1";
  columns += std::string(1'900'000, ',');
  Json health = GoodRequests().at("/api/health");
  health["curve"] = columns;
  for (const auto& [path, body, bound] :
       {std::tuple("/api/search", lists + "]", "more than 4096 members"),
        {"/api/search", members + "]}}", "more than 4096 members"},
        {"/api/health", health.dump(), "at most 50000 cells"}}) {
    const std::string answer = Post(path, body);
    EXPECT_EQ(StatusOf(answer), 400);
    EXPECT_NE(answer.find(bound), std::string::npos) << answer;
  }
  std::string values = "[0";
  for (int i = 0; i < 100; ++i) {
    values += ",[1";
    for (int n = 0; n < 1000; ++n) values += ",1";
    values += "]";
  }
  EXPECT_NE(Post("/api/search", values + "]").find("more than 50000 values"), std::string::npos);
  count_ = 1;
}

TEST_F(Malformed, NumbersBeyondAllBounds) {
  const auto with = [&](const std::string& pointer, const std::string& number) {
    Json body = GoodRequests().at("/api/search");
    body[Json::json_pointer("/study/" + pointer)] = "@";
    std::string text = body.dump();
    return text.replace(text.find("\"@\""), 3, number);
  };
  const std::string digits(400, '9');
  for (const std::string& number :
       {std::string("1e400"), std::string("-1e400"), digits, "-" + digits, "0." + digits + "e999",
        std::string("-1"), std::string("1e308"), std::string("\"1e400\""), std::string("\"NaN\""),
        std::string("\"inf\""), std::string("\"9999999999T\"")}) {
    for (const char* key : {"gamma", "top", "template/vocab", "space/layers/to", "space/ffn/step",
                            "budget/count", "budget/mfu", "training/data_parallel"})
      ExpectBad("/api/search", with(key, number));
  }
  // Spaces that would take all memory or time.
  for (const char* key : {"space/ffn", "space/hidden", "space/tokens"})
    ExpectBad("/api/search", with(key, R"({"from": 1, "to": 1000000, "step": 1})"));
  std::string list = "[1";
  for (int i = 2; i < 200'000; ++i) list += fmt::format(",{}", i);
  ExpectBad("/api/search", with("space/ffn", list + "]"));
  Json swept =
      Json::parse(catalogue_->configs.at("studies/moe-every-integer.json"), nullptr, true, true);
  swept["method"] = "exhaustive";
  ExpectBad("/api/search", Json{{"study", swept}}.dump());
  ExpectBad(
      "/api/curve",
      R"({"model": "llama-3-8b", "vary": "gamma=1..3", "tokens": "1T", "points": 1000000000})");
  ExpectBad("/api/invert", R"({"case": {"evidence": {"mmlu": 80}}, "draws": 1e12})");
  // A long number where a pattern is looked for.
  const std::string revision = "tokens" + std::string(1'000'000, '1');
  ExpectBad(
      "/api/health",
      Json{{"curve", Json{{"results", {{"mmlu", {{"acc", 0.5}}}}}, {"config", revision}}.dump()},
           {"name", "a.json"},
           {"model", "llama-3-8b"}}
          .dump());
}

TEST_F(Malformed, PathsInPlaceOfNames) {
  for (const std::string& name :
       {std::string("../../etc/passwd"), std::string("/etc/passwd"),
        std::string("/etc/passwd.json"), std::string("laws/../x.json"),
        std::string("configs/laws/performance-law-2024.json"),
        std::string("performance-law-2024.json"), std::string("../laws/performance-law-2024"),
        std::string("/dev/zero"), std::string("/proc/self/environ"), std::string(""),
        std::string("."), std::string("..\\x"), std::string("a\0b", 3),
        std::string(100'000, 'a')}) {
    Json study = SmallStudy();
    study["law"] = name;
    ExpectBad("/api/search", Json{{"study", study}}.dump());
    study = SmallStudy();
    study["budget"]["accelerator"] = name;
    ExpectBad("/api/search", Json{{"study", study}}.dump());
    for (const char* path : {"/api/predict", "/api/count"})
      ExpectBad(path, Json{{"model", name}, {"tokens", "1T"}}.dump());
    ExpectBad("/api/curve", Json{{"model", name}, {"vary", "tokens=1T..2T"}}.dump());
    ExpectBad("/api/invert",
              Json{{"case", {{"evidence", {{"mmlu", 80}}}, {"prior", name}}}}.dump());
    ExpectBad("/api/health", Json{{"curve", "x"}, {"name", name}, {"model", "llama-3-8b"}}.dump());
  }
}

TEST_F(Malformed, HeadsThatAreNone) {
  std::mt19937 random(2);
  const std::string own = HostHeader();
  for (int i = 0; i < 100; ++i) {
    std::string garbage;
    for (int n = 1 + static_cast<int>(random() % 300); n > 0; --n)
      garbage += static_cast<char>(random());
    Expect4xx(garbage + "\r\n\r\n");
    Expect4xx(garbage);
  }
  for (const char* line :
       {"GET /\r\n", "GET\r\n\r\n", "GET / HTTP/0.9\r\n\r\n", "GET / HTTP/3.0\r\n\r\n", "\r\n\r\n",
        "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"})
    Expect4xx(line);
  for (const char* method : {"PUT", "DELETE", "OPTIONS", "TRACE", "PATCH", "CONNECT", "HEAD", "get",
                             "POST", "FOO", "AVERYLONGMETHODTHATISNONE"}) {
    Expect4xx(fmt::format("{} / HTTP/1.1\r\n{}\r\n", method, own));
    Expect4xx(fmt::format("{} /api/catalog HTTP/1.1\r\n{}\r\n", method, own));
  }
  for (const char* method : {"GET", "PUT", "DELETE", "OPTIONS", "HEAD"})
    Expect4xx(fmt::format("{} /api/search HTTP/1.1\r\n{}\r\n", method, own));
  for (const char* target :
       {"/page/../../etc/passwd", "/page/%2e%2e/%2e%2e/etc/passwd", "/page//etc/passwd",
        "/etc/passwd", "/page/a.js%00", "/page/a.js?x", "/page/a.js/", "/page/A.JS", "/%70age/a.js",
        "//page/a.js", "file:///etc/passwd", "http://evil.example/", "/..;/", "/api", "/api/none",
        "/api/search/../x"})
    Expect4xx(fmt::format("GET {} HTTP/1.1\r\n{}\r\n", target, own));
}

TEST_F(Malformed, HeadersThatAreRefused) {
  const std::string own = HostHeader();
  for (const std::string& headers :
       {std::string(), std::string("Host: evil.example\r\n"), own + own,
        own + "Origin: http://evil.example\r\n", own + "Origin: null\r\n",
        own + "Sec-Fetch-Site: cross-site\r\n", own + "Content-Length: 5\r\n",
        own + "Bad Header: x\r\n", own + "X: \x01\r\n", own + " folded: x\r\n",
        own + "X: " + std::string(20'000, 'x') + "\r\n", own + std::string(1'000'000, 'x'), [&] {
          std::string many = own;
          for (int i = 0; i < 1000; ++i) many += fmt::format("X-{}: y\r\n", i);
          return many;
        }()})
    Expect4xx("GET / HTTP/1.1\r\n" + headers + "\r\n");
  Expect4xx("GET /" + std::string(100'000, 'x') + " HTTP/1.1\r\n" + own + "\r\n");
  for (const char* headers :
       {"Content-Length: 2\r\n", "Content-Type: text/plain\r\nContent-Length: 2\r\n",
        "Content-Type: application/json\r\n",
        "Content-Type: application/json\r\nContent-Length: -2\r\n",
        "Content-Type: application/json\r\nContent-Length: 2\r\nContent-Length: 3\r\n",
        "Content-Type: application/json\r\nContent-Length: 2\r\nContent-Encoding: br\r\n",
        "Content-Type: application/json\r\nContent-Length: 1\r\n",
        "Content-Type: application/json\r\nContent-Length: 20\r\n",
        "Content-Type: multipart/form-data; boundary=x\r\nContent-Length: 2\r\n"})
    Expect4xx(fmt::format("POST /api/size HTTP/1.1\r\n{}{}\r\n{{}}", own, headers));
}

TEST_F(Malformed, BodiesThatAreTooLong) {
  const std::string begin =
      fmt::format("POST /api/size HTTP/1.1\r\n{}Content-Type: application/json\r\n", HostHeader());
  const std::string megabyte(1 << 20, 'x');
  for (const char* length : {"100000000", "2000001", "18446744073709551616"})
    Expect4xx(fmt::format("{}Content-Length: {}\r\n\r\n{}", begin, length, megabyte));
  std::string chunked = begin + "Transfer-Encoding: chunked\r\n\r\n";
  for (int i = 0; i < 4; ++i) chunked += "100000\r\n" + megabyte + "\r\n";
  Expect4xx(chunked);
  Expect4xx(begin + "Transfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFF\r\n");
  Expect4xx(begin + "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n");
}

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
double ResidentMegabytes() {
  std::ifstream statm("/proc/self/statm");
  double whole = 0, resident = 0;
  statm >> whole >> resident;
  return resident * static_cast<double>(sysconf(_SC_PAGESIZE)) / 1e6;
}

TEST_F(Malformed, TakeNoMemoryForGood) {
  const std::string long_list = "[" + std::string(300'000, ' ') + "1" + std::string(300'000, ',');
  const auto round = [&] {
    for (const auto& [path, body] : GoodRequests()) {
      ExpectBad(path, long_list);
      ExpectBad(path, Json{{"study", body}}.dump());
      ExpectBad(path, std::string(100'000, '['));
      Expect4xx(std::string(100'000, 'x'));
    }
  };
  for (int i = 0; i < 3; ++i) round();
  const double before = ResidentMegabytes();
  for (int i = 0; i < 10; ++i) round();
  constexpr double kLeast = 20;  // megabytes: a quarter of the bodies
  EXPECT_LT(ResidentMegabytes() - before, kLeast);
}
#endif

}  // namespace
}  // namespace perflaw
