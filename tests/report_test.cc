// `report` as a user runs it: results of the real program in, one page out.
#include <regex>
#include <set>

#include "search/io/text.hpp"
#include "tests/program.hpp"

namespace perflaw {
namespace {

constexpr const char* kTable = "configs/tables/performance-law-table1.csv";
constexpr const char* kFront =
    R"(, "pareto": ["mmlu", "active_params"], "resolution": {"mmlu": 0.2})";

std::size_t CountOf(const std::string& text, const std::string& part) {
  std::size_t count = 0;
  for (std::size_t at = 0; (at = text.find(part, at)) != std::string::npos; ++at) ++count;
  return count;
}

// What a reader sees: without scripts and styles.
std::string Seen(std::string page) {
  for (const char* tag : {"script", "style"}) {
    const std::string begin = fmt::format("<{}", tag), end = fmt::format("</{}>", tag);
    for (std::size_t at; (at = page.find(begin)) != std::string::npos;) {
      const std::size_t close = page.find(end, at);
      EXPECT_NE(close, std::string::npos);
      if (close == std::string::npos) return page;
      page.erase(at, close + end.size() - at);
    }
  }
  return page;
}

std::string Two(const Json& number) { return fmt::format("{:.2f}", number.get<double>()); }
std::string Human(const Json& number) { return HumanCount(number.get<double>()); }

// 12345 -> 12,345
std::string Exact(const Json& number) {
  std::string digits = number.dump();
  for (std::size_t at = digits.size(); at > 3;) digits.insert(at -= 3, ",");
  return digits;
}

class Report : public Program {
 protected:
  Outcome Make(const std::string& result, const std::string& more = "") const {
    return Call(fmt::format("report '{}' --out '{}' {}", result, Page(), more));
  }
  std::string Page() const { return (folder_ / "page.html").string(); }

  Json ResultOf(const std::string& arguments) const {
    const Outcome done = Call(arguments + " --json");
    EXPECT_TRUE(done.status == 0 || done.status == 3) << done.err;
    return done.json();
  }

  // The page of a result, after what holds for every page.
  std::string PageOf(const Json& result, std::size_t pictures) const {
    const Outcome done = Make(Write("result.json", result.dump()));
    EXPECT_EQ(done.status, 0) << done.err;
    EXPECT_EQ(done.out + done.err, "");
    const std::string page = Slurp(Page());
    CheckPage(page, result, pictures);
    return page;
  }

  static void CheckPage(const std::string& page, const Json& result, std::size_t pictures) {
    EXPECT_LT(page.size(), 3'000'000u);
    const std::string seen = Seen(page);
    for (const char* load : {"http:", "https:", "src=", "<link", "@import", "url(h", "url(/"})
      EXPECT_EQ(seen.find(load), std::string::npos) << load;
    EXPECT_NE(page.find("default-src 'none'"), std::string::npos);
    EXPECT_EQ(CountOf(seen, "<h1"), 1u);
    EXPECT_EQ(CountOf(page, "<html lang=\"en\">"), 1u);
    EXPECT_EQ(CountOf(seen, "<figure data-picture="), pictures);
    EXPECT_EQ(CountOf(seen, "<div class=\"still\"><svg"), pictures);
    EXPECT_EQ(CountOf(seen, "role=\"img\" aria-label="), pictures);
    EXPECT_EQ(CountOf(seen, "<figcaption>"), pictures);
    EXPECT_GE(CountOf(seen, "<table>"), pictures);
    EXPECT_EQ(CountOf(seen, "style=\""), CountOf(Drawings(seen), "style=\""));
    for (const char* key : {"perflaw_version", "git_revision", "inputs_sha256"})
      EXPECT_NE(seen.find(result.at(key).get<std::string>()), std::string::npos) << key;
  }

  static std::string Drawings(const std::string& seen) {
    std::string all;
    for (std::size_t at = 0; (at = seen.find("<svg", at)) != std::string::npos;) {
      const std::size_t end = seen.find("</svg>", at);
      all += seen.substr(at, end - at);
      at = end;
    }
    return all;
  }

