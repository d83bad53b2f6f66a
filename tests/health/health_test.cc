#include "search/health/health.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <ctime>
#include <functional>
#include <random>

#include "search/io/inputs/catalog.hpp"
#include "search/io/inputs/curve_file.hpp"
#include "tests/studies.hpp"

namespace perflaw {
namespace {

Law Published() {
  Inputs inputs;
  return LoadLaw(kDefaultLaw, inputs, "test", "law");
}

TrainedModel Dense(double layers, double hidden, double ffn, double params) {
  TrainedModel m;
  m.layers = layers;
  m.hidden = hidden;
  m.ffn = m.widest_ffn = ffn;
  m.total_params = m.active_params = params;
  return m;
}

TrainedModel Llama70B() { return Dense(80, 8192, 28672, 70e9); }

constexpr int kPoints = 20;
constexpr Tokens kStep = 0.4e12;

// A lab's run: the law at gamma(point), the lab's offset, noise of 1 MMLU; never under chance but for noise.
Curve LabRun(const Law& law, const std::function<double(int)>& gamma, double offset,
             std::mt19937_64& random) {
  std::normal_distribution<double> noise(0, 1);
  Curve curve;
  for (int i = 1; i <= kPoints; ++i) {
    TrainedModel model = Llama70B();
    model.tokens = i * kStep;
    const double raw = PredictScore(law, model, gamma(i)).raw + offset;
    curve.push_back({model.tokens, std::clamp(std::max(raw, 25.0) + noise(random), 0.0, 100.0)});
  }
  return curve;
}

struct Labs {
  int covered = 0, with_law_error = 0;
  std::array<int, 3> with_reference{}, without{};
};

Labs Judge(double gamma, int labs) {
  const Law law = Published();
  Labs count;
  for (int seed = 0; seed < labs; ++seed) {
    std::mt19937_64 random(static_cast<std::uint64_t>(seed));
    const double offset = std::normal_distribution<double>(0, law.sigma)(random);
    const Curve reference = LabRun(
        law, [](int) { return 1.0; }, offset, random);
    const Curve run = LabRun(
        law, [gamma](int) { return gamma; }, offset, random);
    const Health judged = CheckHealth(law, Llama70B(), run, {reference});
    count.covered += judged.gamma_90[0] <= gamma && gamma <= judged.gamma_90[1];
    count.with_law_error +=
        judged.gamma_90_with_law_error[0] <= gamma && gamma <= judged.gamma_90_with_law_error[1];
    ++count.with_reference[static_cast<std::size_t>(judged.verdict)];
    ++count.without[static_cast<std::size_t>(CheckHealth(law, Llama70B(), run, {}).verdict)];
  }
  return count;
}

TEST(Health, TellsHealthyLabsFromSickOnesByAReference) {
  const int labs = Trials(400);
  const Labs healthy = Judge(1, labs), sick = Judge(3.7, labs);
  for (const Labs& count : {healthy, sick}) {
    EXPECT_GE(count.covered, 0.85 * labs);
    EXPECT_LE(count.covered, 0.95 * labs);
    EXPECT_GE(count.with_law_error, count.covered);
  }
  EXPECT_GE(healthy.with_reference[0], 0.9 * labs);
  EXPECT_LE(healthy.with_reference[2], 0.02 * labs);
  EXPECT_GE(sick.with_reference[2], 0.99 * labs);
}

TEST(Health, CallsNoLevelAbnormalWithoutAReference) {
  for (const double gamma : {1.0, 3.7})
    EXPECT_LE(Judge(gamma, Trials(200)).without[2], 0.02 * Trials(200)) << gamma;
}

void ExpectDated(const std::function<Curve(std::mt19937_64&)>& run_with_departure, double share) {
  int dated = 0;
  const int runs = Trials(200);
  for (int seed = 0; seed < runs; ++seed) {
    std::mt19937_64 random(static_cast<std::uint64_t>(seed));
    const Health judged = CheckHealth(Published(), Llama70B(), run_with_departure(random), {});
    const double planted = 0.4 * kPoints * kStep, tenth = 0.1 * kPoints * kStep;
    dated += judged.verdict == Verdict::kAbnormal && judged.onset_tokens &&
             std::abs(*judged.onset_tokens - planted) <= tenth * (1 + 1e-9);
  }
  EXPECT_GE(dated, share * runs);
}

TEST(Health, DatesAStepWithoutAReference) {
  ExpectDated(
      [](auto& random) {
        return LabRun(
            Published(), [](int i) { return i > 0.4 * kPoints ? 3.0 : 1.0; }, 3, random);
      },
      0.98);
}

TEST(Health, DatesADeclineWithoutAReference) {
  ExpectDated(
      [](auto& random) {
        Curve run = LabRun(
            Published(), [](int) { return 1.0; }, -2, random);
        std::normal_distribution<double> noise(0, 1);
        constexpr std::size_t kFirst = kPoints * 2 / 5;
        for (std::size_t i = kFirst; i < run.size(); ++i)
          run[i].mmlu =
              run[kFirst - 1].mmlu - 0.6 * static_cast<double>(i + 1 - kFirst) + noise(random);
        return run;
      },
      0.9);
}

// Levels off as real curves do and the law's does not.
Curve Plateau(std::uint64_t seed, double sigma = 0.5) {
  std::mt19937_64 random(seed);
  std::normal_distribution<double> noise(0, sigma);
  Curve curve;
  for (int i = 1; i <= 40; ++i)
    curve.push_back({i * 0.2e12, 70 - 30 * std::exp(-i * 0.2) + noise(random)});
  return curve;
}

TEST(Health, WhatItsReferencesDoIsNoDeparture) {
  int healthy = 0;
  for (std::uint64_t seed = 0; seed < 30; ++seed) {
    const Health judged =
        CheckHealth(Published(), Llama70B(), Plateau(2 * seed), {Plateau(2 * seed + 1)});
    EXPECT_NE(judged.verdict, Verdict::kAbnormal) << seed << judged.reasons.front();
    healthy += judged.verdict == Verdict::kHealthy;
    EXPECT_EQ(CheckHealth(Published(), Llama70B(), Plateau(2 * seed),
                          {Plateau(2 * seed + 1), Plateau(1000 + seed)})
                  .onset_tokens,
              std::nullopt);
  }
  EXPECT_GE(healthy, 28);
}

TEST(Health, LevellingOffAloneIsAtMostSuspect) {
  for (std::uint64_t seed = 0; seed < 30; ++seed)
    EXPECT_NE(CheckHealth(Published(), Llama70B(), Plateau(seed), {}).verdict, Verdict::kAbnormal)
        << seed;
  int abnormal = 0;
  for (std::uint64_t seed = 0; seed < 300; ++seed)
    abnormal +=
        CheckHealth(Published(), Llama70B(), Plateau(seed, 2), {}).verdict == Verdict::kAbnormal;
  EXPECT_LE(abnormal, 3);
}

TEST(Health, ADepartureFromThePlateauOfReferencesIsDated) {
  int dated = 0;
  for (std::uint64_t seed = 0; seed < 30; ++seed) {
    Curve run = Plateau(2 * seed);
    for (std::size_t i = 16; i < run.size(); ++i) run[i].mmlu -= 4;
    const Health judged = CheckHealth(Published(), Llama70B(), run, {Plateau(2 * seed + 1)});
    dated += judged.verdict == Verdict::kAbnormal && judged.onset_tokens &&
             std::abs(*judged.onset_tokens - 3.4e12) <= 0.8e12;
  }
  EXPECT_GE(dated, 29);
}

TEST(Health, NoiseAndBandAreOfThePartBeforeABreak) {
  for (const bool with_reference : {false, true}) {
    Curve run = Plateau(2);
    for (std::size_t i = 16; i < run.size(); ++i) run[i].mmlu -= 30;
    std::vector<Curve> references;
    if (with_reference) references.push_back(Plateau(3));
    const Health judged = CheckHealth(Published(), Llama70B(), run, references);
    EXPECT_EQ(judged.verdict, Verdict::kAbnormal);
    EXPECT_NEAR(judged.onset_tokens.value_or(0), 3.4e12, 1e3);
    EXPECT_LT(judged.noise_sigma, with_reference ? 0.75 : 1.2);  // planted: 0.5; the law bends less
    EXPECT_LT(judged.points.back().measured, judged.points.back().low);
  }
}

// References that end before the run, or share few of its tokens, do not hide what comes there.
TEST(Health, FallsOutsideTheReferencesAreFound) {
  for (const std::size_t shared : {20u, 4u}) {
    Curve run = Plateau(2), reference = Plateau(3);
    for (std::size_t i = 28; i < run.size(); ++i) run[i].mmlu -= 30;
    if (shared < 8) {  // between two of the run's, as densely as a reference is
      reference.clear();
      for (int i = 0; i < 12; ++i) reference.push_back({4e12 + i * 0.05e12, 65 + 0.05 * i});
    } else {
      reference.resize(shared);
    }
    const Health judged = CheckHealth(Published(), Llama70B(), run, {reference});
    EXPECT_EQ(judged.verdict, Verdict::kAbnormal) << shared;
    EXPECT_NEAR(judged.onset_tokens.value_or(0), 5.8e12, 0.3e12) << shared;
  }
}

TEST(Health, ManyPointsTakeTimeInProportion) {
  const auto seconds = [](int points) {
    std::mt19937_64 random(1);
    std::normal_distribution<double> noise(0, 0.5);
    Curve curve;
    for (int i = 1; i <= points; ++i)
      curve.push_back({i * 8e12 / points, 70 - 30 * std::exp(-8.0 * i / points) + noise(random)});
    const std::clock_t start = std::clock();
    CheckHealth(Published(), Llama70B(), curve, {});
    return double(std::clock() - start) / CLOCKS_PER_SEC;
  };
  EXPECT_LT(seconds(20'000), 40 * std::max(seconds(2'000), 0.005));
}

TEST(Health, TheBandHoldsNineInTenPoints) {
  const Law law = Published();
  int inside = 0, all = 0;
  for (int seed = 0; seed < Trials(100); ++seed) {
    std::mt19937_64 random(static_cast<std::uint64_t>(seed));
    const auto healthy = [](int) { return 1.0; };
    const Curve reference = LabRun(law, healthy, 4, random);
    for (const HealthPoint& p :
         CheckHealth(law, Llama70B(), LabRun(law, healthy, 4, random), {reference}).points) {
      EXPECT_LT(p.low, p.expected);
      EXPECT_GT(p.high, p.expected);
      inside += p.low <= p.measured && p.measured <= p.high;
      ++all;
    }
  }
  EXPECT_GE(inside, 0.85 * all);
  EXPECT_LE(inside, 0.96 * all);
}

// All from released, healthy models; shapes from their config files. Early small models stay at chance, where neither
// level nor gamma can be told.
TEST(Health, CallsNoReleasedModelAbnormal) {
  TrainedModel olmoe = Dense(16, 2048, 1024, 6.9e9);
  olmoe.form = Form::kMoe;
  olmoe.widest_ffn = 8192;
  olmoe.active_params = 1.3e9;
  const struct {
    const char* name;
    TrainedModel model;
    bool leaves_chance;
  } released[] = {{"Amber-7B", Dense(32, 4096, 11008, 6.7e9), false},
                  {"DeepSeek-LLM-7B", Dense(30, 4096, 11008, 6.9e9), true},
                  {"OLMo-1B-0724", Dense(16, 2048, 8192, 1.18e9), false},
                  {"OLMoE-1B-7B-0924", olmoe, true},
                  {"pythia-1.4b", Dense(24, 2048, 8192, 1.4e9), false},
                  {"pythia-12b", Dense(36, 5120, 20480, 12e9), false}};
  for (const auto& one : released) {
    Inputs inputs;
    std::vector<std::string> notes;
    const Curve curve = ReadCurve({"configs/curves/published-runs.csv"}, one.name, inputs, notes);
    const Health judged = CheckHealth(Published(), one.model, curve, {});
    EXPECT_NE(judged.verdict, Verdict::kAbnormal) << one.name;
    EXPECT_EQ(judged.gamma.has_value(), one.leaves_chance) << one.name;
    EXPECT_FALSE(judged.onset_tokens) << one.name;
    EXPECT_FALSE(judged.reasons.empty()) << one.name;
    // Its own earlier self is as good a reference as can be.
    EXPECT_EQ(CheckHealth(Published(), one.model, curve, {curve}).verdict, Verdict::kHealthy)
        << one.name;
  }
}

}  // namespace
}  // namespace perflaw
