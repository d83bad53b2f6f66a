// The page and the program answer alike: every question asked both ways.
#include <sys/socket.h>

#include "search/web/catalogue.hpp"
#include "search/web/desk.hpp"
#include "tests/program/program.hpp"

namespace perflaw {
namespace {

// Both ends of a connection that stays open.
class OpenConnection {
 public:
  OpenConnection() { EXPECT_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, ends_), 0); }
  ~OpenConnection() {
    for (const int end : ends_) close(end);
  }
  OpenConnection(const OpenConnection&) = delete;
  OpenConnection& operator=(const OpenConnection&) = delete;
  int socket() const { return ends_[0]; }

 private:
  int ends_[2] = {-1, -1};
};

// As text, without what differs from run to run.
std::string CanonicalText(Json result) {
  for (const char* varies : {"seconds", "points_per_second"}) result.erase(varies);
  return result.dump(1);
}

class Answers : public Program {
 protected:
  static void SetUpTestSuite() {
    const fs::path page = fs::path(testing::TempDir()) / fmt::format("answers-{}", getpid());
    fs::create_directories(page);
    std::ofstream(page / "index.html") << "page";
    configs_ = ReadCatalogue("configs", page).configs;
    fs::remove_all(page);
  }

  void ExpectAlike(const std::string& command, const std::string& flags, const Json& request) {
    SCOPED_TRACE(command + " " + flags);
    const Outcome program = Call(fmt::format("{} {} --json", command, flags));
    ASSERT_EQ(program.status, 0) << program.err;
    const std::string question = command.substr(0, command.find(' '));
    Desk desk(configs_, {});
    const DeskAnswer page = desk.Ask("/api/" + question, request.dump(), connection_.socket());
    ASSERT_EQ(page.status, 200) << page.body;
    EXPECT_EQ(CanonicalText(ParseJson(page.body, "answer")), CanonicalText(program.json()));
  }

  // A file with the text that a request holds.
  std::string Quoted(const std::string& name, const Json& json) const {
    return fmt::format("'{}'", Write(name, json.dump()));
  }

 private:
  static inline NamedTexts configs_;
  OpenConnection connection_;
};

TEST_F(Answers, OfOneModel) {
  const Json shape = {{"layers", 80}, {"hidden", 8192}, {"ffn", 28672}, {"params", "70B"}};
  const std::string flags = "--layers 80 --hidden 8192 --ffn 28672 --params 70B";
  ExpectAlike("predict", flags + " --tokens 15T --gamma 1.5",
              {{"shape", shape}, {"tokens", "15T"}, {"gamma", 1.5}});
  ExpectAlike("predict",
              "--model mixtral-8x7b --tokens 2e12 --law performance-law-2026 --year-month 2025-03",
              {{"model", "mixtral-8x7b"},
               {"tokens", 2e12},
               {"law", "performance-law-2026"},
               {"year_month", "2025-03"}});
  ExpectAlike("count", "--model deepseek-v3 --context 8192 --dtype fp8",
              {{"model", "deepseek-v3"}, {"context", 8192}, {"dtype", "fp8"}});
  ExpectAlike(
      "curve", flags + " --vary tokens=1T..100T --gamma 1,1.9,3 --points 20",
      {{"shape", shape}, {"vary", "tokens=1T..100T"}, {"gamma", {1, 1.9, 3}}, {"points", 20}});
  ExpectAlike("curve", "--model llama-3.1-8b --vary layers=8..64 --tokens 15T",
              {{"model", "llama-3.1-8b"}, {"vary", "layers=8..64"}, {"tokens", "15T"}});
}

TEST_F(Answers, OfARun) {
  const std::string run = "tokens,mmlu\n1e11,30\n3e11,38\n6e11,44\n1e12,49.5\n1.5e12,53\n2e12,55\n";
  const std::string earlier = "tokens,mmlu\n1e11,31\n3e11,39\n6e11,45\n1e12,50\n2e12,56\n";
  ExpectAlike("health",
              fmt::format("'{}' --model llama-2-7b --reference '{}'", Write("curve.csv", run),
                          Write("earlier.csv", earlier)),
              {{"model", "llama-2-7b"},
               {"curve", run},
               {"references", Json::array({{{"name", "earlier.csv"}, {"text", earlier}}})}});
}

TEST_F(Answers, OfAClosedModel) {
  const Json closed = {{"evidence", {{"mmlu", 79.3}}},
                       {"known", {{"kind", "dense"}, {"tokens", "15T"}, {"released", "2024-07"}}}};
  ExpectAlike("invert", Quoted("case", closed) + " --threads 1 --draws 4096 --seed 3",
              {{"case", closed}, {"draws", 4096}, {"seed", 3}});
  ExpectAlike("size predict", "--benchmark mmlu_pro --score 0.8",
              {{"benchmarks", Json::array({{{"benchmark", "mmlu_pro"}, {"score", 0.8}}})}});
}

TEST_F(Answers, OfAStudy) {
  for (const char* method : {"certified", "exhaustive"}) {
    Json study = ParseJson(Slurp("configs/studies/laptop-tiny.json"), "study");
    study["method"] = method;
    ExpectAlike("search", Quoted("study", study) + " --threads 1", {{"study", study}});
    ExpectAlike("search", Quoted("study", study) + " --threads 1 --near-best --sensitivity",
                {{"study", study}, {"near_best", true}, {"sensitivity", true}});
  }
}

}  // namespace
}  // namespace perflaw
