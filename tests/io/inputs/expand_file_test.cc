// Expansion studies read, refused, and written as results.
#include "search/io/inputs/expand_file.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>

#include "search/base/error.hpp"
#include "search/io/outputs/growth.hpp"
#include "search/io/text/files.hpp"

namespace perflaw {
namespace {

const char* const kPlan =
    R"({"from": {"layers": 32, "hidden": 4096, "ffn": 14336, "params": "7B", "tokens": "3T"},
        "to": {"layers": 80, "hidden": 8192, "ffn": 28672, "params": "70B", "tokens": "1T"}})";

ExpansionFile LoadExpansion(const std::string& text) {
  const std::string path = fmt::format("{}/expand-{}.json", testing::TempDir(), getpid());
  WriteFile(path, text);
  Inputs inputs;
  return LoadExpansion(path, std::nullopt, std::nullopt, inputs);
}

Json Answer(const ExpansionStudy& study) {
  Control go_on;
  return ExpansionJson(study, Expand(study, 1, go_on));
}

Json Example() {
  const std::string path = "configs/expansions/7b-to-70b.json";
  return ParseJson(ReadFile(path), path);
}

// The message of the InputError that a change of the example leads to; "" when it is accepted.
std::string RefusalOfExpansion(const char* pointer, const Json& value) {
  Json changed = Example();
  changed[Json::json_pointer(pointer)] = value;
  try {
    LoadExpansion(changed.dump());
  } catch (const InputError& error) {
    return error.what();
  }
  return "";
}

TEST(ExpandFile, ReproducesThePapersPlan) {
  const ExpansionFile file = LoadExpansion(kPlan);
  const Json answer = Answer(file.study);
  EXPECT_NEAR(answer.at("best").at("mmlu").get<double>(), 67.00187378584985, 1e-9);
  EXPECT_EQ(answer.at("best").at("to_tokens"), 1'000'000'000'000);
  EXPECT_FALSE(answer.contains("certificate"));
  EXPECT_EQ(file.defaults.size(), 2u);  // law and gamma
}

TEST(ExpandFile, CountsTheSmallModelByTheTemplate) {
  const ExpansionFile file = LoadExpansion(Example().dump());
  EXPECT_EQ(file.study.from.params, 8030261248.0);  // Llama 3 8B, as published
  EXPECT_TRUE(file.study.moment_free);
  EXPECT_TRUE(file.defaults.empty());
}

TEST(ExpandFile, AnswersTheExampleWithAProof) {
  const ExpansionFile file = LoadExpansion(Example().dump());
  const Json answer = Answer(file.study);
  const double best = answer.at("best").at("mmlu_raw").get<double>();
  EXPECT_LE(answer.at("certificate").at("gap").get<double>(), 2e-6);
  EXPECT_GE(answer.at("certificate").at("upper_bound").get<double>(), best);
  EXPECT_NEAR(answer.at("gain").get<double>(),
              best - answer.at("scratch").at("mmlu_raw").get<double>(), 1e-9);
  EXPECT_EQ(answer.at("curve").size(), 101u);
  for (const Json& m : answer.at("curve")) {
    const double r = m.at("r").get<double>();
    EXPECT_EQ(m.at("mmlu_raw").is_null(), r < 0 || r > 1) << m.dump();
    EXPECT_LE(m.at("mmlu_raw").is_null() ? best : m.at("mmlu_raw").get<double>(), best + 1e-9);
  }
}

// Under a ceiling raw points are not MMLU.
TEST(ExpandFile, GivesTheGainInReportedMmlu) {
  Json example = Example();
  example["domain"] = "any";
  ExpansionFile file = LoadExpansion(example.dump());
  file.study.law.b += 25;  // near 100
  const Json answer = Answer(file.study);
  const double best = answer.at("best").at("mmlu").get<double>();
  const double scratch = Bounded(file.study.law, answer.at("scratch").at("mmlu_raw").get<double>());
  EXPECT_NEAR(answer.at("gain_mmlu").get<double>(), best - scratch, 1e-9);
  EXPECT_LT(answer.at("gain_mmlu").get<double>(), answer.at("gain").get<double>() / 2);
}

