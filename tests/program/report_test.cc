// `report` as a user runs it: results of the real program in, one page out.
#include "tests/program/report.hpp"

#include <algorithm>
#include <regex>
#include <set>

#include "search/io/text/numbers.hpp"

namespace perflaw {
namespace {

std::string Two(const Json& number) { return fmt::format("{:.2f}", number.get<double>()); }
std::string Human(const Json& number) { return HumanCount(number.get<double>()); }

// 12345 -> 12,345
std::string Exact(const Json& number) {
  std::string digits = number.dump();
  for (std::size_t at = digits.size(); at > 3;) digits.insert(at -= 3, ",");
  return digits;
}

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
  ExpectAll(
      page,
      {Two(best.at("mmlu")) + " MMLU", Human(best.at("total_params")), Human(best.at("tokens")),
       fmt::format("{:.1f} to {:.1f}", best.at("mmlu_low90").get<double>(),
                   best.at("mmlu_high90").get<double>()),
       "not told apart", "optimal", Exact(result.at("space_points")), "from 16 to 80, step 8"});
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

TEST_F(Report, OfWhatWasInterruptedSaysSo) {
  Json grown = ResultOf("expand configs/expansions/7b-to-70b.json");
  grown["status"] = "interrupted";
  grown.erase("certificate");
  const Outcome made = Make(Write("grown.json", grown.dump()));
  ASSERT_EQ(made.status, 0) << made.err;
  EXPECT_NE(Slurp(Page()).find("a better target may be there"), std::string::npos);
  Json inverted = ResultOf("invert configs/cases/gpt-4.json");
  inverted["status"] = "interrupted";
  for (const char* list : {"modes", "structures", "findings"}) inverted[list] = Json::array();
  for (const char* map : {"prior", "ranges", "identified"}) inverted[map] = Json::object();
  ASSERT_EQ(Make(Write("inverted.json", inverted.dump())).status, 0);
  EXPECT_NE(Slurp(Page()).find("by the draws so far"), std::string::npos);
  for (const char* map : {"intervals", "sample"}) inverted[map] = Json::object();
  for (const char* kind : {"dense", "moe"}) inverted["odds"][kind] = nullptr;
  const Outcome nothing = Make(Write("nothing.json", inverted.dump()));
  ASSERT_EQ(nothing.status, 0) << nothing.err;
  EXPECT_NE(Slurp(Page()).find("before there was a posterior"), std::string::npos);
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

TEST_F(Report, SaysWhatACaseKnowsInWords) {
  const Json invert = ResultOf("invert '" + Write("case.json", R"({"evidence": {"mmlu": 80},
      "known": {"total_params": {"to": "400B"}, "tokens": {"from": 9e12}, "layers": null}})") +
                               "' --draws 1024 --law performance-law-2024");
  EXPECT_EQ(invert.at("case").at("law"), "performance-law-2024");
  ASSERT_EQ(Make(Write("result.json", invert.dump())).status, 0);
  const std::string page = Seen(Slurp(Page()));
  ExpectAll(page, {"to 400B", "from 9.00T"});
  EXPECT_EQ(page.find("undefined"), std::string::npos);
  EXPECT_EQ(page.find("<dd>null"), std::string::npos);
  const Json again =
      ResultOf("invert '" + Write("again.json", invert.at("case").dump()) + "' --draws 1024");
  EXPECT_EQ(again.at("intervals"), invert.at("intervals"));
}

TEST_F(Report, SaysWhatAPlanToGrowWasAsked) {
  const Json grown = ResultOf("expand configs/expansions/7b-to-70b.json --gamma 1.1");
  EXPECT_EQ(grown.at("study").at("gamma"), 1.1);
  ExpectAll(PageOf(grown, 2), {"Grown from", "The whole study"});
}

TEST_F(Report, OfAnInversionShowsPosteriorPriorMarginalsAndPairs) {
  const Json invert = ResultOf("invert configs/cases/gpt-4.json --draws 16384");
  ASSERT_EQ(invert.at("sample").at("total_params").size(), 400u);
  const std::string page = PageOf(invert, 7);
  const Json& total = invert.at("intervals").at("total_params");
  ExpectAll(page, {Human(total.at("q05")), Human(total.at("q50")), Human(total.at("q95")),
                   "Prior, 90%", Human(invert.at("prior").at("total_params").at("q95")),
                   "Modes of the law", "value 86.4, setting instruct"});
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

TEST_F(Report, WhatIsFlaggedStaysWhenTheRestIsThinned) {
  Json audit = ResultOf(fmt::format("audit {}", kTable));
  const Json plain = audit.at("rows").at(10);
  ASSERT_EQ(plain.at("flag"), "none");
  for (int i = 0; i < 3000; ++i) audit["rows"].push_back(plain);
  Json& far = audit["rows"][1001];
  far["model"] = "One of many";
  far["z"] = -4.2;
  far["flag"] = "low";
  Json& strays = audit["rows"][2002];
  strays["model"] = "Off its family";
  strays["flag"] = "high";
  const std::string page = PageOf(audit, 2);
  ExpectAll(page, {"3055 models by date. One of many lies farthest off, -4.20",
                   "1 flagged model lies between them",
                   "500 of 3055 rows are shown, all that are off the law"});
  for (const char* model : {"One of many", "Off its family"})
    EXPECT_EQ(CountOf(Seen(page), fmt::format("<th scope=\"row\">{}</th>", model)), 2u) << model;
}

TEST_F(Report, IsTheSameForTheSameResult) {
  const std::string path = Write("result.json", ResultOf("count --model llama-3-8b").dump());
  ASSERT_EQ(Make(path).status, 0);
  const std::string first = Slurp(Page());
  ASSERT_EQ(Make(path).status, 0);
  EXPECT_TRUE(Slurp(Page()) == first);
}

}  // namespace
}  // namespace perflaw
