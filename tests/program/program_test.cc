// The program from outside, as a user runs it: golden values, exit statuses, messages, files
// written.
#include "tests/program/program.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>

namespace perflaw {
namespace {

TEST_F(Program, PredictsThePapersMoeExample) {
  const Outcome run = Call(
      "predict --layers 56 --hidden 6144 --ffn 16384 --activated-ffn 16384 --params 141B "
      "--active-params 39B "
      "--tokens 10T --json");
  ASSERT_EQ(run.status, 0) << run.err;
  const Json result = run.json();
  EXPECT_NEAR(result.at("mmlu").get<double>(), 77.50985935370231,
              1e-9);  // paper, code of section 2.2
  for (const char* key :
       {"schema_version", "perflaw_version", "git_revision", "law", "inputs_sha256", "seed",
        "threads", "seconds", "interval_90", "domain", "train_flops", "expansion_factor"}) {
    EXPECT_TRUE(result.contains(key)) << key;
  }
  EXPECT_LT(result.at("interval_90")[0].get<double>(), 77.5);
  EXPECT_GT(result.at("interval_90")[1].get<double>(), 77.5);
}

TEST_F(Program, PredictsEveryRowOfTheTable) {
  const Outcome run = Call("predict --table configs/tables/performance-law-table1.csv --json");
  ASSERT_EQ(run.status, 0) << run.err;
  const Json result = run.json();
  ASSERT_EQ(result.at("rows").size(), 55u);
  for (const Json& row : result.at("rows")) {
    EXPECT_NEAR(row.at("mmlu").get<double>(), row.at("mmlu_predicted").get<double>(), 0.005001)
        << row.at("model").get<std::string>();
  }
}

TEST_F(Program, AnswersOutsideTheDomainAndSaysWhy) {
  const struct {
    const char *arguments, *word;
  } cases[] = {
      {"--layers 32 --hidden 4096 --ffn 14336 --params 8B --active-params 8B --tokens 8T", "A = S"},
      {"--layers 32 --hidden 4096 --ffn 14336 --params 900B --active-params 1B --tokens 8T",
       "active_share"},
      {"--layers 1000 --hidden 4096 --ffn 14336 --params 200B --tokens 8T", "layers"},
      {"--layers 32 --hidden 4096 --ffn 14336 --params 8B --tokens 4000T", "tokens"},
  };
  for (const auto& c : cases) {
    const Outcome run = Call(fmt::format("predict {} --json", c.arguments));
    ASSERT_EQ(run.status, 0) << run.err;
    const Json domain = run.json().at("domain");
    EXPECT_FALSE(domain.at("inside").get<bool>()) << c.arguments;
    EXPECT_GT(domain.at("distance").get<double>(), 0) << c.arguments;
    EXPECT_NE(domain.at("warnings").dump().find(c.word), std::string::npos) << domain.dump();
  }
}

TEST_F(Program, CountsANamedModel) {
  const Outcome run = Call("count --model llama-3.1-8b --context 8192 --json");
  ASSERT_EQ(run.status, 0) << run.err;
  const Json result = run.json();
  Count sum = 0;
  for (const auto& block : result.at("blocks").items()) sum += block.value().get<Count>();
  EXPECT_EQ(sum, 8030261248);  // its published count
  EXPECT_EQ(result.at("total_params"), 8030261248);
  EXPECT_EQ(result.at("active_params_excluding_input_embedding"), 7504924672);
  EXPECT_EQ(result.at("kv_bytes_per_token"), 131072);
  EXPECT_NEAR(result.at("train_flops_per_token").at("with_attention").get<double>() / 5.147e10, 1,
              1e-3);
}

TEST_F(Program, ComparesModels) {
  const Outcome run =
      Call("compare llama-3.1-8b mixtral-8x7b --tokens 8T --accelerator h100-sxm --count 8 --json");
  ASSERT_EQ(run.status, 0) << run.err;
  const Json rows = run.json().at("rows");
  ASSERT_EQ(rows.size(), 2u);
  EXPECT_EQ(rows[1].at("active_params"), 12879925248);
  // One sequence reads every weight but the input embedding, and its cache, once a token.
  const double bytes = 2 * 7504924672.0 + 4096 * 131072.0;
  EXPECT_NEAR(rows[0].at("decode_tokens_per_second").get<double>(), 8 * 3.35e12 / bytes, 0.01);
}

TEST_F(Program, FindsTheAuthorsPlannersBestAndBeatsItOnTheFullLattice) {
  const Outcome run =
      Call("search configs/studies/authors-planner.json --method exhaustive --json");
  ASSERT_EQ(run.status, 0) << run.err;
  const Json best = run.json().at("best")[0];
  EXPECT_EQ(best.at("layers"), 95);
  EXPECT_EQ(best.at("hidden"), 4096);
  EXPECT_EQ(best.at("ffn"), 8192);
  EXPECT_EQ(best.at("tokens"), 4500000000000);
  EXPECT_NEAR(best.at("mmlu").get<double>(), 71.97, 0.005);  // what their planner prints
  const Outcome full = Call("search configs/studies/authors-planner-full.json --json");
  ASSERT_EQ(full.status, 0) << full.err;
  EXPECT_GT(full.json().at("best")[0].at("mmlu").get<double>(), 72.5);
}

TEST_F(Program, EveryStudyAnswersTheSameForAnyNumberOfThreads) {
  for (const auto& entry : fs::directory_iterator("configs/studies")) {
    if (entry.path().stem() == "1024xh100-30d")
      continue;  // seconds a run; the others have all its parts
    Json first;
    for (const int threads : {1, 2, 3, 8}) {
      const Outcome run =
          Call(fmt::format("search '{}' --json --threads {}", entry.path().string(), threads));
      ASSERT_EQ(run.status, 0) << entry.path() << run.err;
      const Json canonical = Canonical(run.json());
      if (threads == 1) first = canonical;
      EXPECT_EQ(canonical.dump(), first.dump())
          << entry.path() << " with " << threads << " threads";
    }
  }
}

TEST_F(Program, RefusesBadStudiesNamingFileKeyAndRule) {
  const std::string good = Study();
  const auto with = [&](const std::string& from, const std::string& to) {
    const auto at = good.find(from);
    EXPECT_NE(at, std::string::npos) << from;
    return std::string(good).replace(at, from.size(), to);
  };
  const struct {
    std::string text, word;
  } cases[] = {
      {Study("[-3]"), "space.layers[0] = -3"},
      {Study("[]"), "space.layers = []"},
      {Study(R"({"from": 8, "to": 64, "step": 0})"), "space.layers.step = 0"},
      {Study(R"({"from": 64, "to": 8, "step": 1})"), "space.layers.from = 64"},
      {Study("[8, 8]"), "twice on the axis"},
      {Study("NaN"), "not JSON"},
      {Study(R"({"from": 1, "to": 1000000, "step": 1})", R"(, "gamma": 1e400)"), "not JSON"},
      {Study("[16]", R"(, "spaces": {})"), "spaces"},
      {Study("[16]", R"(, "top": 3)"), "top: stands twice"},
      {Study("[16]", R"(, "constraints": {"mmul": {"min": 1}})"), "constraints.mmul"},
      {Study("[16]", R"(, "gamma": "high")"), "gamma = \"high\""},
      {Study("[16]", R"(, "method": "guess")"), "method = \"guess\""},
      {with("h100-sxm", "h1000"), "budget.accelerator = \"h1000\""},
      {with("\"mfu\": 0.4", "\"mfu\": 4"), "budget.mfu = 4"},
      {good.substr(0, 100), "not JSON"},
      {"", "not JSON"},
      {std::string("\x00\x01\xff", 3), "not JSON"},
  };
  for (const auto& c : cases) {
    const std::string path = Write("study.json", c.text);
    const Outcome run = Call(fmt::format("search '{}' --json", path));
    EXPECT_EQ(run.status, 2) << c.text;
    EXPECT_EQ(run.out, "") << c.text;
    EXPECT_NE(run.err.find("study.json"), std::string::npos) << run.err;
    EXPECT_NE(run.err.find(c.word), std::string::npos) << run.err;
  }
}

TEST_F(Program, RefusesASpaceOfMoreThan2To63Points) {
  const std::string axis = R"({"from": 1, "to": 1000000000, "step": 1})";
  const Outcome run =
      Call("search " +
           Write("huge.json", R"({"template": {"vocab": 32000, "head_dim": 128, "kv_heads": 8,
      "gated_ffn": true}, "space": {"layers": {"from": 1, "to": 1000000, "step": 1}, "hidden": )" +
                                  axis + R"(, "ffn": )" + axis +
                                  R"(, "tokens": "budget"}, "budget": {"train_flops": 1e24}})"));
  EXPECT_EQ(run.status, 2);
  EXPECT_NE(run.err.find("2^63"), std::string::npos) << run.err;
}

TEST_F(Program, RefusesMissingFilesFoldersAndWrongFlags) {
  for (const std::string& arguments :
       {folder_.string(), (folder_ / "absent.json").string(), std::string("")}) {
    EXPECT_EQ(Call("search " + arguments).status, 2) << arguments;
  }
  EXPECT_EQ(Call("search configs/studies/authors-planner.json --threads 0").status, 2);
  EXPECT_EQ(Call("search configs/studies/authors-planner.json --out best.txt").status, 2);
  EXPECT_EQ(Call("predict --layers -3 --hidden 4096 --ffn 8192 --params 7B --tokens 1T").status, 2);
  EXPECT_EQ(Call("predict --layers 32 --hidden 4096 --ffn 8192 --params nan --tokens 1T").status,
            2);
  EXPECT_EQ(
      Call(
          "predict --layers 32 --hidden 4096 --ffn 8192 --params 7B --active-params 8B --tokens 1T")
          .status,
      2);
  EXPECT_EQ(Call("nonsense").status, 2);
  EXPECT_EQ(Call("--help").status, 0);
}

TEST_F(Program, RefusesOneImpossibleArchitecture) {
  const std::string moe =
      R"({"layers": 4, "hidden": 64, "heads": 4, "kv_heads": 4, "head_dim": 16, "vocab": 100,
      "gated_ffn": true, "moe": {"experts": 4, "active": 5, "ffn": 32}})";
  const Outcome active = Call("count --model " + Write("moe.json", moe));
  EXPECT_EQ(active.status, 2);
  EXPECT_NE(active.err.find("moe.json: moe.active = 5"), std::string::npos) << active.err;
  const std::string llama = R"({"model_type": "llama", "num_hidden_layers": 2, "hidden_size": 100,
      "num_attention_heads": 3, "vocab_size": 100, "intermediate_size": 64})";
  const Outcome heads = Call("count --model " + Write("llama.json", llama));
  EXPECT_EQ(heads.status, 2);
  EXPECT_NE(heads.err.find("llama.json: hidden_size = 100"), std::string::npos) << heads.err;
  const Outcome family =
      Call("count --model " + Write("new.json", R"({"model_type": "megamind"})"));
  EXPECT_EQ(family.status, 2);
  EXPECT_NE(family.err.find("new.json: model_type = \"megamind\""), std::string::npos)
      << family.err;
}

