#include "search/web/server.hpp"

#include <httplib.h>

#include <functional>
#include <vector>

#include "search/base/control.hpp"
#include "search/base/error.hpp"
#include "tests/web/server_fixture.hpp"

namespace perflaw {
namespace {

httplib::Client ClientOf(int port) {
  httplib::Client client("127.0.0.1", port);
  client.set_read_timeout(60);
  return client;
}

TEST_F(ServerTest, ServesThePageFromMemory) {
  Start();
  httplib::Client client = ClientOf(port());
  const std::pair<const char*, const char*> files[] = {{"index.html", "text/html; charset=utf-8"},
                                                       {"a.js", "text/javascript; charset=utf-8"},
                                                       {"b.mjs", "text/javascript; charset=utf-8"},
                                                       {"c.css", "text/css; charset=utf-8"},
                                                       {"d.svg", "image/svg+xml"}};
  for (const auto& [name, type] : files) {
    const auto answer = client.Get(std::string("/page/") + name);
    ASSERT_TRUE(answer) << name;
    EXPECT_EQ(answer->status, 200);
    EXPECT_EQ(answer->body, std::string("text of ") + name);
    EXPECT_EQ(answer->get_header_value("Content-Type"), type);
  }
  EXPECT_EQ(client.Get("/")->body, "text of index.html");
  for (const char* path : {"/page/ignored.exe", "/page/", "/page/aXjs", "/page/../page/a.js"})
    EXPECT_EQ(StatusOf(Raw(fmt::format("GET {} HTTP/1.1\r\n{}\r\n", path, HostHeader()))), 404)
        << path;
}

TEST_F(ServerTest, OptionsThatCouldNotServeAreRefused) {
  for (const auto& change : std::vector<std::function<void(ServerOptions&)>>{
           [](ServerOptions& o) { o.port = 65536; },
           [](ServerOptions& o) { o.most_connections = 0; },
           [](ServerOptions& o) { o.read_seconds = 0; },
           [](ServerOptions& o) { o.write_seconds = -1; }}) {
    ServerOptions options;
    options.port = 0;
    change(options);
    EXPECT_THROW(Server(*catalogue_, options), InputError);
  }
}

TEST_F(ServerTest, EveryAnswerKeepsTheBrowserIn) {
  Start();
  const std::string own = HostHeader() + "\r\n";
  for (const std::string& request :
       {"GET / HTTP/1.1\r\n" + own, "GET /api/catalog HTTP/1.1\r\n" + own,
        "GET /none HTTP/1.1\r\n" + own, "PUT / HTTP/1.1\r\n" + own, std::string("nonsense\r\n\r\n"),
        PostText("/api/size", "{}")}) {
    const std::string answer = Raw(request);
    for (const char* header :
         {"Content-Security-Policy: default-src 'none'; script-src 'self'; style-src 'self'; "
          "img-src 'self' data: blob:; connect-src 'self'; base-uri 'none'; form-action 'none'; "
          "frame-ancestors 'none'\r\n",
          "X-Content-Type-Options: nosniff\r\n", "Referrer-Policy: no-referrer\r\n",
          "Cross-Origin-Opener-Policy: same-origin\r\n",
          "Cross-Origin-Resource-Policy: same-origin\r\n", "Connection: close\r\n"})
      EXPECT_NE(answer.find(header), std::string::npos) << request << header << answer;
    const bool is_page = request.starts_with("GET / ");
    EXPECT_NE(answer.find(is_page ? "Cache-Control: no-cache\r\n" : "Cache-Control: no-store\r\n"),
              std::string::npos)
        << answer;
  }
}

TEST_F(ServerTest, TheCatalogueListsWhatThereIs) {
  Start();
  const Json catalogue = Json::parse(ClientOf(port()).Get("/api/catalog")->body);
  EXPECT_EQ(catalogue.at("laws"), Json({"performance-law-2024", "performance-law-2026"}));
  EXPECT_EQ(catalogue.at("hardware").at("h100-sxm").at("memory_bytes"), 80e9);
  EXPECT_EQ(catalogue.at("studies").at("1024xh100-30d").at("budget").at("count"), 1024);
  EXPECT_EQ(catalogue.at("metrics").at("train_usd"),
            Json({{"label", "Training cost"}, {"unit", "usd"}, {"larger_is_better", false}}));
  EXPECT_EQ(catalogue.at("cases").at("gpt-4").at("evidence").at("mmlu").at("value"), 86.4);
  for (const Json& benchmark : catalogue.at("benchmarks"))
    EXPECT_LT(benchmark.at("min"), benchmark.at("max"));
}

TEST_F(ServerTest, ASearchIsAnsweredAndADesignTold) {
  Start();
  const Json found = Json::parse(BodyOf(Post("/api/search", Json{{"study", SmallStudy()}}.dump())));
  EXPECT_EQ(found.at("status"), "optimal");
  Json point;
  for (const char* axis :
       {"layers", "hidden", "ffn", "experts", "experts_active", "experts_shared"})
    point[axis] = found.at("best")[0].at(axis);
  Json impossible = point;
  impossible["experts"] = 1;
  impossible["experts_active"] = 2;
  const Json request = {{"study", SmallStudy()}, {"points", {point, impossible}}};
  const Json designs = Json::parse(BodyOf(Post("/api/design", request.dump()))).at("designs");
  EXPECT_EQ(designs[0].at("feasible"), true);
  EXPECT_EQ(designs[0].at("row"), found.at("best")[0]);
  EXPECT_EQ(designs[0].at("breakdown"), found.at("breakdown"));
  EXPECT_EQ(designs[0].at("architecture").at("layers"), point.at("layers"));
  EXPECT_EQ(designs[1].at("feasible"), false);
  EXPECT_EQ(designs[1].at("row"), nullptr);
  EXPECT_EQ(designs[1].at("breaks")[0].at("rule"), "experts");
}

TEST_F(ServerTest, WorkEndsWhenItsClientLeaves) {
  Start();
  const std::string study = Json{{"study", LongStudy(*catalogue_)}}.dump();
  const std::string the_case = catalogue_->configs.at("cases/gpt-4.json");
  for (const std::string& request :
       {PostText("/api/search", study),
        PostText("/api/search",
                 fmt::format(R"({{"study": {}, "near_best": true, "sensitivity": true}})",
                             catalogue_->configs.at("studies/moe-every-integer.json"))),
        PostText("/api/invert", fmt::format(R"({{"case": {}, "draws": 131072}})", the_case))}) {
    RawClient client(port());
    client.Send(request);
    ASSERT_EQ(Working(1), 1) << request.substr(0, 40);
    client.Close();
    EXPECT_EQ(Working(0), 0) << request.substr(0, 40);
  }
}

TEST_F(ServerTest, HeavyQuestionsLeaveRoomForLightOnes) {
  ServerOptions options;
  options.desk.most_heavy = 1;
  Start(options);
  const std::string heavy = Json{{"study", LongStudy(*catalogue_)}}.dump();
  RawClient client(port());
  client.Send(PostText("/api/search", heavy));
  ASSERT_EQ(Working(1), 1);
  const std::string second = Post("/api/search", heavy);
  EXPECT_EQ(StatusOf(second), 503);
  EXPECT_NE(second.find("Retry-After: 1\r\n"), std::string::npos);
  EXPECT_EQ(StatusOf(Post("/api/search", Json{{"study", SmallStudy()}}.dump())), 200);
  EXPECT_EQ(Working(1), 1);  // the first goes on
}

TEST_F(ServerTest, TimeIsBounded) {
  ServerOptions options;
  options.desk.search_seconds = 0.3;
  options.desk.other_seconds = 0.001;
  Start(options);
  const std::string search = Post("/api/search", Json{{"study", LongStudy(*catalogue_)}}.dump());
  EXPECT_EQ(StatusOf(search), 200);
  EXPECT_EQ(Json::parse(BodyOf(search)).at("status"), "interrupted");
  const std::string invert = Post(
      "/api/invert", fmt::format(R"({{"case": {}}})", catalogue_->configs.at("cases/gpt-4.json")));
  EXPECT_EQ(StatusOf(invert), 503);
}

TEST_F(ServerTest, SlowClientsKeepNobodyOut) {
  ServerOptions options;
  options.most_connections = 16;
  options.read_seconds = 30;
  Start(options);
  std::vector<std::unique_ptr<RawClient>> slow;
  for (int i = 0; i < 200; ++i) {
    slow.push_back(std::make_unique<RawClient>(port()));
    slow.back()->Send("POST /api/sea");
  }
  for (int i = 0; i < 5; ++i) {
    const auto answer = ClientOf(port()).Get("/");
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->status, 200);
  }
  Stop();  // with all of them there
}

TEST_F(ServerTest, ARequestHasItsTimeInTotal) {
  ServerOptions options;
  options.read_seconds = 0.3;
  Start(options);
  RawClient head(port()), body(port());
  head.Send("GET ");
  body.Send(PostText("/api/size", "").substr(0, 60));
  EXPECT_EQ(StatusOf(head.Receive()), 408);
  EXPECT_EQ(StatusOf(body.Receive()), 408);
  RawClient silent(port());
  EXPECT_EQ(silent.Receive(), "");
  // A byte now and then does not give it more.
  RawClient drops(port());
  for (int i = 0; i < 100 && drops.Send("A"); ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  EXPECT_EQ(StatusOf(drops.Receive()), 408);
}

TEST_F(ServerTest, StopEndsWorkAndConnections) {
  Start();
  RawClient worked(port()), idle(port());
  worked.Send(PostText("/api/search", Json{{"study", LongStudy(*catalogue_)}}.dump()));
  idle.Send("GET / HT");
  ASSERT_EQ(Working(1), 1);
  Stop();
  EXPECT_EQ(server_->Working(), 0);
  EXPECT_FALSE(RawClient(port()).connected());
}

TEST_F(ServerTest, ATakenPortIsSaid) {
  Start();
  ServerOptions options;
  options.port = port();
  try {
    const Server second(*catalogue_, options);
    FAIL();
  } catch (const std::runtime_error& error) {
    EXPECT_NE(std::string(error.what()).find("in use"), std::string::npos) << error.what();
  }
}

TEST(Catalogue, WithoutThePageItSaysWhatIsMissing) {
  try {
    ReadCatalogue("configs", "no/such/folder");
    FAIL();
  } catch (const std::runtime_error& error) {
    EXPECT_NE(std::string(error.what()).find("no/such/folder: has no index.html"),
              std::string::npos)
        << error.what();
  }
}

}  // namespace
}  // namespace perflaw
