#include "search/io/inputs/case_file.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>

#include "search/base/error.hpp"
#include "search/io/text/files.hpp"

namespace perflaw {
namespace {

CaseFile LoadCase(const std::string& text, const std::optional<std::string>& law = {}) {
  const auto path = std::filesystem::temp_directory_path() / "case_file_test.json";
  WriteFile(path.string(), text);
  Inputs inputs;
  return LoadCase(path.string(), law, inputs);
}

std::string RefusalOfCase(const std::string& text) {
  try {
    LoadCase(text);
  } catch (const InputError& error) {
    return error.what();
  }
  return "";
}

// The design's own example.
TEST(CaseFile, ReadsEveryKindOfEvidence) {
  const CaseFile file = LoadCase(R"({
    "evidence": {"mmlu": 86.4, "mmlu_pro": null, "usd_per_million_output_tokens": 60,
                 "size": {"benchmark": "mmlu_pro", "score": 0.80}},
    "known": {"kind": "moe", "tokens": "13T", "total_params": {"from": "1T", "to": "2T"}, "released": "2023-03"}})");
  const ClosedCase& c = file.closed;
  EXPECT_EQ(c.law.name, "performance-law-2026");
  EXPECT_EQ(c.kind, Form::kMoe);
  EXPECT_DOUBLE_EQ(c.score->mmlu, 86.4);
  EXPECT_DOUBLE_EQ(c.score->rounding, 0.05);
  EXPECT_DOUBLE_EQ(c.known[kTokensTrait]->lo, std::log(13e12));
  EXPECT_DOUBLE_EQ(c.known[kTotalTrait]->hi, std::log(2e12));
  EXPECT_NEAR(c.known[kDateTrait]->lo, 2023 + 2 / 12.0, 1e-12);
  ASSERT_EQ(c.soft.size(), 2u);
  // SIZE.md's line: log10 = 7.8635 + 4.1891 x 0.8.
  EXPECT_NEAR(c.soft[1].value / std::log(10), 7.863521826 + 4.189098196 * 0.8, 1e-9);
  EXPECT_NEAR(c.soft[1].sigma / std::log(10), 0.4, 0.02);
  EXPECT_GT(c.soft[0].value, std::log(70e9));  // a price of 60 is high
}

TEST(CaseFile, TakesTheSettingOff) {
  const CaseFile base = LoadCase(R"({"evidence": {"mmlu": {"value": 80, "noise": 1}}})");
  EXPECT_DOUBLE_EQ(base.closed.score->mmlu, 80);
  EXPECT_DOUBLE_EQ(base.closed.score->noise, 1);
  const CaseFile tuned =
      LoadCase(R"({"evidence": {"mmlu": {"value": 80, "noise": 1, "setting": "instruct"}}})");
  EXPECT_LT(tuned.closed.score->mmlu, 80);
  EXPECT_GT(tuned.closed.score->noise, 1);
}

TEST(CaseFile, ReadsFractionsAsSuchAndSaysSo) {
  const CaseFile file = LoadCase(R"({"evidence": {"mmlu": 0.864}})");
  EXPECT_NEAR(file.closed.score->mmlu, 86.4, 1e-12);
  ASSERT_EQ(file.warnings.size(), 1u);
  EXPECT_NE(file.warnings[0].find("fraction"), std::string::npos);
}

TEST(CaseFile, JoinsTwoScalesOfOneScore) {
  // 88 MMLU is 72.04 MMLU-Pro by the law's line.
  const CaseFile alone = LoadCase(R"({"evidence": {"mmlu_pro": 72.04}})");
  EXPECT_NEAR(alone.closed.score->mmlu, 88, 1e-9);
  const CaseFile both = LoadCase(R"({"evidence": {"mmlu": 88, "mmlu_pro": 72.04}})");
  EXPECT_NEAR(both.closed.score->mmlu, 88, 1e-9);
  EXPECT_LT(both.closed.score->noise, alone.closed.score->noise);
  EXPECT_TRUE(both.warnings.empty());
  const CaseFile apart = LoadCase(R"({"evidence": {"mmlu": 60, "mmlu_pro": 72.04}})");
  ASSERT_EQ(apart.warnings.size(), 1u);
  EXPECT_NE(apart.warnings[0].find("contradict"), std::string::npos);
}

TEST(CaseFile, WarnsOfScoresThatTheLawDoesNotReach) {
  EXPECT_NE(LoadCase(R"({"evidence": {"mmlu": 99.9}})").warnings.at(0).find("93.5"),
            std::string::npos);
  EXPECT_NE(LoadCase(R"({"evidence": {"mmlu": 27}})").warnings.at(0).find("chance"),
            std::string::npos);
}

TEST(CaseFile, TakesTheLawOfTheCommandLine) {
  EXPECT_EQ(LoadCase("{}", "performance-law-2024").closed.law.name, "performance-law-2024");
}

TEST(CaseFile, ReadsDenseModelsOnce) {
  const CaseFile file = LoadCase(R"({"known": {"kind": "dense", "active_params": "70B"}})");
  EXPECT_TRUE(file.closed.known[kTotalTrait].has_value());
  EXPECT_FALSE(file.closed.known[kActiveTrait].has_value());
}

TEST(CaseFile, NamesFileKeyValueAndRule) {
  const struct {
    const char *text, *says;
  } wrong[] = {
      {R"({"evidense": {}})", "unknown key"},
      {R"({"evidence": {"mmul": 80}})", "evidence.mmul"},
      {R"({"evidence": {"mmlu": 101}})", "evidence.mmlu"},
      {R"({"evidence": {"mmlu": "high"}})", "evidence.mmlu"},
      {R"({"evidence": {"mmlu_pro": 20}})", "above 30.1"},
      {R"({"evidence": {"mmlu": {"value": 80, "setting": "chat"}}})", "evidence.mmlu.setting"},
      {R"({"evidence": {"size": {"benchmark": "nope", "score": 1}}})", "must be one of"},
      {R"({"evidence": {"usd_per_million_output_tokens": -1}})", "usd_per_million_output_tokens"},
      {R"({"known": {"layers": 0}})", "known.layers"},
      {R"({"known": {"tokens": {"from": "2T", "to": "1T"}}})", "known.tokens.to"},
      {R"({"known": {"released": 2023}})", "month"},
      {R"({"known": {"kind": "sparse"}})", "known.kind"},
      {R"({"known": {"experts": 8}})", "moe"},
      {R"({"known": {"total_params": "10B", "active_params": "20B"}})", "active_params"},
      {R"({"known": {"kind": "dense", "ffn": 100, "activated_ffn": 200}})", "one of them"},
      {R"({"law": "no-such-law"})", "no-such-law"},
      {R"({"prior": "no-such-prior"})", "no-such-prior"},
      {"[]", "case_file_test.json"},
      {"", "case_file_test.json"},
  };
  for (const auto& [text, says] : wrong)
    EXPECT_NE(RefusalOfCase(text).find(says), std::string::npos) << text << '\n'
                                                                 << RefusalOfCase(text);
}

TEST(CaseFile, ReadsAllThatComeWithTheProject) {
  int cases = 0;
  for (const auto& entry : std::filesystem::directory_iterator("configs/cases")) {
    Inputs inputs;
    const CaseFile file = LoadCase(entry.path().string(), {}, inputs);
    EXPECT_FALSE(file.name.empty()) << entry.path();
    EXPECT_TRUE(file.closed.score || !file.closed.soft.empty()) << entry.path();
    ++cases;
  }
  EXPECT_GE(cases, 19);
}

}  // namespace
}  // namespace perflaw
