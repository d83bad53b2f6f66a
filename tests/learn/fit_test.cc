#include "search/learn/fit.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <random>

#include "search/base/error.hpp"
#include "search/io/inputs/catalog.hpp"
#include "search/io/inputs/run_file.hpp"
#include "search/io/text/files.hpp"
#include "search/learn/training.hpp"
#include "tests/studies.hpp"

namespace perflaw {
namespace {

Law Published() {
  Inputs inputs;
  return LoadLaw(kDefaultLaw, inputs, "test", "law");
}

std::vector<ScoredRun> TableOne() {
  Inputs inputs;
  const std::string path = "configs/tables/performance-law-table1.csv";
  std::vector<std::string> notes;
  return ReadRuns(ParseCsv(inputs.Read(path), path), notes);
}

// Runs of a lab: shapes over a wide range, scores by `law` at `gamma` plus an offset and normal noise.
std::vector<ScoredRun> Lab(const Law& law, std::size_t count, double offset, double gamma,
                           double noise, std::mt19937_64& random) {
  std::uniform_real_distribution<double> unit(0, 1);
  std::normal_distribution<double> normal(0, 1);
  std::vector<ScoredRun> runs;
  while (runs.size() < count) {
    TrainedModel m;
    m.layers = std::round(24 * std::pow(4, unit(random)));
    m.hidden = 128 * std::round(16 * std::pow(8, unit(random)));
    m.ffn = m.widest_ffn = 128 * std::round(m.hidden * (2 + 3 * unit(random)) / 128);
    m.total_params = m.active_params = 12 * m.layers * m.hidden * m.hidden;
    m.tokens = 1e12 * std::pow(15, unit(random));
    const double raw = PredictScore(law, m, gamma).raw + offset;
    if (raw < 35 || raw > 85)
      continue;  // far from chance and from the bend, where noise would be cut
    runs.push_back(
        {"run " + std::to_string(runs.size()), "lab", m, raw + noise * normal(random), 1});
  }
  return runs;
}

double Coefficient(const Law& law, std::size_t c) { return c < 4 ? law.w[c] : law.b; }

FitOptions Quick(std::optional<FitMethod> method = std::nullopt) {
  FitOptions options;
  options.method = method;
  options.resamples = 2;
  return options;
}

TEST(Fit, FindsTheLawBehindNoiselessRuns) {
  Law law = Published();
  law.w = {9, 2, 0.5, 6};
  law.b = 1;
  std::mt19937_64 random(1);
  const FitSummary fit = FitLaw(Published(), Lab(law, 80, 0, 1, 0, random), Quick(), "runs");
  EXPECT_EQ(fit.method, FitMethod::kLeastSquares);
  for (std::size_t c = 0; c < kCoefficients; ++c)
    EXPECT_NEAR(Coefficient(fit.law, c), Coefficient(law, c), 1e-7) << c;
  EXPECT_LT(fit.leave_one_out.mae, 1e-8);
}

TEST(Fit, StandardErrorsCoverAndMatchTheBootstrap) {
  const Law law = Published();
  const int trials = Trials(1000);
  std::array<int, kCoefficients> inside{};
  std::mt19937_64 random(2);
  for (int trial = 0; trial < trials; ++trial) {
    const FitSummary fit = FitLaw(law, Lab(law, 200, 0, 1, 2, random), Quick(), "runs");
    ASSERT_EQ(fit.method, FitMethod::kLeastSquares);
    for (std::size_t c = 0; c < kCoefficients; ++c) {
      const double error = Coefficient(fit.law, c) - Coefficient(law, c);
      inside[c] += std::abs(error) <= 2 * fit.standard_errors[c];
    }
  }
  // Two standard errors hold 95.4 %.
  for (const int n : inside) {
    EXPECT_GE(n, 0.91 * trials);
    EXPECT_LE(n, 0.99 * trials);
  }
  for (int trial = 0; trial < 20; ++trial) {
    FitOptions options;
    options.seed = static_cast<std::uint64_t>(trial);
    const FitSummary fit = FitLaw(law, Lab(law, 200, 0, 1, 2, random), options, "runs");
    for (std::size_t c = 0; c < kCoefficients; ++c) {
      EXPECT_NEAR(fit.bootstrap_standard_errors[c] / fit.standard_errors[c], 1, 0.1);
      // The interval is as wide as 2 x 1.645 standard errors.
      EXPECT_NEAR((fit.bootstrap_90[c][1] - fit.bootstrap_90[c][0]) / fit.standard_errors[c], 3.29,
                  0.4);
    }
  }
}

TEST(Fit, LeavesRunsOutOfTableOneWithinTheStatedError) {
  const std::vector<ScoredRun> runs = TableOne();
  const FitSummary fit = FitLaw(Published(), runs, Quick(), "table");
  EXPECT_EQ(fit.method, FitMethod::kLeastSquares);
  EXPECT_EQ(fit.used.size(), 55u);
  EXPECT_LE(fit.leave_one_out.mae, 3.95);
  // The shortcut by leverage is what fitting again without the run gives.
  for (const std::size_t i : {0u, 20u, 54u}) {
    std::vector<ScoredRun> others = runs;
    others.erase(others.begin() + static_cast<std::ptrdiff_t>(i));
    const FitSummary rest = FitLaw(Published(), others, Quick(), "table");
    EXPECT_NEAR(fit.left_out[i], PredictScore(rest.law, runs[i].model, 1).mmlu, 1e-6);
  }
}

TEST(Fit, FamilyShareOfThePublishedLawIsTableOnesOwn) {
  Inputs inputs;
  std::vector<ScoredRun> runs = ReadPublishedModels(inputs);
  runs.resize(51);  // Table 1's
  std::vector<double> errors;
  for (const ScoredRun& run : runs)
    errors.push_back(run.mmlu - PredictScore(Published(), run.model, 1).mmlu);
  // The table's predictions have two decimals.
  EXPECT_NEAR(Published().family_share, FamilyShare(runs, errors), 2e-3);
}

TEST(Fit, OneRunMovesTheOffsetAsFarAsFamiliesSpread) {
  const Law law = Published();
  std::mt19937_64 random(3);
  const std::vector<ScoredRun> runs = Lab(law, 1, 6, 1, 0, random);
  const FitSummary fit = FitLaw(law, runs, Quick(), "runs");
  EXPECT_EQ(fit.method, FitMethod::kOffset);
  EXPECT_EQ(fit.law.w, law.w);
  EXPECT_NEAR(fit.law.b - law.b, 6 * law.family_share, 1e-9);
  EXPECT_FALSE(fit.leave_one_family_out);
}

TEST(Fit, FewRunsOfALabChooseItsOffset) {
  const Law law = Published();
  std::mt19937_64 random(4);
  double published = 0, chosen = 0;
  for (int trial = 0; trial < 100; ++trial) {
    const std::vector<ScoredRun> runs = Lab(law, 6, 8, 1, 1, random),
                                 others = Lab(law, 20, 8, 1, 0, random);
    const FitSummary fit = FitLaw(law, runs, Quick(), "runs");
    EXPECT_NE(fit.method, FitMethod::kPublished);
    EXPECT_NE(fit.method, FitMethod::kLeastSquares);
    for (const ScoredRun& run : others) {
      published += std::abs(PredictScore(law, run.model, 1).mmlu - run.mmlu);
      chosen += std::abs(PredictScore(fit.law, run.model, fit.gamma).mmlu - run.mmlu);
    }
  }
  EXPECT_LT(chosen, published / 4);
}

TEST(Fit, FindsGamma) {
  const Law law = Published();
  std::mt19937_64 random(5);
  const FitSummary fit =
      FitLaw(law, Lab(law, 40, 0, 1.7, 0, random), Quick(FitMethod::kOffsetAndGamma), "runs");
  EXPECT_NEAR(fit.gamma, 1.7, 1e-6);
  EXPECT_NEAR(fit.law.b, law.b, 1e-6);
}

TEST(Fit, GammaStaysWhereInfrastructureIs) {
  const Law law = Published();
  for (const double gamma : {0.0, 11.0}) {
    std::mt19937_64 random(11);
    std::vector<ScoredRun> runs = Lab(law, 40, 0, 1, 0, random);
    for (ScoredRun& run : runs) {
      // Shallow and wide, so that even such a gamma leaves a score.
      run.model = {Form::kDense, 8, 8192, 32768, 32768, 10e12, 70e9, 70e9};
      run.model.layers = 4 + std::fmod(run.mmlu * 10, 8);
      run.mmlu = PredictScore(law, run.model, gamma).raw;
    }
    const FitSummary fit = FitLaw(law, runs, Quick(FitMethod::kOffsetAndGamma), "runs");
    EXPECT_NEAR(fit.gamma, gamma == 0 ? kLeastGamma : kMostGamma, 1e-9);
    ASSERT_FALSE(fit.notes.empty());
    EXPECT_NE(fit.notes.back().find("limit"), std::string::npos) << fit.notes.back();
  }
}

// Two families whose runs tell their own offsets, and nothing of others'.
TEST(Fit, FamiliesAreLeftOutWholeToChoose) {
  const Law law = Published();
  std::mt19937_64 random(12);
  int single = 0;
  for (int trial = 0; trial < 20; ++trial) {
    std::vector<ScoredRun> runs;
    const double offsets[] = {-7, 7};
    for (std::size_t family = 0; family < 2; ++family) {
      for (ScoredRun run : Lab(law, 8, offsets[family], 1, 0.3, random)) {
        run.family = "family " + std::to_string(family);
        // Each family in a corner of its own, so that coefficients can take up the offsets.
        run.model.tokens *= family == 0 ? 0.5 : 2;
        runs.push_back(run);
      }
    }
    const FitSummary fit = FitLaw(law, runs, Quick(), "runs");
    EXPECT_NE(fit.why.find("leave-one-family-out"), std::string::npos) << fit.why;
    double least = INFINITY;
    for (const FitCandidate& c : fit.candidates) {
      ASSERT_TRUE(c.leave_one_family_out);
      least = std::min(least, c.leave_one_family_out->rmse);
      if (c.method == FitMethod::kPublished) {
        // A method that fits more has to earn it on families that it never saw.
        EXPECT_LE(fit.leave_one_family_out->rmse, c.leave_one_family_out->rmse + 1e-9);
      }
    }
    for (ScoredRun& run : runs) run.family = "one";
    single += FitLaw(law, runs, Quick(), "runs").method != fit.method;
  }
  EXPECT_GT(single, 0);  // what leaving single runs out would have chosen
}

TEST(Fit, ShrunkCoefficientsKeepThePublishedDomain) {
  std::mt19937_64 random(13);
  const std::vector<ScoredRun> runs = Lab(Published(), 20, 0, 1, 1, random);
  const auto tokens = [&](FitMethod method) {
    return FitLaw(Published(), runs, Quick(method), "runs")
        .law.domain.box[static_cast<std::size_t>(Feature::kTokens)]
        .max;
  };
  EXPECT_EQ(tokens(FitMethod::kShrunk),
            Published().domain.box[static_cast<std::size_t>(Feature::kTokens)].max);
  EXPECT_LT(tokens(FitMethod::kLeastSquares), tokens(FitMethod::kShrunk));
}

TEST(Fit, RobustFitShrugsOffAStray) {
  const Law law = Published();
  std::mt19937_64 random(6);
  std::vector<ScoredRun> runs = Lab(law, 60, 0, 1, 0.5, random);
  for (std::size_t i = 0; i < 6; ++i) runs[i].mmlu = 95;
  FitOptions options = Quick();
  const double plain = std::abs(FitLaw(law, runs, options, "runs").law.w[3] - law.w[3]);
  options.robust = true;
  const double robust = std::abs(FitLaw(law, runs, options, "runs").law.w[3] - law.w[3]);
  EXPECT_LT(robust, plain / 3);
}

TEST(Fit, AWeightCountsAsThatManyRuns) {
  std::mt19937_64 random(7);
  std::vector<ScoredRun> runs = Lab(Published(), 60, 0, 1, 2, random);
  std::vector<ScoredRun> twice = runs;
  twice.push_back(runs[0]);
  runs[0].weight = 2;
  const FitSummary a = FitLaw(Published(), runs, Quick(), "runs"),
                   b = FitLaw(Published(), twice, Quick(), "runs");
  for (std::size_t c = 0; c < kCoefficients; ++c)
    EXPECT_NEAR(Coefficient(a.law, c), Coefficient(b.law, c), 1e-8);
}

TEST(Fit, SaysWhichCoefficientsRunsCannotTellApart) {
  std::mt19937_64 random(8);
  std::vector<ScoredRun> runs = Lab(Published(), 60, 0, 1, 1, random);
  for (ScoredRun& run : runs) {  // one shape, many lengths
    run.model.layers = 32;
    run.model.hidden = 4096;
    run.model.ffn = run.model.widest_ffn = 14336;
  }
  const FitSummary fit = FitLaw(Published(), runs, Quick(), "runs");
  EXPECT_NE(fit.method, FitMethod::kLeastSquares);
  ASSERT_FALSE(fit.notes.empty());
  EXPECT_NE(fit.notes[0].find("cannot tell"), std::string::npos) << fit.notes[0];
  EXPECT_THROW(FitLaw(Published(), runs, Quick(FitMethod::kLeastSquares), "runs"), InputError);
}

TEST(Fit, RunsAtChanceTeachNothing) {
  std::mt19937_64 random(9);
  std::vector<ScoredRun> runs = Lab(Published(), 60, 0, 1, 1, random), more = runs;
  for (std::size_t i = 0; i < 30; ++i) {
    more.push_back(runs[i]);
    more.back().mmlu = 25;
  }
  const FitSummary a = FitLaw(Published(), runs, Quick(), "runs"),
                   b = FitLaw(Published(), more, Quick(), "runs");
  EXPECT_EQ(a.law.w, b.law.w);
  EXPECT_FALSE(b.notes.empty());
  more.erase(more.begin(), more.begin() + 60);
  EXPECT_THROW(FitLaw(Published(), more, Quick(), "runs"), InputError);
}

TEST(Fit, TheLawFileReadsBackToTheSameLaw) {
  std::mt19937_64 random(10);
  FitSummary fit = FitLaw(Published(), Lab(Published(), 60, 0, 1, 1, random), Quick(), "runs");
  const std::string path = testing::TempDir() + "/fitted.json";
  WriteFile(path, FormatLaw(fit.law, "a test"));
  Inputs inputs;
  const Law read = LoadLaw(path, inputs, "test", "law");
  EXPECT_EQ(read.w, fit.law.w);
  EXPECT_EQ(read.b, fit.law.b);
  EXPECT_EQ(read.sigma, fit.law.sigma);
  EXPECT_EQ(read.domain.box[3].max, fit.law.domain.box[3].max);
}

TEST(FitLaw, StoppedItHasNoBootstrap) {
  std::mt19937_64 random(1);
  const std::vector<ScoredRun> runs = Lab(Published(), 60, 0, 1, 1, random);
  Control control;
  const FitSummary whole = FitLaw(Published(), runs, Quick(), "runs", control);
  control.stop = true;
  const FitSummary stopped = FitLaw(Published(), runs, Quick(), "runs", control);
  EXPECT_EQ(whole.status, Status::kOptimal);
  EXPECT_EQ(stopped.status, Status::kInterrupted);
  EXPECT_EQ(stopped.law.w, whole.law.w);
  EXPECT_FALSE(std::isnan(whole.bootstrap_90[0][0]));
  EXPECT_TRUE(std::isnan(stopped.bootstrap_90[0][0]));
  EXPECT_TRUE(std::isnan(stopped.bootstrap_standard_errors[0]));
}

TEST(FitOptions, NameWhatTheyDoNotTake) {
  const auto refusal = [](double gamma, int resamples) -> std::string {
    FitOptions options;
    options.gamma = gamma;
    options.resamples = resamples;
    try {
      Check(options);
    } catch (const InputError& error) {
      return error.what();
    }
    return "";
  };
  EXPECT_EQ(refusal(1, 2), "");
  EXPECT_EQ(refusal(0, 1000), "fit options: gamma = 0: must be above 0");
  EXPECT_EQ(refusal(INFINITY, 1000), "fit options: gamma = inf: must be above 0");
  EXPECT_EQ(refusal(1, 1), "fit options: resamples = 1: must be at least 2");
}

}  // namespace
}  // namespace perflaw
