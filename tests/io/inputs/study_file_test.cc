#include "search/io/inputs/study_file.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <set>

#include "search/base/control.hpp"
#include "search/io/models/dtype.hpp"
#include "search/io/text/files.hpp"
#include "search/study/objective.hpp"
#include "search/sweep/sweep.hpp"
#include "tests/studies.hpp"

namespace perflaw {
namespace {

// A study that uses every block; tests change one thing of it.
Json Base() {
  return ParseJson(R"({
    "gamma": 1.0,
    "template": {"vocab": 32000, "head_dim": 128, "kv_heads": 8, "gated_ffn": true},
    "space": {
      "layers": {"from": 20, "to": 40, "step": 4},
      "hidden": [2048, 4096],
      "ffn": {"from": 4096, "to": 16384, "step": 4096},
      "experts": [1, 8], "experts_active": [1, 2], "experts_shared": [0, 1],
      "tokens": "budget"
    },
    "budget": {"accelerator": "h100-sxm", "count": 256, "days": 30, "mfu": 0.4,
               "max_tokens": "20T"},
    "training": {"data_parallel": 32, "tensor_parallel": 8, "context": 4096},
    "inference": {"accelerator": "h200-sxm", "count": 8, "batch": 32, "context": 8192,
                  "dtype": "fp8", "kv_dtype": "bf16", "serve_tokens": "1T"},
    "constraints": {"total_params": {"min": "1B", "max": "100B"}, "mmlu": {"min": 40}},
    "objective": "mmlu", "domain": "any", "method": "exhaustive", "top": 5
  })",
                   "base");
}

Study Load(const Json& json, const StudyOverrides& overrides = {}) {
  Inputs inputs;
  return LoadStudy(TempFile("study.json", json.dump()), overrides, inputs);
}

Json With(const std::string& pointer, const Json& value, Json json = Base()) {
  json[Json::json_pointer(pointer)] = value;
  return json;
}

Json Without(const std::string& pointer, Json json = Base()) {
  const Json::json_pointer at(pointer);
  json[at.parent_pointer()].erase(at.back());
  return json;
}

void ExpectRefused(const Json& json, const std::vector<std::string>& parts) {
  const std::string message = Refusal([&] { Load(json); });
  ExpectParts(message, {TempPath("study.json")});
  for (const std::string& part : parts) ExpectParts(message, {part});
}

TEST(LoadStudy, ReadsEveryBlock) {
  const Study study = Load(Base());
  EXPECT_EQ(study.space.Size(), 6 * 2 * 4 * 2 * 2 * 2);
  EXPECT_EQ(study.space.Decode(study.space.Size() - 1), (Point{40, 4096, 16384, 8, 2, 1, 0}));
  EXPECT_EQ(study.space.token_rule, TokenRule::kBudget);
  EXPECT_DOUBLE_EQ(*study.budget.train_flops, 989.4e12 * 256 * 0.4 * 30 * 86400);
  EXPECT_EQ(study.budget.max_tokens, 20e12);
  EXPECT_EQ(study.training->tensor, 8);
  EXPECT_EQ(study.inference->serving.accelerator.memory, 141e9);
  EXPECT_EQ(study.weight_bytes, 1);
  EXPECT_EQ(study.kv_bytes, 2);
  EXPECT_EQ(study.inference->tokens, 1e12);
  EXPECT_EQ(study.limits.size(), 3u);
  EXPECT_FALSE(study.inside_domain);
  EXPECT_FALSE(study.heads_fixed);
  EXPECT_EQ(study.top, 5);
}

TEST(LoadStudy, EchoesTheDefaultsThatItUsed) {
  Json json = Base();
  for (const char* key : {"gamma", "domain", "top"}) json.erase(key);
  const Study study = Load(json);
  EXPECT_EQ(study.gamma, 1);
  EXPECT_TRUE(study.inside_domain);
  EXPECT_EQ(study.top, 20);
  std::string all;
  for (const std::string& line : study.defaults) all += line + "\n";
  ExpectParts(all, {"law = performance-law-2024", "gamma = 1", "domain = inside", "top = 20"});
}

