#include "search/io/outputs/search.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <random>

#include "search/base/control.hpp"
#include "search/io/models/model_config.hpp"
#include "search/io/outputs/count.hpp"
#include "search/io/outputs/design.hpp"
#include "search/io/outputs/envelope.hpp"
#include "search/io/outputs/prediction.hpp"
#include "search/io/text/csv.hpp"
#include "search/io/text/files.hpp"
#include "search/sweep/sweep.hpp"
#include "tests/studies.hpp"

namespace perflaw {
namespace {

SearchSummary Solve(const ObjectiveFunction& objective, std::optional<Count> asked = {}) {
  Control control;
  return Sweep(objective, {2, asked}, control);
}

TEST(Real, HoldsTwelveDigits) {
  std::mt19937_64 random(15);
  std::uniform_real_distribution<double> exponent(-30, 30);
  for (int i = 0; i < 20000; ++i) {
    const double value = std::pow(10.0, exponent(random));
    const double back = Real(value).get<double>();
    ASSERT_NEAR(back / value, 1, 5.0001e-12);
    const double rounded = std::strtod(fmt::format("{:.11e}", value).c_str(), nullptr);
    ASSERT_TRUE(value >= 1 || back == rounded) << value;
    ASSERT_EQ(Real(back), Real(value));
  }
  EXPECT_EQ(Real(0.1 + 0.2).dump(), "0.3");
}

TEST(Real, KeepsWholeNumbersExactUpTo2To53) {
  EXPECT_EQ(Real(4096).dump(), "4096");
  EXPECT_EQ(Real(15e12).dump(), "15000000000000");
  EXPECT_EQ(Real(-3).dump(), "-3");
  EXPECT_EQ(Real(-0.0).dump(), "0");
  // Kimi-K2's parameters, thirteen digits.
  EXPECT_EQ(Real(1026408232448).dump(), "1026408232448");
  EXPECT_EQ(Real(9007199254740991).dump(), "9007199254740991");
}

TEST(Real, IsNullWhereNothingIsDefined) {
  for (const double value : {NAN, INFINITY, -INFINITY}) EXPECT_TRUE(Real(value).is_null());
}

TEST(Envelope, CarriesWhatEveryResultDoes) {
  Inputs inputs;
  inputs.Read(TempFile("in", "abc"));
  const Json json = Envelope("search", "a-law", inputs, 3, 1.5);
  for (const char* key : {"schema_version", "perflaw_version", "git_revision", "law",
                          "inputs_sha256", "seed", "threads", "seconds"})
    EXPECT_TRUE(json.contains(key)) << key;
  EXPECT_EQ(json.at("inputs_sha256"), Sha256("3:abc"));
  EXPECT_EQ(json.at("threads"), 3);
  EXPECT_EQ(json.at("seconds"), 1.5);
  EXPECT_TRUE(Envelope("count", "", inputs, 1, 0).at("law").is_null());
}

TEST(PredictionJson, CountsExactlyAndKnowsItsLimits) {
  TrainedModel model{Form::kMoe, 61, 7168, 2048, 18432, 15.5e12, 1026408232448, 32861500928};
  const Json json = PredictionJson(PaperLaw(), model, 1);
  EXPECT_EQ(json.at("total_params"), 1026408232448);
  EXPECT_EQ(json.at("active_params"), 32861500928);
  EXPECT_EQ(json.at("form"), "moe");
  EXPECT_FALSE(json.at("domain").at("inside"));
  EXPECT_NEAR(json.at("domain").at("distance").get<double>(),
              std::log(0.0889 * 1026408232448 / 32861500928), 1e-9);
  EXPECT_FALSE(json.at("domain").at("warnings").empty());
  EXPECT_EQ(json.at("mmlu_pro").is_null(), json.at("mmlu") <= 70);
  const Json& interval = json.at("interval_90");
  EXPECT_LE(interval[0], json.at("mmlu"));
  EXPECT_GE(interval[1], json.at("mmlu"));
}

// Published totals of the models' weight files; the split adds up.
TEST(CountJson, ItemisesPublishedCounts) {
  for (const auto& [name, total, six_nd] :
       {std::tuple<std::string, Count, Count>{"llama-3.1-8b", 8'030'261'248, 6 * 8'030'261'248},
        {"kimi-k2-instruct", 1'026'408'232'448, 6 * 32'861'500'928}}) {
    const std::string path = "configs/models/" + name + ".json";
    Inputs inputs;
    const Json json =
        CountJson(ParseModel(ReadFile(path), path, inputs), {.dtype = "bf16", .as_stored = false});
    EXPECT_EQ(json.at("total_params"), total);
    EXPECT_EQ(json.at("weight_bytes"), 2 * total);
    EXPECT_EQ(json.at("train_flops_per_token").at("six_nd"), six_nd);
    for (const auto& [blocks, sum] :
         {std::pair{"blocks", "total_params"}, {"active_blocks", "active_params"}}) {
      Count added = 0;
      for (const auto& item : json.at(blocks).items()) added += item.value().get<Count>();
      EXPECT_EQ(json.at(sum), added) << name;
    }
  }
}

// Causal attention over 4,096 tokens of context.
TEST(CountJson, TrainingFlopsOfLlama) {
  const std::string path = "configs/models/llama-3.1-8b.json";
  Inputs inputs;
  const Json json = CountJson(ParseModel(ReadFile(path), path, inputs), {});
  EXPECT_NEAR(json.at("train_flops_per_token").at("with_attention").get<double>(), 4.825e10,
              0.001e10);
  EXPECT_EQ(json.at("kv_bytes_per_token"), 131072);
}

// Qwen3-Next: 36 of its 48 layers keep a state instead of keys; gpt-oss: half of its 36 keep a window.
TEST(CountJson, SaysTheStackAndWhatItKeeps) {
  const auto count = [](const std::string& name, const CountOptions& options) {
    Inputs inputs;
    const std::string path = "configs/models/" + name + ".json";
    return CountJson(ParseModel(ReadFile(path), path, inputs), options);
  };
  const Json next = count("qwen3-next-80b-a3b", {});
  EXPECT_EQ(next.at("stack_in_words"), "36 gated delta + 12 attention; 48 experts");
  EXPECT_EQ(next.at("stack"),
            Json::parse(R"([{"count": 36, "mixer": "gated delta", "ffn": "experts"},
                            {"count": 12, "mixer": "attention", "ffn": "experts"}])"));
  const Count state = 36 * ((2 * 16 * 128 + 32 * 128) * 4 + 32 * 128 * 128);
  EXPECT_EQ(next.at("cache_elements"), (Json{{"per_token_growing", 12 * 2 * 2 * 256},
                                             {"per_token_windowed", 0},
                                             {"per_sequence", state}}));
  EXPECT_EQ(next.at("kv_bytes_per_token"), 2 * 12 * 2 * 2 * 256);
  EXPECT_EQ(next.at("state_bytes_per_sequence"), 2 * state);
  EXPECT_GT(next.at("blocks").at("mixers"), 0);
  const Json oss = count("gpt-oss-120b", {.context = 1024});
  EXPECT_EQ(oss.at("cache_elements").at("per_token_growing"), 18 * 2 * 8 * 64);
  EXPECT_EQ(oss.at("cache_elements").at("per_token_windowed"), 18 * 2 * 8 * 64);
  EXPECT_EQ(oss.at("kv_bytes_per_token"), 2 * 18 * 2 * 8 * 64 * (1 + 128.0 / 1024));
}

// A quantized config's weights, unless a format was asked for: DeepSeek-V3's matrices of layers take a byte a parameter.
TEST(CountJson, WeighsAQuantizedConfigAsItIsStored) {
  Inputs inputs;
  const std::string path = "configs/models/deepseek-v3.json";
  const Model model = ParseModel(ReadFile(path), path, inputs);
  const Json stored = CountJson(model, {});
  const Json& b = stored.at("blocks");
  Count whole = 0;
  for (const char* block : {"embedding", "head", "router", "norms", "biases"})
    whole += b.at(block).get<Count>();
  EXPECT_EQ(stored.at("weight_bytes"), stored.at("total_params").get<Count>() + whole);
  const Json asked = CountJson(model, {.dtype = "bf16", .as_stored = false});
  EXPECT_EQ(asked.at("weight_bytes"), 2 * asked.at("total_params").get<Count>());
}

TEST(DesignJson, IsFlatWithEveryMetricThatTheStudyDefines) {
  for (const bool full : {true, false}) {
    const ObjectiveFunction objective(full ? FullStudy() : PlainStudy());
    const Study& study = objective.study();
    for (Count i = 0; i < study.space.Size(); i += 11) {
      const auto design = objective.Describe(i);
      if (!design) continue;
      const Json row = DesignJson(objective, *design);
      for (const auto& item : row.items()) ASSERT_TRUE(item.value().is_primitive()) << item.key();
      for (std::size_t m = 0; m < kMetrics; ++m) {
        const Metric metric{static_cast<int>(m)};
        const std::string name(kMetricTable[m].name);
        ASSERT_EQ(row.contains(name), objective.Defined(metric)) << name;
        ASSERT_EQ(MetricsJson(objective).contains(name), row.contains(name)) << name;
        if (!row.contains(name)) continue;
        const double value = objective.Value(metric, *design);
        ASSERT_NEAR(row.at(name).get<double>(), value, 1e-11 * std::abs(value)) << name;
      }
      ASSERT_EQ(row.at("index"), i);
      for (std::size_t axis = 0; axis < kAxes; ++axis)
        ASSERT_EQ(row.at(std::string(kAxisNames[axis])), design->point[axis]);
      ASSERT_EQ(row.at("total_params"), design->total_params);
    }
  }
}

TEST(DesignJson, WhatDoesNotFitHasNoPrice) {
  Study study = FullStudy();
  study.inference->serving.accelerator.memory = 1;
  const ObjectiveFunction objective(study);
  const SearchSummary found = Solve(objective);
  const Json row = DesignJson(objective, found.best.at(0));
  EXPECT_TRUE(row.at("lifetime_usd").is_null());
  EXPECT_TRUE(row.at("decode_tokens_per_second").is_null());
}

// Every point is listed, counted as rejected or feasible beyond the list.
TEST(SearchJson, AccountsForEveryPoint) {
  Study study = FullStudy();
  study.limits = {{Metric::kTotalParams, true, 20e9},
                  {Metric::kTokens, true, 3e12},
                  {Metric::kLayers, false, 30}};
  study.top = 3;
  const ObjectiveFunction objective(study);
  const Json json = SearchJson(objective, Solve(objective));
  EXPECT_EQ(json.at("status"), "optimal");
  EXPECT_EQ(json.at("best").size(), 3u);
  EXPECT_EQ(json.at("space_points"), study.space.Size());
  Count points = json.at("feasible").get<Count>();
  for (const auto& item : json.at("rejected").items()) points += item.value().get<Count>();
  EXPECT_EQ(points, study.space.Size());
  EXPECT_TRUE(json.at("relaxation").empty());
  EXPECT_EQ(json.at("certificate").at("gap"), 0);
  EXPECT_TRUE(json.at("certificate").at("upper_bound").is_number());
  EXPECT_FALSE(json.at("best_dense").is_null());
  EXPECT_FALSE(json.at("best_moe").is_null());
  double last = INFINITY;
  for (const Json& row : json.at("best")) {
    EXPECT_LE(row.at("mmlu_raw").get<double>(), last);
    last = row.at("mmlu_raw").get<double>();
  }
}

// What the result prints as the smallest change must be enough as printed.
TEST(SearchJson, ThePrintedRelaxationAdmitsAPoint) {
  std::mt19937_64 random(16);
  int tried = 0;
  for (std::size_t m = 0; m < kMetrics; ++m) {
    const Metric metric{static_cast<int>(m)};
    for (const bool is_max : {true, false}) {
      Study study = FullStudy();
      study.space.axes[kHiddenAxis] = AxisOf({1024 * static_cast<Count>(2 + random() % 5)});
      study.limits = {{metric, is_max, is_max ? 1e-3 : 1e30}};
      const ObjectiveFunction objective(study);
      const Json relaxation = SearchJson(objective, Solve(objective)).at("relaxation");
      if (relaxation.empty()) continue;
      ASSERT_EQ(relaxation.size(), 1u);
      study.limits[0].limit = relaxation.front().get<double>();
      EXPECT_GT(Solve(ObjectiveFunction(study)).feasible, 0)
          << relaxation.dump() << " is not enough";
      ++tried;
    }
  }
  EXPECT_GT(tried, 40);
}

TEST(SearchJson, ThePrintedBudgetAdmitsAPoint) {
  for (const Count layers : {20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31}) {
    Study study = PlainStudy();
    study.base.vocab = 31'999;
    study.space.axes[kLayersAxis] = Axis(layers);
    study.space.axes[kTokensAxis] = Axis(1'234'567'890'123 + layers * 7'654'321);
    study.budget.train_flops = 1e18;
    const ObjectiveFunction objective(study);
    const Json relaxation = SearchJson(objective, Solve(objective)).at("relaxation");
    study.budget.train_flops = relaxation.at("budget").get<double>();
    EXPECT_GT(Solve(ObjectiveFunction(study)).feasible, 0) << relaxation.dump();
  }
}

TEST(SearchJson, OfNothingFeasibleSaysWhatWouldDo) {
  Study study = PlainStudy();
  study.limits = {{Metric::kMmlu, false, 99.5}, {Metric::kLayers, true, 1}};
  const ObjectiveFunction objective(study);
  const Json json = SearchJson(objective, Solve(objective));
  EXPECT_EQ(json.at("status"), "infeasible");
  EXPECT_TRUE(json.at("best").empty());
  EXPECT_TRUE(json.at("best_dense").is_null());
  EXPECT_TRUE(json.at("relaxation").at("mmlu.min").is_null());
  EXPECT_TRUE(json.at("relaxation").at("layers.max").is_null());
}

// One who stops a search has no proof.
TEST(SearchJson, InterruptedClaimsNoCertificate) {
  const ObjectiveFunction objective(PlainStudy());
  Control control;
  control.stop = true;
  const Json json = SearchJson(objective, Sweep(objective, {2, {}}, control));
  EXPECT_EQ(json.at("status"), "interrupted");
  EXPECT_TRUE(json.at("certificate").at("upper_bound").is_null());
  EXPECT_TRUE(json.at("certificate").at("gap").is_null());
}

TEST(SearchJson, WarnsOfAMetricThatTheBudgetMakesConstant) {
  Study study = FullStudy();
  study.space.token_rule = TokenRule::kBudget;
  study.space.axes[kTokensAxis] = Axis(0);
  study.budget.train_flops = 1e23;
  for (const auto& [metric, constant] : {std::pair{Metric::kTrainDays, true},
                                         {Metric::kTrainUsd, true},
                                         {Metric::kTrainFlops, true},
                                         {Metric::kLayers, false}}) {
    study.objective = {Goal::kMetric, metric, false, "minimize"};
    const ObjectiveFunction objective(study);
    const std::string warnings = SearchJson(objective, Solve(objective)).at("warnings").dump();
    EXPECT_EQ(warnings.find("same for every point") != std::string::npos, constant)
        << MetricName(metric);
  }
}

// A cap on tokens that never binds leaves the whole budget spent as well.
TEST(SearchJson, WarnsOfAFrontMetricThatIsConstant) {
  Study study = FullStudy();
  study.space.token_rule = TokenRule::kBudget;
  study.space.axes[kTokensAxis] = Axis(0);
  study.budget.train_flops = 1e23;
  study.front = {{Metric::kMmlu, true, 0}, {Metric::kTrainFlops, false, 0}};
  for (const auto& [most, constant] : {std::pair(1e15, true), {1e12, false}}) {
    study.budget.max_tokens = most;
    const ObjectiveFunction objective(study);
    const std::string warnings = SearchJson(objective, Solve(objective)).at("warnings").dump();
    EXPECT_EQ(warnings.find("train_flops is the same for every design found") != std::string::npos,
              constant)
        << warnings;
    EXPECT_EQ(warnings.find("mmlu is the same"), std::string::npos);
  }
}

TEST(WhyJson, NamesRankOrRules) {
  Study study = PlainStudy();
  study.limits = {{Metric::kLayers, true, 28}, {Metric::kMmlu, false, 60}};
  const ObjectiveFunction objective(study);
  int kept = 0, broken = 0, unbuilt = 0;
  for (Count i = 0; i < study.space.Size(); i += 3) {
    const SearchSummary found = Solve(objective, i);
    const Json why = WhyJson(objective, i, found);
    const auto failures = objective.Failures(i);
    ASSERT_EQ(why.at("feasible"), failures.empty());
    ASSERT_EQ(why.at("rank").is_null(), !failures.empty());
    ASSERT_EQ(why.at("breaks").size(), failures.size());
    ASSERT_EQ(why.at("row").is_null(), !objective.Describe(i).has_value());
    ++(failures.empty() ? kept : why.at("row").is_null() ? unbuilt : broken);
    for (const Json& rule : why.at("breaks")) {
      if (rule.at("rule") != "layers.max") continue;
      ASSERT_EQ(rule.at("limit"), 28);
      ASSERT_GT(rule.at("value"), 28);
    }
  }
  EXPECT_GT(kept, 0);
  EXPECT_GT(broken, 0);
  EXPECT_GT(unbuilt, 0);
}

TEST(CellText, IsPlainTextNumbersOrNothing) {
  EXPECT_EQ(CellText(nullptr), "");
  EXPECT_EQ(CellText("a, b"), "a, b");
  EXPECT_EQ(CellText(12), "12");
  EXPECT_EQ(CellText(0.25), "0.25");
  EXPECT_EQ(CellText(46.4706730254), "46.4706730254");
  EXPECT_EQ(CellText(0.1 + 0.2), "0.3");
  EXPECT_EQ(CellText(6.02214076e23), "6.02214076e+23");
}

}  // namespace
}  // namespace perflaw
