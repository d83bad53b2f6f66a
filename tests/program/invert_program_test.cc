// `invert`, `prior` and `size` as a user runs them.
#include <functional>

#include "tests/program/program.hpp"

namespace perflaw {
namespace {

constexpr const char* kCase =
    R"({"evidence": {"mmlu": 86.4, "usd_per_million_output_tokens": 60, "size": {"benchmark": "mmlu_pro", "score": 0.80}},
  "known": {"kind": "moe", "tokens": "13T", "total_params": {"from": "1T", "to": "2T"}, "released": "2023-03"}})";

Json WithoutTimes(Json result) {
  for (const char* key : {"seconds", "threads"}) result.erase(key);
  return result;
}

using InvertProgram = Program;

TEST_F(InvertProgram, InvertGivesEveryKeyOfTheContract) {
  const Outcome done = Call("invert '" + Write("case.json", kCase) + "' --json");
  ASSERT_EQ(done.status, 0) << done.err;
  const Json answer = done.json();
  for (const char* key : {"modes", "intervals", "ranges", "identified", "structures", "odds",
                          "conflicts", "warnings", "defaults", "seed", "inputs_sha256"})
    EXPECT_TRUE(answer.contains(key)) << key;
  const Json& total = answer.at("intervals").at("total_params");
  EXPECT_GE(total.at("q05").get<double>(), 1e12);
  EXPECT_LE(total.at("q95").get<double>(), 2e12);
  EXPECT_EQ(answer.at("odds").at("moe"), 1);
  EXPECT_EQ(answer.at("identified").at("tokens"), 1);
  EXPECT_EQ(answer.at("intervals").at("released").at("q50"), "2023-03");
  EXPECT_FALSE(answer.at("ranges").contains("tokens"));
}

TEST_F(InvertProgram, InvertAnswersTheSameForAnyNumberOfThreads) {
  const std::string path = Write("case.json", kCase);
  const Json one = WithoutTimes(Call("invert '" + path + "' --json --threads 1").json());
  for (const char* threads : {"1", "2", "3", "8"})
    EXPECT_EQ(WithoutTimes(Call("invert '" + path + "' --json --threads " + threads).json()), one)
        << threads;
}

TEST_F(InvertProgram, InvertAnswersAsAnAnalystWould) {
  const Json bare =
      Call("invert '" + Write("a.json", R"({"evidence": {"mmlu": 80}})") + "' --json").json();
  EXPECT_LT(bare.at("identified").at("ffn").get<double>(), 0.2);
  EXPECT_TRUE(bare.at("conflicts").empty());

  const Json impossible =
      Call("invert '" +
           Write("b.json", R"({"evidence": {"mmlu": 99.9}, "known": {"total_params": "1B"}})") +
           "' --json")
          .json();
  EXPECT_EQ(impossible.at("conflicts").at(0).at("evidence"), "mmlu");
  EXPECT_EQ(impossible.at("conflicts").at(1).at("evidence"), "total_params");

  // Ten billion parameters in 300 layers, of which more are activated than there are: nothing.
  const Json nothing =
      Call("invert '" +
           Write(
               "c.json",
               R"({"evidence": {"mmlu": 80}, "known": {"kind": "moe", "total_params": {"to": "10B"},
             "active_params": {"from": "9.9B"}, "layers": 300, "hidden": 30000}})") +
           "' --json")
          .json();
  EXPECT_TRUE(nothing.at("odds").at("moe").is_null());
  EXPECT_FALSE(nothing.at("conflicts").empty());

  const Outcome typo = Call("invert '" + Write("d.json", R"({"evidence": {"mmul": 80}})") + "'");
  EXPECT_EQ(typo.status, 2);
  EXPECT_NE(typo.err.find("d.json: evidence.mmul"), std::string::npos) << typo.err;
}

TEST_F(InvertProgram, PriorMakesTheFileThatIsHereAgain) {
  const Outcome done = Call("prior");
  ASSERT_EQ(done.status, 0) << done.err;
  const Json made = done.json(), here = ParseJson(Slurp("configs/priors/structures.json"), "here");
  EXPECT_EQ(made.at("law_sigma"), here.at("law_sigma"));
  for (const char* kind : {"dense", "moe"}) {
    for (std::size_t i = 0; i < 8; ++i) {
      EXPECT_NEAR(made.at(kind).at("mean").at(i).get<double>(),
                  here.at(kind).at("mean").at(i).get<double>(), 1e-9);
    }
  }
  EXPECT_EQ(Call("prior '" + Write("t.csv", "model,layers\na,1\n") + "'").status, 2);
}