TEST(LoadStudy, EchoesTheRecipesDateOfALawWithATrend) {
  const auto says = [](const char* law) {
    std::string all;
    for (const std::string& line : Load(With("/law", law)).defaults) all += line + "\n";
    return all.find("law.recipe.year_month = 2026-01") != std::string::npos;
  };
  EXPECT_TRUE(says("performance-law-2026"));
  EXPECT_FALSE(says("performance-law-2024"));
}

TEST(LoadStudy, MoneyBuysAcceleratorHours) {
  Json json = Without("/budget/days");
  json["budget"]["usd"] = 1e6;
  json["budget"]["usd_per_hour"] = 2.5;
  EXPECT_DOUBLE_EQ(*Load(json).budget.train_flops, 1e6 / 2.5 * 3600 * 989.4e12 * 0.4);
}

TEST(LoadStudy, OverridesStandInPlaceOfTheFile) {
  StudyOverrides overrides;
  overrides.gamma = 1.9;
  overrides.top = 7;
  overrides.law = "configs/laws/performance-law-2024.json";
  const Study study = Load(With("/law", "no-such-law"), overrides);
  EXPECT_EQ(study.gamma, 1.9);
  EXPECT_EQ(study.top, 7);
  EXPECT_EQ(study.law.name, "performance-law-2024");
  overrides = {};
  overrides.method = "exhaustive";
  EXPECT_EQ(Load(With("/method", "certified"), overrides).method, Method::kExhaustive);
  overrides.method = "guess";
  EXPECT_THROW(Load(Base(), overrides), InputError);
}

// Quantiles of the log-normal: the median at risk 0.5, p90 at 0.9, symmetric in logarithms.
TEST(Gamma, IsTheRiskQuantileOfALogNormal) {
  const auto gamma = [](double risk) {
    return Load(With("/gamma", {{"median", 1.2}, {"p90", 1.6}, {"risk", risk}})).gamma;
  };
  EXPECT_NEAR(gamma(0.5), 1.2, 1e-12);
  EXPECT_NEAR(gamma(0.9), 1.6, 1e-12);
  EXPECT_NEAR(gamma(0.1), 1.2 * 1.2 / 1.6, 1e-12);
  // The normal quantiles of 0.975 and 0.9 are 1.959963984540054 and 1.2815515655446004.
  EXPECT_NEAR(gamma(0.975), 1.2 * std::pow(1.6 / 1.2, 1.959963984540054 / 1.2815515655446004),
              1e-9);
  double last = 0;
  for (double risk = 0.001; risk < 0.999; risk += 0.01) {
    EXPECT_GT(gamma(risk), last);
    last = gamma(risk);
  }
}

TEST(Gamma, RefusesImpossibleSpreads) {
  const Json spread = {{"median", 1.2}, {"p90", 1.6}, {"risk", 0.9}};
  ExpectRefused(With("/gamma", 0), {"gamma = 0", "above 0"});
  ExpectRefused(With("/gamma", -1), {"gamma = -1"});
  ExpectRefused(With("/gamma", "high"), {"gamma = \"high\""});
  for (const auto& [key, value] : {std::pair<const char*, Json>{"p90", 1.1},
                                   {"risk", 0},
                                   {"risk", 1},
                                   {"median", 0},
                                   {"mean", 1}}) {
    Json bad = spread;
    bad[key] = value;
    ExpectRefused(With("/gamma", bad), {std::string("gamma.") + key});
  }
}

