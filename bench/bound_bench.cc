// Certified searches and fronts: boxes bounded per second, and the time of a whole search.
#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <stdexcept>

#include "search/base/control.hpp"
#include "search/bound/certified.hpp"
#include "search/io/inputs/study_file.hpp"
#include "search/sweep/sweep.hpp"

namespace perflaw {
namespace {

// Run from the project's root.
constexpr const char* kSwept = "configs/studies/1024xh100-30d.json";
constexpr const char* kLarge = "configs/studies/moe-every-integer.json";
constexpr const char* kFront = "bench/front.json";

Study Load(const char* path) {
  Inputs inputs;
  return LoadStudy(path, {}, inputs);
}

// Every 128th channel of them: 5e11 points.
Study Coarse() {
  Study study = Load(kLarge);
  for (const std::size_t axis : {kHiddenAxis, kFfnAxis}) {
    const Axis& every = study.space.axes[axis];
    study.space.axes[axis] = Axis(every[0], every[every.size() - 1], 128);
  }
  study.inside_domain = false;
  return study;
}

// Whose best is in no corner: wide experts, served within limits.
Study Inside() {
  Study study = Coarse();
  study.space.axes[kFfnAxis] = Axis(2048, 65536, 128);
  study.limits = {{Metric::kActiveShare, false, 0.12}, {Metric::kActiveShare, true, 0.25},
                  {Metric::kTotalParams, true, 120e9}, {Metric::kKvBytesPerToken, true, 250'000},
                  {Metric::kAspectRatio, false, 80},   {Metric::kExpertsActive, true, 4}};
  return study;
}

// The same points again in steps of 1: 1.6e4 times as many.
Study Fine() {
  Study study = Load(kLarge);
  study.inside_domain = false;
  return study;
}

// The main job, with its limits and its domain, on 1.4e9 points.
Study FineMainJob() {
  Study study = Load(kSwept);
  study.space.axes[kLayersAxis] = Axis(16, 126, 1);
  study.space.axes[kHiddenAxis] = Axis(1024, 16384, 1024);
  study.space.axes[kFfnAxis] = Axis(1024, 65536, 4);
  return study;
}

// A certified search finds what a sweep finds.
void Prove() {
  const ObjectiveFunction objective(Load(kSwept));
  Control control;
  const SearchOptions options{2, {}, nullptr, nullptr};
  const SearchSummary swept = Sweep(objective, options, control);
  const SearchSummary found = SearchCertified(objective, options, control);
  for (std::size_t i = 0; i < swept.best.size(); ++i) {
    if (found.best.at(i).index != swept.best[i].index) throw std::runtime_error("another best");
  }
}

void BM_Certified(benchmark::State& state, const Study& study) {
  static const bool proved = (Prove(), true);
  benchmark::DoNotOptimize(proved);
  const ObjectiveFunction objective(study);
  Control control;
  Count boxes = 0;
  for (auto _ : state) {
    const SearchOptions options{static_cast<int>(state.range(0)), {}, nullptr, nullptr};
    boxes += SearchCertified(objective, options, control).boxes;
  }
  state.SetItemsProcessed(boxes);
}
void Register(const char* name, Study (*make)()) {
  const auto run = [make](benchmark::State& state) { BM_Certified(state, make()); };
  benchmark::RegisterBenchmark(fmt::format("BM_Certified/{}", name).c_str(), run)
      ->Arg(1)
      ->Arg(2)
      ->UseRealTime()
      ->Unit(benchmark::kMillisecond);
}

const bool registered = [] {
  Register("main_job", [] { return Load(kSwept); });
  Register("main_job_1e9", FineMainJob);
  Register("moe_5e11", Coarse);
  Register("moe_9e15", Fine);
  Register("optimum_inside", Inside);
  Register("every_integer", [] { return Load(kLarge); });
  Register("front", [] { return Load(kFront); });
  return true;
}();

}  // namespace
}  // namespace perflaw
