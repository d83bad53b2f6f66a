// The exhaustive search: points per second of a study, on one thread and on two.
#include <benchmark/benchmark.h>

#include <stdexcept>

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
    for (std::size_t i = 0; i < expected.best.size(); ++i) {
      if (summary.best.at(i).index != expected.best[i].index)
        throw std::runtime_error("another best");
    }
  }
  state.SetItemsProcessed(state.iterations() * expected.space_points);
}
BENCHMARK(BM_Sweep)->Arg(1)->Arg(2)->UseRealTime()->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace perflaw
