// The exhaustive search: points per second of a study, one thread and all.
#include <benchmark/benchmark.h>

#include <stdexcept>
#include <thread>

#include "search/io/study_file.hpp"
#include "search/sweep.hpp"

namespace perflaw {
namespace {

// Run from the project's root.
constexpr const char* kStudy = "configs/studies/authors-planner-full.json";

void BM_Sweep(benchmark::State& state) {
  Inputs inputs;
  const ObjectiveFunction objective(LoadStudy(kStudy, {}, inputs));
  Control control;
  const SearchOptions one{1, {}}, asked{static_cast<int>(state.range(0)), {}};
  const SearchSummary expected = Sweep(objective, one, control);
  for (auto _ : state) {
    const SearchSummary summary = Sweep(objective, asked, control);
    if (summary.best.front().index != expected.best.front().index)
      throw std::runtime_error("another best");
  }
  state.SetItemsProcessed(state.iterations() * expected.space_points);
}
BENCHMARK(BM_Sweep)
    ->Arg(1)
    ->Arg(static_cast<int>(std::thread::hardware_concurrency()))
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace perflaw