TEST_F(Program, SaysWhatBindsWhenNothingIsFeasible) {
  const std::string study =
      Write("study.json", Study("[16, 32]", R"(, "constraints": {"total_params": {"max": "1M"}})"));
  const Outcome run = Call(fmt::format("search '{}' --json", study));
  EXPECT_EQ(run.status, 3) << run.err;
  const Json result = run.json();
  EXPECT_EQ(result.at("status"), "infeasible");
  const double limit = result.at("relaxation").at("total_params.max").get<double>();
  const std::string relaxed =
      Write("relaxed.json",
            Study("[16, 32]",
                  fmt::format(R"(, "constraints": {{"total_params": {{"max": {:.0f}}}}})", limit)));
  EXPECT_EQ(Call(fmt::format("search '{}'", relaxed)).status, 0);
}

TEST_F(Program, TellsWhyAPointIsNotFirst) {
  const std::string study = Write("study.json", Study("[16, 32]"));
  const Outcome lower = Call(fmt::format(
      "search '{}' --json --method exhaustive --why layers=16,hidden=1024,ffn=2048", study));
  ASSERT_EQ(lower.status, 0) << lower.err;
  EXPECT_GT(lower.json().at("why").at("rank").get<Count>(), 1);
  const Outcome unbuilt =
      Call(fmt::format("search '{}' --json --why layers=16,hidden=1000,ffn=2048", study));
  EXPECT_EQ(unbuilt.status, 2);
  EXPECT_NE(unbuilt.err.find("--why"), std::string::npos);
}