TEST(Axes, RefuseWhatIsNoAxis) {
  const struct {
    const char* pointer;
    Json value;
    std::vector<std::string> parts;
  } cases[] = {
      {"/space/layers",
       {{"from", -4}, {"to", 8}, {"step", 1}},
       {"space.layers.from = -4", "from 1"}},
      {"/space/layers", {{"from", 9}, {"to", 8}, {"step", 1}}, {"space.layers.from = 9", "to = 8"}},
      {"/space/layers", {{"from", 4}, {"to", 8}, {"step", 0}}, {"space.layers.step = 0", "from 1"}},
      {"/space/layers", {{"from", 4}, {"to", 8}}, {"space.layers.step", "missing"}},
      {"/space/layers", {{"from", 4}, {"to", 8}, {"step", 1}, {"stop", 1}}, {"space.layers.stop"}},
      {"/space/layers", {{"from", "NaN"}, {"to", 8}, {"step", 1}}, {"space.layers.from = \"NaN\""}},
      {"/space/layers", Json::array(), {"space.layers = []", "at least one"}},
      {"/space/layers", {8, 4, 8}, {"space.layers = 8", "twice"}},
      {"/space/layers", {8, -4}, {"space.layers[1] = -4"}},
      {"/space/layers", {8, 4.5}, {"space.layers[1] = 4.5", "whole"}},
      {"/space/layers", 8, {"space.layers = 8"}},
      {"/space/layers", "8", {"space.layers = \"8\""}},
      {"/space/hidden", {0}, {"space.hidden[0] = 0"}},
      {"/space/experts_shared", {-1}, {"space.experts_shared[0] = -1"}},
      {"/space/experts", {0}, {"space.experts[0] = 0"}},
      {"/space/ffn", {{"times_hidden", Json::array()}}, {"space.ffn.times_hidden", "at least one"}},
      {"/space/ffn", {{"times_hidden", {2, -1}}}, {"space.ffn.times_hidden[1] = -1"}},
      {"/space/ffn", {{"times_hidden", {2, 3, 2.0}}}, {"times_hidden[2]", "twice"}},
      {"/space/ffn", {{"times_hidden", {2}}, {"multiple_of", 0}}, {"space.ffn.multiple_of = 0"}},
      {"/space/ffn", {{"times_hidden", {2}}, {"from", 1}}, {"space.ffn.from", "unknown"}},
      {"/space/tokens", "budgte", {"space.tokens = \"budgte\"", "least"}},
      {"/space/tokens", {0}, {"space.tokens[0] = 0"}},
      {"/space/layer", {1}, {"space.layer", "unknown key"}},
  };
  for (const auto& bad : cases) ExpectRefused(With(bad.pointer, bad.value), bad.parts);
  for (const char* axis : {"layers", "hidden", "ffn", "tokens"})
    ExpectRefused(Without(std::string("/space/") + axis),
                  {std::string("space.") + axis, "missing"});
}

TEST(Axes, RefuseSpacesOf2To63PointsAndMore) {
  Json json = With("/space/layers", {{"from", 1}, {"to", 1'000'000}, {"step", 1}});
  json["space"]["hidden"] = {{"from", 1}, {"to", 1 << 30}, {"step", 1}};
  json["space"]["ffn"] = {{"from", 1}, {"to", 1 << 30}, {"step", 1}};
  ExpectRefused(json, {"space", "2^63"});
}

