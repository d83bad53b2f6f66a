// What the machine can do at most with the kernel's instructions: vectors of floats in registers and the first cache, nothing around
// them. A point on a token axis takes one minimum and one maximum; a mixture of experts about 160 operations,
// most of them multiply-adds, for 4 logarithms and 5 exponentials.
#include <benchmark/benchmark.h>

#include <array>
#include <stdexcept>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "bench/roofline_bench.cc"
#include "hwy/foreach_target.h"  // includes this file once for each target
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace perflaw {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;
using Floats = hn::ScalableTag<float>;

std::size_t Lanes() { return hn::Lanes(Floats()); }

// Eight chains, more than the latency of any of the three times their number a cycle.
float MinMax(const float* column, std::size_t n, float cap) {
  const Floats d;
  const auto limit = hn::Set(d, cap), base = hn::Set(d, -80.0f);
  auto a = base, b = base, c = base, e = base, f = base, g = base, h = base, k = base;
  const std::size_t step = hn::Lanes(d);
  for (std::size_t i = 0; i + 8 * step <= n; i += 8 * step) {
    const float* at = column + i;
    a = hn::Max(a, hn::Min(hn::Load(d, at), limit));
    b = hn::Max(b, hn::Min(hn::Load(d, at + step), limit));
    c = hn::Max(c, hn::Min(hn::Load(d, at + 2 * step), limit));
    e = hn::Max(e, hn::Min(hn::Load(d, at + 3 * step), limit));
    f = hn::Max(f, hn::Min(hn::Load(d, at + 4 * step), limit));
    g = hn::Max(g, hn::Min(hn::Load(d, at + 5 * step), limit));
    h = hn::Max(h, hn::Min(hn::Load(d, at + 6 * step), limit));
    k = hn::Max(k, hn::Min(hn::Load(d, at + 7 * step), limit));
  }
  const auto all =
      hn::Max(hn::Max(hn::Max(a, b), hn::Max(c, e)), hn::Max(hn::Max(f, g), hn::Max(h, k)));
  return hn::GetLane(hn::MaxOfLanes(d, all));
}

float MulAdds(std::size_t rounds, float x) {
  const Floats d;
  const auto m = hn::Set(d, x), one = hn::Set(d, 1.0f);
  auto a = one, b = m, c = one, e = m, f = one, g = m, h = one, k = m;
  for (std::size_t i = 0; i < rounds; ++i) {
    a = hn::MulAdd(a, m, one);
    b = hn::MulAdd(b, m, one);
    c = hn::MulAdd(c, m, one);
    e = hn::MulAdd(e, m, one);
    f = hn::MulAdd(f, m, one);
    g = hn::MulAdd(g, m, one);
    h = hn::MulAdd(h, m, one);
    k = hn::MulAdd(k, m, one);
  }
  const auto all =
      hn::Add(hn::Add(hn::Add(a, b), hn::Add(c, e)), hn::Add(hn::Add(f, g), hn::Add(h, k)));
  return hn::GetLane(hn::SumOfLanes(d, all));
}

}  // namespace HWY_NAMESPACE
}  // namespace perflaw
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace perflaw {
namespace {

HWY_EXPORT(Lanes);
HWY_EXPORT(MinMax);
HWY_EXPORT(MulAdds);

void BM_MinMax(benchmark::State& state) {
  alignas(64) std::array<float, 2048> column{};
  column.fill(3);
  const auto run = [&] { return HWY_DYNAMIC_DISPATCH(MinMax)(column.data(), 2048, 2); };
  if (run() != 2) throw std::runtime_error("another maximum");
  for (auto _ : state) benchmark::DoNotOptimize(run());
  state.SetItemsProcessed(state.iterations() * 2048);
}
BENCHMARK(BM_MinMax)->Threads(1)->ThreadPerCpu()->UseRealTime();

constexpr std::size_t kRounds = 1000;
constexpr double kMoeOperations = 160;

void BM_MoeOperations(benchmark::State& state) {
  const auto run = [] { return HWY_DYNAMIC_DISPATCH(MulAdds)(kRounds, 0.5f); };
  if (!(run() > 0)) throw std::runtime_error("another sum");
  for (auto _ : state) benchmark::DoNotOptimize(run());
  const auto lanes = static_cast<double>(HWY_DYNAMIC_DISPATCH(Lanes)());
  const double points = static_cast<double>(8 * kRounds) * lanes / kMoeOperations;
  state.SetItemsProcessed(
      static_cast<std::int64_t>(static_cast<double>(state.iterations()) * points));
}
BENCHMARK(BM_MoeOperations)->Threads(1)->ThreadPerCpu()->UseRealTime();

}  // namespace
}  // namespace perflaw
#endif