// What a command line gives is no default of the study.
TEST_F(Program, EchoesOnlyDefaultsThatWereUsed) {
  const std::string study = Write("study.json", Study("[16, 32]"));
  const auto defaults = [&](const std::string& flags) {
    return Call(fmt::format("search '{}' --json {}", study, flags)).json().at("defaults").dump();
  };
  EXPECT_NE(defaults("").find("gamma = 1"), std::string::npos);
  EXPECT_EQ(defaults("--gamma 1.5").find("gamma"), std::string::npos);
  for (const char* command : {"predict --model gemma-3-4b-it --tokens 4T", "compare gemma-3-4b-it",
                              "count --model gemma-3-4b-it"}) {
    const Outcome run = Call(command);
    EXPECT_NE(run.out.find("num_attention_heads = 8 (class default)"), std::string::npos)
        << run.out;
    EXPECT_NE(run.out.find("vision tower is not counted"), std::string::npos) << run.out;
  }
}

TEST_F(Program, AResultHoldsTheStudyThatAnswersTheSame) {
  const Outcome run = Call(
      "search configs/studies/authors-planner.json --method exhaustive --gamma 1.25 --top 3 "
      "--law performance-law-2026 --json");
  ASSERT_EQ(run.status, 0) << run.err;
  const Json result = run.json();
  Json again =
      Call(fmt::format("search '{}' --json", Write("study.json", result.at("study").dump())))
          .json();
  for (const char* key : {"best", "law", "gamma", "method", "space_points", "study"})
    EXPECT_EQ(again.at(key), result.at(key)) << key;
}

