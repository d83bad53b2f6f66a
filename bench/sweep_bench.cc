// The exhaustive search: points per second of studies, on one thread and on all.
#include <benchmark/benchmark.h>

#include <stdexcept>
#include <string>
#include <thread>

#include "search/base/control.hpp"
#include "search/io/inputs/study_file.hpp"
#include "search/sweep/sweep.hpp"
#include "search/sweep/tally.hpp"

namespace perflaw {
namespace {

// Run from the project's root.
Study Load(const std::string& path) {
  Inputs inputs;
  StudyOverrides overrides;
  overrides.method = "exhaustive";
  return LoadStudy(path, overrides, inputs);
}

SearchSummary Solve(const ObjectiveFunction& objective, int threads) {
  Control control;
  return Sweep(objective, {threads, {}}, control);
}

void ExpectSame(const SearchSummary& a, const SearchSummary& b) {
  bool same = a.feasible == b.feasible && a.rejected == b.rejected && a.binding == b.binding &&
              a.best.size() == b.best.size();
  for (std::size_t i = 0; same && i < a.best.size(); ++i) same = a.best[i].index == b.best[i].index;
  if (!same) throw std::runtime_error("not what scoring each point finds");
}

// On a part of the space with few layers and hidden sizes, which scoring point by point can finish.
void Prove(Study study) {
  auto& axes = study.space.axes;
  const auto some = [](const Axis& axis) {
    return Axis({axis[axis.size() / 2], axis[axis.size() - 1]});
  };
  axes[kLayersAxis] = some(axes[kLayersAxis]);
  axes[kHiddenAxis] = Axis(axes[kHiddenAxis][axes[kHiddenAxis].size() / 2]);
  const ObjectiveFunction objective(study);
  Tally tally(objective, {});
  for (Count i = 0; i < study.space.Size(); ++i) tally.Add(objective.Evaluate(i));
  SearchSummary expected;
  Report(tally, expected);
  ExpectSame(expected, Solve(objective, 2));
}

void BM_Sweep(benchmark::State& state, const char* path) {
  const Study study = Load(path);
  if (state.range(0) == 1) Prove(study);
  const ObjectiveFunction objective(study);
  const auto threads = static_cast<int>(state.range(0));
  const SearchSummary expected = Solve(objective, 1);
  for (auto _ : state) ExpectSame(expected, Solve(objective, threads));
  state.SetItemsProcessed(state.iterations() * expected.space_points);
}

void OneAndAll(benchmark::internal::Benchmark* bench) {
  bench->ArgName("threads")->Arg(1)->Arg(static_cast<int>(std::thread::hardware_concurrency()));
  bench->UseRealTime()->Unit(benchmark::kMillisecond);
}

BENCHMARK_CAPTURE(BM_Sweep, main_job, "configs/studies/1024xh100-30d.json")->Apply(OneAndAll);
BENCHMARK_CAPTURE(BM_Sweep, dense_tokens, "bench/peers/dense-tokens.json")->Apply(OneAndAll);
BENCHMARK_CAPTURE(BM_Sweep, moe_budget, "bench/peers/moe-budget.json")->Apply(OneAndAll);

}  // namespace
}  // namespace perflaw
