// The kernel on columns that stay in the first cache: points per second on one core and on all of them.
#include <benchmark/benchmark.h>

#include <cmath>
#include <stdexcept>
#include <vector>

#include "engine/kernel.hpp"

namespace perflaw {
namespace {

Law PaperLaw() {
  Law law;
  law.w = {13.95018, 0.23072, -0.48523, 5.39802};
  law.b = 9.19541;
  return law;
}

LawRow RowOf(Form form) {
  LawRow row;
  row.form = form;
  row.layers = 64;
  row.hidden = 8192;
  row.gamma = 1;
  row.total = {8e9, form == Form::kMoe ? 2.5e7 : 1.6e6};
  row.active = {8e9, form == Form::kMoe ? 3.1e6 : 1.6e6};
  row.widest.slope = form == Form::kMoe ? 2 : 1;
  row.most_tokens = 2e13;
  row.flops = 4e24;
  return row;
}

TrainedModel ModelOf(const LawRow& row, double ffn) {
  TrainedModel m;
  m.form = row.form;
  m.layers = row.layers;
  m.hidden = row.hidden;
  m.ffn = ffn;
  m.widest_ffn = row.widest.slope * ffn;
  m.total_params = row.total.base + row.total.slope * ffn;
  m.active_params = row.active.base + row.active.slope * ffn;
  m.tokens = std::min(row.most_tokens, row.flops / (6 * m.active_params));
  return m;
}

struct Column {
  std::vector<double> width;
  std::vector<float> ffn, log_ffn, raw, log_tokens;
  explicit Column(std::size_t n) : raw(n), log_tokens(n) {
    for (std::size_t i = 0; i < n; ++i) {
      width.push_back(1024 + 64.0 * static_cast<double>(i));
      ffn.push_back(static_cast<float>(width.back()));
      log_ffn.push_back(static_cast<float>(std::log(width.back())));
    }
  }
};

void Prove(const Law& law, const LawRow& row, const Column& column) {
  for (std::size_t i = 0; i < column.raw.size(); ++i) {
    const double raw =
        EvaluateLaw(law, row.form, ToLawInput(ModelOf(row, column.width[i]), row.gamma)).raw;
    if (std::abs(double{column.raw[i]} - raw) > KernelError(law, raw))
      throw std::runtime_error("the kernel is not the law");
  }
}

void BM_Row(benchmark::State& state) {
  const Law law = PaperLaw();
  const LawRow row = RowOf(state.range(0) == 1 ? Form::kMoe : Form::kDense);
  Column column(1024);
  const auto run = [&] {
    return EvaluateRow(law, row, column.ffn, column.log_ffn, column.raw, column.log_tokens);
  };
  run();
  Prove(law, row, column);
  for (auto _ : state) benchmark::DoNotOptimize(run());
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(column.raw.size()));
}
BENCHMARK(BM_Row)->ArgName("moe")->Arg(0)->Arg(1)->Threads(1)->ThreadPerCpu()->UseRealTime();

void BM_Tokens(benchmark::State& state) {
  std::vector<float> log_tokens, raw(500, 80), cap(500, 2), best(500);
  for (int i = 0; i < 1401; ++i) log_tokens.push_back(std::log(1 + 0.01f * static_cast<float>(i)));
  for (auto _ : state) {
    BestOverTokens(log_tokens, 5.4f, raw, cap, best);
    benchmark::DoNotOptimize(best.data());
  }
  for (const float x : best) {
    if (std::abs(x - 80) > 1e-3f) throw std::runtime_error("the best is not at saturation");
  }
  state.SetItemsProcessed(state.iterations() *
                          static_cast<std::int64_t>(log_tokens.size() * best.size()));
}
BENCHMARK(BM_Tokens)->Threads(1)->ThreadPerCpu()->UseRealTime();

// What the kernel is up against: the same law for one point after another.
void BM_ScalarLaw(benchmark::State& state) {
  const Law law = PaperLaw();
  const LawRow row = RowOf(state.range(0) == 1 ? Form::kMoe : Form::kDense);
  double ffn = 1024;
  for (auto _ : state) {
    ffn = ffn < 65536 ? ffn + 128 : 1024;
    benchmark::DoNotOptimize(EvaluateLaw(law, row.form, ToLawInput(ModelOf(row, ffn), 1)).raw);
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(BM_ScalarLaw)->ArgName("moe")->Arg(0)->Arg(1);

}  // namespace
}  // namespace perflaw