TEST(ExpandFile, AdvisesToTrainFromScratchWhereGrowingGainsNothing) {
  Json example = Example();
  // Inside the domain none of the targets is worth a switch.
  EXPECT_EQ(Answer(LoadExpansion(example.dump()).study).at("advice"), "train from scratch");
  example["domain"] = "any";
  EXPECT_EQ(Answer(LoadExpansion(example.dump()).study).at("advice"), "grow");
  Json plan = ParseJson(kPlan, "plan");
  plan["from"]["tokens"] = "0.001T";  // the switch is at the start
  EXPECT_EQ(Answer(LoadExpansion(plan.dump()).study).at("advice"), "train from scratch");
}

TEST(ExpandFile, RefusesAPlanThatShrinks) {
  for (const char* size : {"layers", "hidden", "ffn", "params"}) {
    Json plan = ParseJson(kPlan, "plan");
    plan["to"][size] = 30;
    try {
      LoadExpansion(plan.dump());
      ADD_FAILURE() << size;
    } catch (const InputError& error) {
      EXPECT_NE(std::string(error.what()).find(std::string("to.") + size), std::string::npos)
          << error.what();
    }
  }
}

TEST(ExpandFile, TakesAStudysBudgetsAndDomain) {
  Json example = Example();
  example["budget"] = {{"accelerator", "h100-sxm"}, {"count", 1024}, {"days", 30}, {"mfu", 0.4}};
  example.erase("domain");
  const ExpansionFile file = LoadExpansion(example.dump());
  // 989.4 TFLOP/s dense, NVIDIA's data sheet.
  EXPECT_NEAR(file.study.budget / (989.4e12 * 0.4 * 1024 * 30 * 86400), 1, 1e-3);
  EXPECT_TRUE(file.study.inside_domain);
  EXPECT_NE(std::find(file.defaults.begin(), file.defaults.end(), "domain = inside"),
            file.defaults.end());
  example["domain"] = "any";
  EXPECT_FALSE(LoadExpansion(example.dump()).study.inside_domain);
  example["law"] = "performance-law-2026";
  const auto defaults = LoadExpansion(example.dump()).defaults;
  EXPECT_NE(std::find(defaults.begin(), defaults.end(), "law.recipe.year_month = 2026-01"),
            defaults.end());
}

TEST(ExpandFile, RefusesWhatIsWrongAndNamesIt) {
  const struct {
    const char* pointer;
    Json value;
    const char* named;
  } cases[] = {{"/budgets", 1, "budgets"},
               {"/to", Json::object(), "to"},
               {"/from/layers", 0, "from.layers"},
               {"/from/tokens", "1000T", "from.tokens"},
               {"/from/hidden", 4100, "from.hidden"},
               {"/space/experts", {8}, "space.experts"},
               {"/space/tokens", "budget", "space.tokens"},
               {"/space/layers", Json::array(), "space.layers"},
               {"/space/ffn", {{"from", 1}, {"to", 100000000}, {"step", 1}}, "space"},
               {"/budget/train_flops", -1, "budget.train_flops"},
               {"/budget/usd", 1, "budget.usd"},
               {"/budget", Json::object(), "budget.train_flops"},
               {"/budget/max_tokens", "1T", "budget.max_tokens"},
               {"/domain", "outside", "domain"},
               {"/template/kv_heads", 7, "kv_heads"},
               {"/gamma", 0, "gamma"}};
  for (const auto& c : cases)
    EXPECT_NE(RefusalOfExpansion(c.pointer, c.value).find(c.named), std::string::npos)
        << c.pointer << ": " << RefusalOfExpansion(c.pointer, c.value);
}

}  // namespace
}  // namespace perflaw