TEST_F(Program, WritesTablesAndHuggingFaceConfigs) {
  const std::string study = Write("study.json", Study());
  const Outcome run = Call(fmt::format(
      "search '{0}' --json --out '{1}/best.csv' --export '{1}/configs'", study, folder_.string()));
  ASSERT_EQ(run.status, 0) << run.err;
  const Json best = run.json().at("best")[0];
  const Outcome count =
      Call(fmt::format("count --json --model '{}/configs/1/config.json'", folder_.string()));
  ASSERT_EQ(count.status, 0) << count.err;
  EXPECT_EQ(count.json().at("total_params"), best.at("total_params"));
  const std::string csv = Slurp(folder_ / "best.csv");
  EXPECT_EQ(std::count(csv.begin(), csv.end(), '\n'), 6);  // a header and five rows
  ASSERT_EQ(Call(fmt::format("search '{}' --out '{}/best.jsonl'", study, folder_.string())).status,
            0);
  const std::string lines = Slurp(folder_ / "best.jsonl");
  EXPECT_EQ(ParseJson(lines.substr(0, lines.find('\n')), "jsonl").at("index"), best.at("index"));
}

TEST_F(Program, ReportsWhatCannotBeWritten) {
  const std::string study = Write("study.json", Study("[16]"));
  const Outcome full = Call(fmt::format("search '{}' --json", study), "", "/dev/full");
  EXPECT_EQ(full.status, 1);
  EXPECT_NE(full.err.find("standard output"), std::string::npos) << full.err;
  const Outcome run = Call(fmt::format("search '{}' --json --out /proc/no/best.csv", study));
  EXPECT_EQ(run.status, 2);  // said before the search, not after it
  EXPECT_EQ(run.out, "");
  EXPECT_NE(run.err.find("/proc/no/best.csv"), std::string::npos) << run.err;
}

TEST_F(Program, KeepsWhatItFoundOnInterrupt) {
  std::string text = Study(R"({"from": 1, "to": 1000, "step": 1})");
  const std::string narrow = R"({"from": 2048, "to": 28672, "step": 2048})";
  text.replace(text.find(narrow), narrow.size(), R"({"from": 1, "to": 1000000, "step": 1})");
  const Outcome run = Call(
      fmt::format("search '{}' --method exhaustive --json --threads 1", Write("long.json", text)),
      "timeout --foreground --preserve-status -s INT 1");
  EXPECT_EQ(run.status, 130) << run.err;
  const Json result = run.json();
  EXPECT_EQ(result.at("status"), "interrupted");
  EXPECT_GT(result.at("evaluated").get<Count>(), 0);
  EXPECT_FALSE(result.at("best").empty());
  EXPECT_TRUE(result.at("certificate").at("upper_bound").is_null());
  EXPECT_TRUE(result.at("binding").empty());
}

TEST_F(Program, GrowsAsThePapersExpansionCode) {
  const auto plan = [](const char* tokens) {
    return fmt::format(
        R"({{"from": {{"layers": 32, "hidden": 4096, "ffn": 14336, "params": "7B", "tokens": "3T"}},
            "to": {{"layers": 80, "hidden": 8192, "ffn": 28672, "params": "70B", "tokens": "{}"}}}})",
        tokens);
  };
  const Outcome run = Call(fmt::format("expand '{}' --json", Write("grow.json", plan("1T"))));
  ASSERT_EQ(run.status, 0) << run.err;
  EXPECT_NEAR(run.json().at("best").at("mmlu").get<double>(), 67.00187378584985,
              1e-9);  // paper, 3.4
  // r is under 0 with few tokens after a long first stage.
  EXPECT_EQ(Call(fmt::format("expand '{}'", Write("early.json", plan("1B")))).status, 2);
}