TEST_F(InvertProgram, SizeFitsTheSampleTable) {
  const Json fitted =
      Call("size fit configs/tables/sample-benchmark-scores.csv --benchmark score --json").json();
  // What the sample was made with: slope 4, residual 0.3 dex.
  EXPECT_NEAR(fitted.at("regression").at("slope").get<double>(), 4, 0.8);
  EXPECT_NEAR(fitted.at("regression").at("sigma_dex").get<double>(), 0.3, 0.1);
  const Json nonnegative =
      Call(
          "size fit configs/tables/sample-benchmark-scores.csv --benchmark score --active-ratio "
          "--nonnegative --json")
          .json();
  EXPECT_EQ(nonnegative.at("regression").at("features").at(1).at("slope"), 0);
  const Json free = Call(
                        "size fit configs/tables/sample-benchmark-scores.csv --benchmark score "
                        "--active-ratio --json")
                        .json();
  EXPECT_LT(free.at("regression").at("features").at(1).at("slope").get<double>(), 0);
}

// With Ctrl-C as soon as there is something that `found` is content with.
template <class Found>
Outcome Interrupted(const std::function<Outcome(const std::string& before)>& call,
                    const Found& found) {
  Outcome outcome;
  for (const int seconds : {1, 2, 4, 8}) {
    outcome = call(fmt::format("timeout --foreground --preserve-status -s INT {}", seconds));
    EXPECT_EQ(outcome.status, 130) << outcome.err;
    if (found(outcome.out)) return outcome;
  }
  ADD_FAILURE() << outcome.out;
  return outcome;
}

TEST_F(InvertProgram, AnInterruptedInversionPrintsWhatItFound) {
  const std::string arguments =
      "invert '" + Write("case.json", kCase) + "' --threads 1 --draws 4000000";
  const auto call = [&](const std::string& more) {
    return [&, more](const std::string& before) { return Call(arguments + more, before); };
  };
  const Json answer = Interrupted(call(" --json"), [](const std::string& out) {
                        return out.find("\"train_usd\": {") != std::string::npos;
                      }).json();
  EXPECT_EQ(answer.at("status"), "interrupted");
  EXPECT_GT(answer.at("effective_draws"), 10);
  EXPECT_TRUE(answer.at("modes").empty());
  EXPECT_TRUE(answer.at("ranges").empty());
  Interrupted(call(""), [](const std::string& out) {
    return out.find("interrupted: by the draws so far") != std::string::npos;
  });
}

TEST_F(InvertProgram, AnInterruptedGrowthPrintsTheBestSoFarWithoutAProof) {
  Json study = ParseJson(Slurp("configs/expansions/7b-to-70b.json"), "study");
  study["space"]["layers"] = {{"from", 32}, {"to", 300}, {"step", 1}};
  study["space"]["hidden"] = {{"from", 4096}, {"to", 16384}, {"step", 1024}};
  study["space"]["ffn"] = {{"from", 14336}, {"to", 57344}, {"step", 16}};
  study["domain"] = "any";
  const std::string path = Write("study.json", study.dump());
  const auto call = [&](const std::string& more) {
    return [&, more](const std::string& before) {
      return Call("expand '" + path + "' --threads 1" + more, before);
    };
  };
  const auto any = [](const std::string& out) { return !out.empty(); };
  const Json answer = Interrupted(call(" --json"), any).json();
  EXPECT_EQ(answer.at("status"), "interrupted");
  EXPECT_FALSE(answer.contains("certificate"));
  EXPECT_GT(answer.at("best").at("mmlu"), 25);
  const std::string table = Interrupted(call(""), any).out;
  EXPECT_TRUE(table.starts_with("interrupted: the best so far")) << table;
  EXPECT_EQ(table.find("no target of"), std::string::npos) << table;
}

}  // namespace
}  // namespace perflaw
