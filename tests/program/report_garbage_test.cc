// What `report` does with files that are no result, and with results that mean harm.
#include "tests/program/report.hpp"

namespace perflaw {
namespace {

using ReportGarbage = Report;

TEST_F(ReportGarbage, EscapesWhateverAResultHolds) {
  const std::string bad =
      R"bad(</script><script>alert(1)</script><img src=x onerror="alert(1)">&<!--)bad";
  Json plain = ResultOf(fmt::format("predict --table {}", kTable)), evil = plain;
  for (Json& row : evil.at("rows")) row["model"] = row["family"] = bad;
  for (const char* key : {"law", "git_revision", "inputs_sha256", "perflaw_version"})
    evil[key] = bad;
  evil["warnings"] = {bad};
  evil["study"] = {{"space", {{bad, bad}}}, {"budget", {{bad, {bad}}}}};
  evil["conventions"][bad] = bad;
  ASSERT_EQ(Make(Write("plain.json", plain.dump())).status, 0);
  const std::string kept = Slurp(Page());
  ASSERT_EQ(Make(Write("evil.json", evil.dump())).status, 0);
  const std::string page = Slurp(Page());
  for (const char* tag : {"<script", "</script", "<img", "<!--"})
    EXPECT_EQ(CountOf(page, tag), CountOf(kept, tag)) << tag;
  EXPECT_NE(page.find("&lt;img src=x onerror=&quot;alert(1)&quot;&gt;&amp;&lt;!--"),
            std::string::npos);
}

TEST_F(ReportGarbage, NamesFromAResultLeadToNoOtherFolder) {
  Json result = ResultOf("search '" + Write("study.json", Study("[32, 40]", kFront)) + "'");
  result["pareto"] = {"mmlu", "hidden", "../../../escaped"};
  for (Json& row : result["front"]) row["../../../escaped"] = 1;
  const fs::path folder = folder_ / "a" / "b" / "c";
  ASSERT_EQ(Make(Write("result.json", result.dump()), "--svg '" + folder.string() + "'").status, 0);
  for (const auto& entry : fs::recursive_directory_iterator(folder_)) {
    if (entry.path().extension() == ".svg") {
      EXPECT_EQ(entry.path().parent_path(), folder);
    }
  }
}

TEST_F(ReportGarbage, RefusesWhatIsNoResultByKeyAndRule) {
  const struct {
    const char *text, *message;
  } refused[] = {
      {"", "file"},
      {"{", "is not JSON"},
      {"[1]", "file = [1]: must be an object"},
      {"7", "file = 7: must be an object"},
      {"{}", "command: is missing"},
      {R"({"command": 7})", "command = 7: must be one of search,"},
      {R"({"command": "fitt"})", R"(command = "fitt": must be one of search,)"},
      {R"({"command": "__proto__"})", "must be one of search,"},
      {R"({"command": "expand"})", "schema_version: is missing"},
      {R"({"schema_version": 2, "command": "expand"})", "schema_version = 2: must be 1"},
      {R"({"schema_version": 1, "command": "expand"})", "best: is missing; it must be an object"},
      {R"({"schema_version": 1, "command": "expand", "status": 3})", "status = 3: must be"},
      {R"({"schema_version": 1, "command": "predict"})", "rows: is missing; it must be an array"},
      {R"({"schema_version": 1, "command": "predict", "mmlu": "70"})", "mmlu = \"70\": must be"},
      {R"({"schema_version": 1, "command": "predict", "rows": [{"mmlu": 1}]})",
       "rows[0].layers: is missing"},
      {R"({"schema_version": 1, "command": "search", "status": "x", "best": 3, "rejected": 4,
           "rules": 5})",
       R"(status = "x": must be one of optimal)"},
      {R"({"schema_version": 1, "command": "search", "status": "optimal", "best": 3})",
       "best = 3: must be an array"},
      {R"({"schema_version": 1, "command": "search", "status": "optimal", "best": [null]})",
       "best[0] = null: must be an object"},
      {R"({"schema_version": 1, "command": "search", "status": "optimal", "best": [], "rejected": {},
           "rules": {}, "space_points": 1, "study": {"space": 3}})",
       "study.space = 3: must be an object"},
      {R"({"schema_version": 1, "command": "predict", "law": {}, "rows": []})",
       "law = {}: must be a string"},
      {R"({"schema_version": 1, "command": "audit", "sigma": 5})", "rows: is missing"},
      {R"({"schema_version": 1, "command": "audit", "sigma": 5, "rows": 7})", "rows = 7: must be"},
      {R"({"schema_version": 1, "command": "audit", "sigma": 5, "rows": [7]})", "rows[0] = 7"},
      {R"({"schema_version": 1, "command": "audit", "sigma": 5, "rows": [{"z": 1, "flag": "up"}]})",
       R"(rows[0].flag = "up": must be one of none, low, high)"},
      {R"({"schema_version": 1, "command": "curve", "vary": "tokens", "series": [{"points": {}}]})",
       "series[0].points = {}: must be an array"},
      {R"({"schema_version": 1, "command": "reproduce", "checks": 1})", "checks = 1"},
      {R"({"schema_version": 1, "command": "reproduce", "checks": [], "warnings": 1})",
       "warnings = 1"}};
  for (const auto& [text, message] : refused) {
    const std::string path = Write("garbage.json", text);
    const Outcome done = Make(path);
    EXPECT_EQ(done.status, 2) << text << done.err;
    EXPECT_TRUE(done.err.starts_with("perflaw: " + path + ": ")) << done.err;
    EXPECT_NE(done.err.find(message), std::string::npos) << done.err;
    EXPECT_FALSE(fs::exists(Page())) << text;
  }
  EXPECT_EQ(Make((folder_ / "absent.json").string()).status, 2);
}

TEST_F(ReportGarbage, LeavesNoPartOfAPageThatCannotBeWritten) {
  const std::string path = Write("result.json", ResultOf("count --model llama-3-8b").dump());
  for (const std::string& place : {(folder_ / "absent" / "page.html").string(), folder_.string()}) {
    const Outcome done = Call(fmt::format("report '{}' --out '{}'", path, place));
    EXPECT_EQ(done.status, 1) << place;
    EXPECT_NE(done.err.find(place), std::string::npos) << done.err;
  }
  EXPECT_FALSE(fs::exists(folder_ / "absent"));
  for (const auto& entry : fs::directory_iterator(folder_))
    EXPECT_NE(entry.path().extension(), ".part") << entry.path();
}

TEST_F(ReportGarbage, TakesNoOtherProgramThanThisOne) {
  const std::string path = Write("result.json", ResultOf("count --model llama-3-8b").dump());
  const Outcome done =
      Call(fmt::format("report '{}' --out '{}'", path, Page()), "env PATH=/nowhere");
  EXPECT_EQ(done.status, 0) << done.err;
  EXPECT_TRUE(fs::exists(Page()));
}

}  // namespace
}  // namespace perflaw