TEST_F(Program, FailsOnAnAskedVerdict) {
  const std::string curve = Write("low.csv", "tokens,mmlu\n1T,50\n2T,55\n3T,58\n4T,59\n");
  const std::string command =
      fmt::format("health '{}' --layers 80 --hidden 8192 --ffn 28672 --params 70B --json", curve);
  const Outcome run = Call(command);
  ASSERT_EQ(run.status, 0) << run.err;
  EXPECT_EQ(run.json().at("verdict"), "suspect");
  EXPECT_EQ(Call(command + " --fail-on suspect").status, 4);
  EXPECT_EQ(Call(command + " --fail-on abnormal").status, 0);
}

TEST_F(Program, AFittedLawIsALaw) {
  const std::string law = Write("fitted.json", "");
  const Outcome fit =
      Call(fmt::format("fit configs/tables/performance-law-table1.csv --json --out '{}'", law));
  ASSERT_EQ(fit.status, 0) << fit.err;
  EXPECT_LE(fit.json().at("leave_one_out").at("mae").get<double>(), 3.95);
  const Outcome predict =
      Call(fmt::format("predict --model llama-3.1-70b --tokens 15T --law '{}' --json", law));
  ASSERT_EQ(predict.status, 0) << predict.err;
  EXPECT_EQ(predict.json().at("law"), "fitted");
}

TEST_F(Program, DrawsTheLawAgainstTokensAndGamma) {
  const Outcome run =
      Call("curve --model llama-3.1-70b --vary tokens=1T..100T --gamma 1,1.9 --points 5 --json");
  ASSERT_EQ(run.status, 0) << run.err;
  const Json series = run.json().at("series");
  ASSERT_EQ(series.size(), 2u);
  ASSERT_EQ(series[0].at("points").size(), 5u);
  for (std::size_t i = 0; i < 5; ++i) {
    const double tokens = series[0].at("points")[i].at("tokens").get<double>();
    EXPECT_NEAR(tokens, 1e12 * std::pow(10.0, static_cast<double>(i) / 2), 1e-6 * tokens);
    const Outcome one = Call(
        fmt::format("predict --model llama-3.1-70b --tokens {:.12g} --gamma 1.9 --json", tokens));
    EXPECT_NEAR(series[1].at("points")[i].at("mmlu").get<double>(),
                one.json().at("mmlu").get<double>(), 1e-9);
  }
}

TEST_F(Program, ReproduceMakesTheResultsThatAreHereAgain) {
  const Outcome run = Call(fmt::format("reproduce --json --out '{}/made'", folder_.string()));
  ASSERT_EQ(run.status, 0) << run.err << run.out;
  EXPECT_GE(run.json().at("checks").size(), 15u);
  for (const Json& check : run.json().at("checks")) EXPECT_TRUE(check.at("ok")) << check;
  int tables = 0, figures = 0;
  for (const auto& entry : fs::directory_iterator(folder_ / "made")) {
    const fs::path kept = "results" / entry.path().filename();
    if (entry.path().extension() == ".csv") {
      EXPECT_EQ(Slurp(entry.path()), Slurp(kept)) << kept;
      ++tables;
    }
    if (entry.path().extension() == ".svg") {
      EXPECT_TRUE(Slurp(entry.path()).starts_with("<?xml")) << kept;
      ++figures;
    }
  }
  EXPECT_EQ(tables, 13);
  EXPECT_EQ(figures, 6);
  const Outcome nowhere = Call("reproduce --out /dev/null/here");
  EXPECT_EQ(nowhere.status, 2);
  EXPECT_NE(nowhere.err.find("--out"), std::string::npos) << nowhere.err;
}

TEST_F(Program, ReproduceWithoutGnuplotPrintsItsChecksAndWritesNothing) {
  const std::string made = (folder_ / "made").string();
  const Outcome run = Call(fmt::format("reproduce --json --out '{}'", made), "env PATH=/nowhere");
  EXPECT_EQ(run.status, 1);
  EXPECT_NE(run.err.find("gnuplot"), std::string::npos) << run.err;
  EXPECT_GE(run.json().at("checks").size(), 15u);
  EXPECT_TRUE(fs::is_empty(made));
}