TEST(Refusals, NameFileKeyValueAndRule) {
  const struct {
    const char* pointer;
    Json value;
    std::vector<std::string> parts;
  } cases[] = {
      {"/budget/usd", 1e6, {"budget.", "only one of"}},
      {"/budget/train_flops", 1e24, {"budget.", "only one of"}},
      {"/budget/mfu", 4, {"budget.mfu = 4", "at most 1"}},
      {"/budget/mfu", 0, {"budget.mfu = 0", "above 0"}},
      {"/budget/days", -3, {"budget.days = -3", "above 0"}},
      {"/budget/count", 0, {"budget.count = 0"}},
      {"/budget/accelerator", "h1000", {"budget.accelerator = \"h1000\"", "h100-sxm"}},
      {"/budget/max_tokens", "20X", {"budget.max_tokens = \"20X\""}},
      {"/budget/power_usage_effectiveness", 0.5, {"power_usage_effectiveness = 0.5"}},
      {"/budget/dayz", 3, {"budget.dayz", "unknown key"}},
      {"/training/data_parallel", 31, {"training.data_parallel = 31", "248", "256"}},
      {"/training/pipeline_parallel", 2, {"training.", "512", "256"}},
      {"/training/expert_parallel", 5, {"training.expert_parallel = 5", "32"}},
      {"/training/zero", 4, {"training.zero = 4"}},
      {"/training/context", 0, {"training.context = 0"}},
      {"/training/recompute", "some", {"training.recompute = \"some\"", "selective"}},
      {"/training/sequence_parallel", 1, {"training.sequence_parallel = 1", "true or false"}},
      {"/inference/dtype", "fp7", {"inference.dtype = \"fp7\"", "bf16"}},
      {"/inference/accelerator", "x", {"inference.accelerator = \"x\""}},
      {"/inference/batch", 0, {"inference.batch = 0"}},
      {"/inference/serve_tokens", 0, {"inference.serve_tokens = 0"}},
      {"/constraints/mmul", {{"min", 1}}, {"constraints.mmul", "mmlu"}},
      {"/constraints/mmlu", Json::object(), {"constraints.mmlu = {}", "min or a max"}},
      {"/constraints/mmlu", {{"min", 60}, {"max", 50}}, {"constraints.mmlu.min = 60", "50"}},
      {"/constraints/mmlu", {{"minimum", 60}}, {"constraints.mmlu.minimum", "unknown"}},
      {"/constraints/mmlu", 60, {"constraints.mmlu = 60", "object"}},
      {"/constraints/mmlu", {{"min", "x"}}, {"constraints.mmlu.min = \"x\"", "number"}},
      {"/objective", "mmul", {"objective = \"mmul\"", "cheapest"}},
      {"/objective", {{"maximize", "mmul"}}, {"objective.maximize = \"mmul\"", "metric"}},
      {"/objective", {{"maximise", "mmlu"}}, {"objective"}},
      {"/objective", {{"maximize", "mmlu"}, {"minimize", "layers"}}, {"objective.minimize"}},
      {"/objective", Json::object(), {"objective"}},
      {"/objective", 3, {"objective = 3"}},
      {"/domain", "near", {"domain = \"near\"", "inside"}},
      {"/domain", true, {"domain = true"}},
      {"/top", 0, {"top = 0"}},
      {"/top", 2.5, {"top = 2.5", "whole"}},
      {"/method", "guess", {"method = \"guess\"", "certified", "exhaustive"}},
      {"/method", "random", {"method = \"random\""}},
      {"/pareto", {"mmlu"}, {"pareto", "2 to 4"}},
      {"/pareto", {"mmlu", "mmlu"}, {"pareto", "twice"}},
      {"/pareto", {"mmlu", "speed"}, {"pareto[1] = \"speed\"", "metric"}},
      {"/resolution", {{"mmlu", 0.1}}, {"resolution", "pareto"}},
      {"/resolution", {{"mmlu", 0.01}}, {"resolution"}},
      {"/law", "law-2042", {"law = \"law-2042\"", "performance-law-2024"}},
      {"/law", 7, {"law = 7", "text"}},
      {"/template/kv_heads", 0, {"template.kv_heads = 0"}},
      {"/template/layers", 3, {"template.layers", "unknown key"}},
      {"/template/moe", {{"experts", 3}}, {"template.moe.experts", "unknown key"}},
      {"/tamplate", 1, {"tamplate", "unknown key"}},
      {"/space", 1, {"space = 1", "object"}},
  };
  for (const auto& bad : cases) ExpectRefused(With(bad.pointer, bad.value), bad.parts);
  for (const char* gone :
       {"/template", "/space", "/template/vocab", "/template/gated_ffn", "/budget/mfu",
        "/budget/count", "/training/context", "/inference/dtype", "/inference/count"})
    ExpectRefused(Without(gone),
                  {std::string(gone).substr(std::string(gone).rfind('/') + 1), "missing"});
}