  static void ExpectAll(const std::string& page, const std::vector<std::string>& parts) {
    const std::string seen = Seen(page);
    for (const std::string& part : parts) EXPECT_NE(seen.find(part), std::string::npos) << part;
  }
};

TEST_F(Report, OfASearchShowsTheBestItsIntervalAndTheFront) {
  const Json result = ResultOf(
      "search '" + Write("study.json", Study(R"({"from": 16, "to": 80, "step": 8})", kFront)) +
      "' --near-best --sensitivity");
  const Json& best = result.at("best").at(0);
  // The front, scores, designs, three of the breakdown or fewer, ruled out, near the best, sensitivity.
  const Outcome made = Make(Write("result.json", result.dump()));
  ASSERT_EQ(made.status, 0) << made.err;
  const std::string page = Slurp(Page());
  CheckPage(page, result, CountOf(page, "<figure data-picture="));
  for (const char* picture :
       {"front", "scores", "designs", "parameters", "rejected", "near-best", "sensitivity"})
    EXPECT_NE(page.find(fmt::format("<figure data-picture=\"{}\">", picture)), std::string::npos)
        << picture;
  ExpectAll(page, {Two(best.at("mmlu")) + " MMLU", Human(best.at("total_params")),
                   Human(best.at("tokens")),
                   fmt::format("{:.1f} to {:.1f}", best.at("mmlu_low90").get<double>(),
                               best.at("mmlu_high90").get<double>()),
                   "not told apart", "optimal", Exact(result.at("space_points"))});
  for (const Json& row : result.at("front"))
    EXPECT_NE(page.find(Two(row.at("mmlu"))), std::string::npos) << row.at("index");
  for (const Json& used : result.at("defaults"))
    EXPECT_NE(page.find(used.get<std::string>()), std::string::npos) << used;
}

TEST_F(Report, OfASearchWithoutAFeasibleDesignSaysWhatWouldAdmitOne) {
  const Json result = ResultOf(
      "search '" +
      Write("study.json", Study(R"([16])", R"(, "constraints": {"mmlu": {"min": 99}})")) + "'");
  ASSERT_EQ(result.at("status"), "infeasible");
  ExpectAll(PageOf(result, 1),
            {"Nothing is feasible", Two(result.at("relaxation").at("mmlu.min"))});
}

TEST_F(Report, OfScoresShowsEachWithItsInterval) {
  const Json one = ResultOf("predict --model llama-3.1-70b --tokens 15T");
  ExpectAll(PageOf(one, 1), {Two(one.at("mmlu")), Two(one.at("interval_90").at(0)), "70.6B"});
  const Json table = ResultOf(fmt::format("predict --table {}", kTable));
  const std::string page = PageOf(table, 2);
  for (const Json& row : table.at("rows"))
    ExpectAll(page, {row.at("model").get<std::string>(), Two(row.at("mmlu"))});
  const Json compared =
      ResultOf("compare llama-3.1-8b qwen3-30b-a3b --tokens 15T --accelerator h100-sxm");
  ExpectAll(PageOf(compared, 7), {"llama-3.1-8b", Two(compared.at("rows").at(1).at("mmlu"))});
}

TEST_F(Report, OfACurveHasABandAndShadesWhatIsOutsideTheDomain) {
  const Json curve = ResultOf("curve --model llama-3.1-70b --vary tokens=1T..100T --gamma 1,1.9");
  const std::string page = PageOf(curve, 1);
  const Json& points = curve.at("series").at(1).at("points");
  ExpectAll(page, {Two(points.at(0).at("mmlu")), Two(points.at(49).at("mmlu")), "gamma 1.9",
                   "90% interval, gamma 1", "outside the domain"});
}

TEST_F(Report, OfFitAndAuditShowErrorsByDateAndFamily) {
  const Json fit = ResultOf(fmt::format("fit {}", kTable));
  const std::string fitted = PageOf(fit, 4);
  ExpectAll(fitted, {"Residuals by date", "Residuals by family", Two(fit.at("residual_sigma")),
                     Two(fit.at("leave_one_out").at("mae")),
                     fmt::format("{:.5f}", fit.at("b").get<double>())});
  const Json audit = ResultOf(fmt::format("audit {}", kTable));
  const std::string audited = PageOf(audit, 2);
  for (const Json& row : audit.at("rows"))
    ExpectAll(audited, {row.at("model").get<std::string>(), Two(row.at("z"))});
  ExpectAll(audited, {"Llama 7B (low)", "Flagged low"});
}

TEST_F(Report, OfHealthMarksTheOnset) {
  std::string curve = "tokens,mmlu\n";
  for (int i = 1; i <= 20; ++i)
    curve += fmt::format("{}e11,{:.2f}\n", 5 * i, (i > 12 ? 66 - 1.5 * (i - 12) : 50 + 1.3 * i));
  const Json health = Call("health '" + Write("curve.csv", curve) +
                           "' --layers 80 --hidden 8192 --ffn 28672 --params 70B --json")
                          .json();
  ASSERT_FALSE(health.at("onset_tokens").is_null());
  const std::string page = PageOf(health, 2);
  ExpectAll(page,
            {health.at("verdict").get<std::string>(), "onset " + Human(health.at("onset_tokens")),
             Two(health.at("residuals").at(19))});
}

TEST_F(Report, OfGrowthShowsCriticalPointsAndTheLineFromScratch) {
  const Json expand = ResultOf("expand configs/expansions/7b-to-70b.json");
  ExpectAll(PageOf(expand, 2), {Two(expand.at("best").at("mmlu")), "trough", "peak", "From scratch",
                                Two(expand.at("scratch").at("mmlu_raw"))});
}

TEST_F(Report, OfAnInversionShowsPosteriorPriorMarginalsAndPairs) {
  const Json invert = ResultOf("invert configs/cases/gpt-4.json --draws 16384");
  ASSERT_EQ(invert.at("sample").at("total_params").size(), 400u);
  const std::string page = PageOf(invert, 7);
  const Json& total = invert.at("intervals").at("total_params");
  ExpectAll(page,
            {Human(total.at("q05")), Human(total.at("q50")), Human(total.at("q95")), "Prior, 90%",
             Human(invert.at("prior").at("total_params").at("q95")), "Modes of the law"});
}

// The sample stands for the posterior: its quartiles are the posterior's, to what 400 draws can tell.
TEST_F(Report, SampleOfAnInversionHasThePosteriorsQuartiles) {
  const Json invert = ResultOf("invert configs/cases/gpt-4.json");
  for (const char* name : {"total_params", "tokens", "layers", "hidden"}) {
    std::vector<double> values = invert.at("sample").at(name).get<std::vector<double>>();
    std::sort(values.begin(), values.end());
    for (const auto& [place, key] : {std::pair(100, "q25"), {200, "q50"}, {300, "q75"}}) {
      const double quantile = invert.at("intervals").at(name).at(key).get<double>();
      const auto under = std::lower_bound(values.begin(), values.end(), quantile) - values.begin();
      EXPECT_NEAR(static_cast<double>(under), place, 40) << name << " " << key;
    }
  }
}

TEST_F(Report, OfSizesAndCountsShowsTheNumbers) {
  const Json size = ResultOf(
      "size predict --benchmark omniscience_accuracy --score 0.3 --benchmark mmlu_pro --score "
      "0.85");
  ExpectAll(PageOf(size, 1), {Human(size.at("total_params")), Human(size.at("interval_90").at(1))});
  const Json count = ResultOf("count --model deepseek-v3");
  ExpectAll(PageOf(count, 1),
            {Exact(count.at("total_params")), Exact(count.at("active_params")), "654B"});
}

TEST_F(Report, OfReproduceHoldsItsFiguresAndTheirTables) {
  const Outcome done = Make("results/reproduce.json", "--svg '" + (folder_ / "svg").string() + "'");
  ASSERT_EQ(done.status, 0) << done.err;
  const Json result = ParseJson(Slurp("results/reproduce.json"), "results/reproduce.json");
  const std::string page = Slurp(Page());
  CheckPage(page, result, 6);
  for (const Json& check : result.at("checks"))
    ExpectAll(page, {check.at("what").get<std::string>()});
  EXPECT_TRUE(fs::exists(folder_ / "svg" / "laws.svg"));
}

// Every tag closed in order, every attribute quoted, every & an entity.
void ExpectWellFormed(const std::string& svg) {
  static const std::regex token(R"re(<(/?)([\w:]+)((?:\s+[\w:-]+="[^"<]*")*)\s*(/?)>)re");
  std::vector<std::string> open;
  const std::size_t begin = svg.find("<svg");
  ASSERT_NE(begin, std::string::npos);
  EXPECT_EQ(svg.find("?>") + 3, begin);
  std::size_t at = begin;
  for (std::sregex_iterator it(svg.begin() + static_cast<std::ptrdiff_t>(begin), svg.end(), token),
       end;
       it != end; ++it) {
    const std::size_t here = begin + static_cast<std::size_t>(it->position());
    EXPECT_EQ(svg.substr(at, here - at).find('<'), std::string::npos) << svg.substr(at, 80);
    at = here + static_cast<std::size_t>(it->length());
    if ((*it)[4] == "/") continue;
    if ((*it)[1] == "") {
      open.push_back((*it)[2]);
    } else {
      ASSERT_FALSE(open.empty());
      EXPECT_EQ(open.back(), (*it)[2]);
      open.pop_back();
    }
  }
  EXPECT_TRUE(open.empty());
  for (std::size_t amp = 0; (amp = svg.find('&', amp)) != std::string::npos; ++amp)
    EXPECT_TRUE(std::regex_search(svg.substr(amp, 8), std::regex("^&(amp|lt|gt|quot|#39);")))
        << svg.substr(amp, 20);
}

TEST_F(Report, WritesEachPictureAsAnSvgFile) {
  const Json audit = ResultOf(fmt::format("audit {}", kTable));
  const fs::path folder = folder_ / "new" / "svg";
  const Outcome done = Make(Write("result.json", audit.dump()), "--svg '" + folder.string() + "'");
  ASSERT_EQ(done.status, 0) << done.err;
  std::set<std::string> names;
  for (const auto& entry : fs::directory_iterator(folder)) {
    names.insert(entry.path().filename().string());
    const std::string svg = Slurp(entry.path());
    ExpectWellFormed(svg);
    EXPECT_NE(svg.find("xmlns=\"http://www.w3.org/2000/svg\""), std::string::npos);
    EXPECT_NE(svg.find("<title>"), std::string::npos);
  }
  EXPECT_EQ(names, (std::set<std::string>{"by-family.svg", "by-year.svg"}));
}

TEST_F(Report, EscapesWhateverAResultHolds) {
  const std::string bad =
      R"bad(</script><script>alert(1)</script><img src=x onerror="alert(1)">&<!--)bad";
  Json plain = ResultOf(fmt::format("predict --table {}", kTable)), evil = plain;
  for (Json& row : evil.at("rows")) row["model"] = row["family"] = bad;
  for (const char* key : {"law", "git_revision", "inputs_sha256", "perflaw_version"})
    evil[key] = bad;
  evil["warnings"] = {bad};
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

TEST_F(Report, NamesFromAResultLeadToNoOtherFolder) {
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

// Fronts have thousands of designs, tables thousands of models.
TEST_F(Report, ThinsWhatIsLargeAndSaysSo) {
  Json result = ResultOf("search '" + Write("study.json", Study("[32, 40]", kFront)) + "'");
  const Json row = result.at("front").at(0);
  result["pareto"] = {"mmlu", "active_params", "total_params", "tokens"};
  result["front"] = Json::array();
  for (int i = 0; i < 5000; ++i) {
    result["front"].push_back(row);
    result["front"].back()["index"] = i;
    result["front"].back()["mmlu"] = 60 + i / 500.0;
  }
  ASSERT_EQ(Make(Write("result.json", result.dump())).status, 0);
  const std::string page = Slurp(Page());
  CheckPage(page, result, CountOf(page, "<figure data-picture="));
  ExpectAll(page, {"200 of 5000 rows are shown, evenly thinned."});
  Json table = ResultOf(fmt::format("predict --table {}", kTable));
  const Json model = table.at("rows").at(0);
  for (int i = 0; i < 5000; ++i) {
    table["rows"].push_back(model);
    table["rows"].back()["domain"]["warnings"] = {fmt::format("warning {}", i)};
  }
  PageOf(table, 2);
}

TEST_F(Report, IsTheSameForTheSameResult) {
  const std::string path = Write("result.json", ResultOf("count --model llama-3-8b").dump());
  ASSERT_EQ(Make(path).status, 0);
  const std::string first = Slurp(Page());
  ASSERT_EQ(Make(path).status, 0);
  EXPECT_TRUE(Slurp(Page()) == first);
}

TEST_F(Report, RefusesWhatIsNoResult) {
  const std::pair<const char*, const char*> refused[] = {
      {"", "file"},
      {"{", "is not JSON"},
      {"[1]", "must be an object"},
      {"{}", "command"},
      {R"({"command": 7})", "command"},
      {R"({"command": "fitt"})", "command"},
      {R"({"command": "audit", "sigma": 5})", "rows"},
      {R"({"command": "audit", "sigma": 5, "rows": 7})", "command"},
      {R"({"command": "audit", "sigma": 5, "rows": [7]})", "command"},
      {R"({"command": "search", "status": "optimal", "best": [null], "rejected": [], "rules": 0})",
       "command"},
      {R"({"command": "curve", "vary": "tokens", "series": [{"points": {}}]})", "command"},
      {R"({"command": "predict"})", "command"},
      {R"({"command": "reproduce", "checks": 1})", "command"}};
  for (const auto& [text, key] : refused) {
    const std::string path = Write("garbage.json", text);
    const Outcome done = Make(path);
    EXPECT_EQ(done.status, 2) << text << done.err;
    EXPECT_NE(done.err.find("garbage.json"), std::string::npos) << done.err;
    EXPECT_NE(done.err.find(key), std::string::npos) << done.err;
    EXPECT_FALSE(fs::exists(Page())) << text;
  }
  EXPECT_EQ(Make((folder_ / "absent.json").string()).status, 2);
}

TEST_F(Report, LeavesNoPartOfAPageThatCannotBeWritten) {
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

TEST_F(Report, SaysThatNodeIsMissing) {
  const std::string path = Write("result.json", ResultOf("count --model llama-3-8b").dump());
  const Outcome done =
      Call(fmt::format("report '{}' --out '{}'", path, Page()), "env PATH=/nowhere");
  EXPECT_EQ(done.status, 1);
  EXPECT_NE(done.err.find("node"), std::string::npos) << done.err;
  EXPECT_FALSE(fs::exists(Page()));
}

}  // namespace
}  // namespace perflaw
