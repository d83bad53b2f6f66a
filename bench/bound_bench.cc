// Certified searches and fronts: boxes bounded per second, and the time of a whole search.
#include <benchmark/benchmark.h>

#include <stdexcept>

#include "search/bound.hpp"
#include "search/io/study_file.hpp"
#include "search/sweep.hpp"

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

// A certified search finds what a sweep finds.
void Prove() {
  const ObjectiveFunction objective(Load(kSwept));
  Control control;
  const SearchOptions options{2, {}, nullptr, nullptr};
  const SearchSummary swept = Sweep(objective, options, control);
  const SearchSummary found = Bound(objective, options, control);
  for (std::size_t i = 0; i < swept.best.size(); ++i) {
    if (found.best.at(i).index != swept.best[i].index) throw std::runtime_error("another best");
  }
}

void BM_Certified(benchmark::State& state, const char* study) {
  static const bool proved = (Prove(), true);
  benchmark::DoNotOptimize(proved);
  const ObjectiveFunction objective(Load(study));
  Control control;
  Count boxes = 0;
  for (auto _ : state) {
    const SearchOptions options{static_cast<int>(state.range(0)), {}, nullptr, nullptr};
    boxes += Bound(objective, options, control).boxes;
  }
  state.SetItemsProcessed(boxes);
}
BENCHMARK_CAPTURE(BM_Certified, main_job, kSwept)
    ->Arg(1)
    ->Arg(2)
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(BM_Certified, every_integer, kLarge)
    ->Arg(1)
    ->Arg(2)
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(BM_Certified, front, kFront)
    ->Arg(1)
    ->Arg(2)
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace perflaw