TEST_F(Program, ReproduceFailsWhereATableIsNotWhatThePaperPrinted) {
  fs::copy("configs", folder_ / "configs", fs::copy_options::recursive);
  fs::copy(std::getenv("PERFLAW"), folder_ / "perflaw");
  const fs::path table = folder_ / "configs/tables/performance-law-table1.csv";
  std::string text = Slurp(table);
  const std::string row = "Llama 7B,Llama 1,dense,32,";
  ASSERT_NE(text.find(row), std::string::npos);
  Write(table, text.replace(text.find(row), row.size(), "Llama 7B,Llama 1,dense,31,"));
  setenv("PERFLAW_COPY", (folder_ / "perflaw").c_str(), 1);
  const Outcome run = Call(fmt::format("reproduce --json --out '{}/made'", folder_.string()), "",
                           "", "PERFLAW_COPY");
  EXPECT_EQ(run.status, 4);
  EXPECT_FALSE(run.json().at("checks")[0].at("ok"));
  EXPECT_EQ(run.json().at("checks")[0].at("got"), 54);
}

TEST_F(Program, FitSaysWhatItHeldAndWhereItCannotWrite) {
  const std::string table = Write("one.csv",
                                  "model,layers,hidden,ffn,tokens_trillion,total_params_billion,"
                                  "mmlu_reported\na,32,4096,11008,2,6.7,50\n");
  const Outcome fit = Call(fmt::format("fit '{}'", table));
  EXPECT_EQ(fit.status, 0) << fit.err;
  EXPECT_NE(fit.out.find("held"), std::string::npos) << fit.out;
  for (const std::string& out : {folder_.string() + "/none/law.json", folder_.string()}) {
    const Outcome nowhere = Call(fmt::format("fit '{}' --out '{}'", table, out));
    EXPECT_EQ(nowhere.status, 2);
    EXPECT_NE(nowhere.err.find("--out"), std::string::npos) << nowhere.err;
  }
}

TEST_F(Program, CommandsEchoTheRecipesDate) {
  const std::string shape = " --json --law performance-law-2026 --model llama-3-8b";
  const std::string curve = Write("curve.csv", "tokens,mmlu\n1T,40\n2T,45\n3T,47\n");
  for (const std::string& command :
       {std::string("curve --vary tokens=1T..2T"), fmt::format("health '{}'", curve)}) {
    const std::string defaults = Call(command + shape).json().at("defaults").dump();
    EXPECT_NE(defaults.find("law.recipe.year_month = 2026-01"), std::string::npos) << command;
  }
}

TEST_F(Program, PredictScoresAModelByTheRecipeOfItsDate) {
  const std::string shape =
      "predict --json --law performance-law-2026 --layers 32 --hidden 4096 --ffn 11008 --params "
      "6.7B "
      "--tokens 2T";
  const Json today = Call(shape).json(), then = Call(shape + " --year-month 2023-07").json();
  EXPECT_EQ(today.at("recipe_year_month"), "2026-01");
  EXPECT_EQ(then.at("recipe_year_month"), "2023-07");
  EXPECT_NEAR(today.at("mmlu_raw").get<double>() - then.at("mmlu_raw").get<double>(),
              5.633179104703431 * 11 / 12, 1e-6);
  const Outcome wrong = Call(shape + " --year-month 2023-13");
  EXPECT_EQ(wrong.status, 2);
  EXPECT_NE(wrong.err.find("2023-13"), std::string::npos) << wrong.err;
  const std::string header =
      "model,layers,hidden,ffn,tokens_trillion,total_params_billion,year_month\n";
  const std::string table = Write("table.csv", header + "a,32,4096,11008,2,6.7,2023-07\n");
  const Json row =
      Call(fmt::format("predict --json --law performance-law-2026 --table '{}'", table))
          .json()
          .at("rows")[0];
  EXPECT_EQ(row.at("mmlu"), then.at("mmlu"));
  EXPECT_EQ(row.at("year_month"), "2023-07");
  const std::string bad = Write("bad.csv", header + "a,32,4096,11008,2,6.7,July\n");
  const Outcome refused = Call(fmt::format("predict --table '{}'", bad));
  EXPECT_EQ(refused.status, 2);
  EXPECT_NE(refused.err.find("year_month"), std::string::npos) << refused.err;
}

}  // namespace
}  // namespace perflaw