TEST(Refusals, OfWhatBelongsTogether) {
  ExpectRefused(Without("/budget"), {"space.tokens", "budget"});
  ExpectRefused(Without("/budget/days"), {"space.tokens", "budget"});
  Json json = With("/objective", "cheapest", Without("/constraints/mmlu"));
  ExpectRefused(json, {"objective = \"cheapest\"", "constraints.mmlu.min"});
  json["objective"] = "shallowest";
  ExpectRefused(json, {"objective = \"shallowest\"", "constraints.mmlu.min"});
  json = With("/budget", {{"days", 3}});
  ExpectRefused(json, {"budget.accelerator", "missing"});
  const std::string path = TempFile("study.json", R"({"space": {}, "space": {}})");
  Inputs inputs;
  ExpectParts(Refusal([&] { LoadStudy(path, {}, inputs); }), {path, "space", "twice"});
}

// Tokens beyond max_tokens are never spent, whatever rule spends them.
TEST(MaxTokens, BindsUnderEveryTokenRule) {
  for (const Json& tokens :
       {Json("budget"), Json("least"), Json({1'000'000'000'000, 9'000'000'000'000})}) {
    Json json = With("/budget/max_tokens", "1.2T", With("/space/tokens", tokens));
    json["constraints"]["mmlu"] = {{"min", 55}};
    const ObjectiveFunction objective(Load(json));
    int feasible = 0;
    for (Count i = 0; i < objective.study().space.Size(); ++i) {
      if (objective.Evaluate(i).rule != kNoRule) continue;
      ++feasible;
      ASSERT_LE(objective.Describe(i)->model.tokens, 1.2e12 * (1 + 1e-9)) << tokens.dump();
    }
    EXPECT_GT(feasible, 0) << tokens.dump();
  }
}

// Points are counted by rule name, so two rules of one name would lose points.
TEST(MaxTokens, BesideATokenConstraintIsStillOneRulePerName) {
  Json json = With("/space/tokens", {1'000'000'000'000, 3'000'000'000'000, 9'000'000'000'000});
  json["budget"]["max_tokens"] = "4T";
  json["constraints"]["tokens"] = {{"max", "2T"}};
  const ObjectiveFunction objective(Load(json));
  std::set<std::string> names;
  for (const Rule& rule : objective.Rules())
    EXPECT_TRUE(names.insert(rule.name).second) << rule.name;
}

TEST(DtypeBytes, AreThoseOfTheFormats) {
  for (const auto& [name, bytes] : {std::pair{"fp32", 4.0},
                                    {"bf16", 2.0},
                                    {"fp16", 2.0},
                                    {"fp8", 1.0},
                                    {"int8", 1.0},
                                    {"fp4", 0.5},
                                    {"int4", 0.5}})
    EXPECT_EQ(DtypeBytes(name, "f", "k"), bytes) << name;
  ExpectParts(Refusal([] { DtypeBytes("fp64", "f", "k"); }), {"f: k = \"fp64\"", "bf16"});
}

TEST(Studies, OfTheProjectAllLoad) {
  int files = 0;
  for (const auto& entry : std::filesystem::directory_iterator("configs/studies")) {
    if (entry.path().extension() != ".json") continue;
    Inputs inputs;
    const Study study = LoadStudy(entry.path().string(), {}, inputs);
    EXPECT_GE(study.space.Size(), 1000) << entry.path();
    EXPECT_NO_THROW(ObjectiveFunction{study}) << entry.path();
    ++files;
  }
  EXPECT_GE(files, 7);
}

// The job of the law's authors: N 95, h 4096, d 8192, 14.78B, 4.5T tokens, 71.97 MMLU.
TEST(Studies, TheAuthorsPlannerFindsTheirBest) {
  Inputs inputs;
  const ObjectiveFunction objective(LoadStudy("configs/studies/authors-planner.json", {}, inputs));
  Control control;
  const SearchSummary found = Sweep(objective, {2, {}}, control);
  ASSERT_FALSE(found.best.empty());
  const Design& best = found.best.front();
  EXPECT_EQ(best.point, (Point{95, 4096, 8192, 1, 1, 0, 4'500'000'000'000}));
  EXPECT_NEAR(static_cast<double>(best.total_params), 14.78e9, 0.005e9);
  EXPECT_NEAR(best.law.raw, 71.97, 0.005);
}

}  // namespace
}  // namespace perflaw
