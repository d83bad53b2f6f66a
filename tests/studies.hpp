// What the tests of search and io share: small studies built in C++, temporary files and the
// messages of refusals.
#pragma once

#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <initializer_list>
#include <string>
#include <utility>
#include <vector>

#include "search/base/error.hpp"
#include "search/study/study.hpp"

namespace perflaw {

// The 2024 law with the box of the models that it was checked on.
inline Law PaperLaw() {
  Law law;
  law.name = "performance-law-2024";
  law.w = {13.95018, 0.23072, -0.48523, 5.39802};
  law.b = 9.19541;
  law.sigma = 5.3;
  law.domain.box = {{{18, 126},
                     {896, 18432},
                     {2816, 73728},
                     {0.3e12, 15e12},
                     {0.5e9, 540e9},
                     {0.5e9, 540e9},
                     {0.0889, 0.2767},
                     {37.3, 204.8},
                     {2.33, 8},
                     {1.07, 24000}}};
  return law;
}

// The 2026 law, which has every term that the paper's does not; the domain stays the paper's.
inline Law TodaysLaw() {
  Law law = PaperLaw();
  law.name = "performance-law-2026";
  law.w = {13.598449878972398, 0.22490278663619478, -0.4729957487841574, 11.156149338270227};
  law.b = -8.737351207178454;
  law.w_active = 5.718504674869946;
  law.w_sparsity = 2.734852197091754;
  law.log_saturation = std::log(20);
  law.expands = false;
  law.ceiling = 93.5;
  law.score_noise = 0.75;
  law.recipe = {5.633179104703431, 2024 + 5 / 12.0, 2026};
  law.sigma = 10.7;
  return law;
}

// How many random trials to run; a tenth under sanitizers, which make each about ten times as slow.
inline constexpr int Trials(int released) {
#ifdef PERFLAW_TRIALS_SHARE
  return released / PERFLAW_TRIALS_SHARE;
#else
  return released;
#endif
}

// Braces alone would not say whether three values are a list or from, to and step.
inline Axis AxisOf(std::vector<Count> values) { return Axis(std::move(values)); }

inline Accelerator Gpu() { return {"GPU", 1e15, 80e9, 3e12, 700, 4.0}; }

inline TrainingRun RunOf(Count count, double mfu) {
  TrainingRun run;
  run.accelerator = Gpu();
  run.count = count;
  run.mfu = mfu;
  return run;
}

// A plain GQA template over a lattice of dense and MoE points with a token axis; no limits.
inline Study PlainStudy() {
  Study study;
  study.file = "study.json";
  study.law = PaperLaw();
  study.base.vocab = 32000;
  study.base.head_dim = 128;
  study.base.kv_heads = 8;
  study.inside_domain = false;
  Space& space = study.space;
  space.axes[kLayersAxis] = Axis(20, 44, 8);
  space.axes[kHiddenAxis] = AxisOf({1024, 2048, 2560, 4096});
  space.axes[kFfnAxis] = AxisOf({1536, 8192, 14336});
  space.axes[kExpertsAxis] = AxisOf({1, 8, 64});
  space.axes[kActiveAxis] = AxisOf({1, 2, 8});
  space.axes[kSharedAxis] = AxisOf({0, 1});
  space.axes[kTokensAxis] = AxisOf({500'000'000'000, 4'000'000'000'000});
  return study;
}

// The same with all that any metric needs.
inline Study FullStudy() {
  Study study = PlainStudy();
  study.budget.run = RunOf(256, 0.4);
  study.training = Parallelism{};
  study.training->data = 32;
  study.training->tensor = 8;
  study.training->context = 4096;
  Serve serve;
  serve.serving.accelerator = Gpu();
  serve.serving.count = 64;
  serve.serving.batch = 16;
  serve.serving.context = 8192;
  serve.tokens = 1e12;
  study.inference = serve;
  return study;
}

inline std::string TempPath(const std::string& name) {
  const auto* info = testing::UnitTest::GetInstance()->current_test_info();
  return testing::TempDir() + "perflaw_" + info->test_suite_name() + "_" + info->name() + "_" +
         name;
}

inline std::string TempFile(const std::string& name, const std::string& content) {
  const std::string path = TempPath(name);
  std::ofstream(path, std::ios::binary) << content;
  return path;
}

// The message of the InputError that `act` throws; the test fails when there is none.
template <class Act>
std::string Refusal(const Act& act) {
  try {
    act();
  } catch (const InputError& error) {
    return error.what();
  }
  ADD_FAILURE() << "nothing was refused";
  return "";
}

inline void ExpectParts(const std::string& message, std::initializer_list<std::string> parts) {
  for (const std::string& part : parts) {
    EXPECT_NE(message.find(part), std::string::npos) << "\"" << part << "\" in: " << message;
  }
}

}  // namespace perflaw
