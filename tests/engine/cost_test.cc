#include "engine/cost.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <tuple>
#include <utility>

#include "engine/count.hpp"
#include "tests/golden.hpp"

namespace perflaw {
namespace {

using golden::ExpectNearly;
using golden::Megatron;
using golden::PublishedModel;
using golden::PublishedTemplate;

Accelerator Chip(double teraflops, double gigabytes, double terabytes_per_second) {
  return {"chip", teraflops * 1e12, gigabytes * 1e9, terabytes_per_second * 1e12, 700, 2.0};
}

// ---- FLOPs ----

TEST(TrainingFlopsTest, Llama8BWithCausalAttention) {
  const Architecture llama = PublishedModel("Llama-3-8B");
  const auto flops = [&llama](Count context) {
    return TrainingFlopsPerToken(llama, context, Attention::kCausal);
  };
  ExpectNearly(flops(2048), 4.664e10, 1e-3);
  ExpectNearly(flops(4096), 4.825e10, 1e-3);
  ExpectNearly(flops(8192), 5.147e10, 1e-3);
  ExpectNearly(flops(131072), 1.481e11, 1e-3);
  EXPECT_NEAR(flops(8192) / SixNdFlopsPerToken(llama), 1.068, 0.0005);
  EXPECT_NEAR(flops(131072) / SixNdFlopsPerToken(llama), 3.07, 0.005);
}

TEST(TrainingFlopsTest, EqualsTheFormulaForEveryPublishedModel) {
  for (const golden::Row& row : golden::Published()) {
    const StackTemplate sizes = golden::TemplateFrom(row);
    if (sizes.mla) continue;
    const Architecture a = ToStack(sizes);
    const auto n = static_cast<double>(ActiveExcludingInputEmbedding(a));
    const auto width = static_cast<double>(sizes.layers * sizes.heads * sizes.head_dim);
    for (const double context : {1.0, 512.0, 32768.0}) {
      const auto flops = [&](Attention attention) {
        return TrainingFlopsPerToken(a, static_cast<Count>(context), attention);
      };
      ExpectNearly(flops(Attention::kIgnored), 6 * n, 1e-14);
      ExpectNearly(flops(Attention::kCausal), 6 * n + 6 * width * context, 1e-14);
      ExpectNearly(flops(Attention::kFull), 6 * n + 12 * width * context, 1e-14);
    }
    EXPECT_EQ(SixNdFlopsPerToken(a), 6.0 * static_cast<double>(CountParams(a).Active()));
  }
}

TEST(TrainingFlopsTest, LatentAttentionUsesBothHeadWidths) {
  const Architecture v3 = PublishedModel("DeepSeek-V3");
  const double attention = TrainingFlopsPerToken(v3, 4096, Attention::kCausal) -
                           TrainingFlopsPerToken(v3, 4096, Attention::kIgnored);
  ExpectNearly(attention, 6.0 * 61 * 128 * (192 + 128) * 2048, 1e-9);
}

TEST(TrainingFlopsTest, SlidingWindowsLimitTheKeys) {
  StackTemplate a = PublishedTemplate("Llama-3-8B");
  const auto attention = [&a](Count context, Attention kind) {
    return TrainingFlopsPerToken(ToStack(a), context, kind) -
           TrainingFlopsPerToken(ToStack(a), context, Attention::kIgnored);
  };
  const double full_causal = attention(8192, Attention::kCausal);
  a.sliding_window = {8192, 32};
  EXPECT_EQ(attention(8192, Attention::kCausal), full_causal) << "a window of the whole context";
  a.sliding_window = {1024, 24};
  // Token by token: query i attends to min(i, w) keys, in the mean over a half-open cell.
  double keys = 0;
  for (int i = 0; i < 8192; ++i) keys += std::min(i + 0.5, 1024.0) / 8192;
  const double per_key = 6.0 * 32 * 256;
  ExpectNearly(attention(8192, Attention::kCausal), per_key * (8 * 4096 + 24 * keys), 1e-6);
  ExpectNearly(attention(8192, Attention::kFull), per_key * (8 * 8192 + 24 * 1024), 1e-6);
  ExpectNearly(attention(512, Attention::kCausal), per_key * 32 * 256, 1e-6);
}

TEST(TrainingFlopsTest, LatentAttentionReachesBackNoFurtherThanItsWindow) {
  StackTemplate windowed = PublishedTemplate("DeepSeek-V3");
  windowed.sliding_window = {1024, 11};
  const Architecture v3 = ToStack(windowed);
  const double attention = TrainingFlopsPerToken(v3, 4096, Attention::kFull) -
                           TrainingFlopsPerToken(v3, 4096, Attention::kIgnored);
  ExpectNearly(attention, 6.0 * 128 * (192 + 128) * (50 * 4096 + 11 * 1024), 1e-9);
  EXPECT_EQ(KvBytesPerToken(v3, 4096, 2), 2 * 576 * (50 + 11 * 0.25));
  EXPECT_EQ(CountParams(v3).Total(), CountParams(PublishedModel("DeepSeek-V3")).Total());
}

TEST(TrainingFlopsTest, FullRecomputationIsNarayanansFormula) {
  const double s = 2048, v = 51200;
  for (const auto& [layers, hidden, heads] :
       {std::tuple{96, 12288, 96}, std::tuple{105, 20480, 128}, std::tuple{24, 2304, 24}}) {
    const double l = layers, h = hidden;
    ExpectNearly(TrainingFlopsPerToken(Megatron(layers, hidden, heads), 2048, Attention::kFull,
                                       Recompute::kFull),
                 96 * l * h * h * (1 + s / (6 * h) + v / (16 * l * h)), 1e-3);
  }
}

TEST(TrainingFlopsTest, RecomputationAddsOneForwardPassOfWhatItDrops) {
  Architecture a = PublishedModel("Llama-3-8B");
  for (const bool tied : {false, true}) {
    a.tied_embeddings = tied;
    const auto flops = [&a](Recompute recompute) {
      return TrainingFlopsPerToken(a, 4096, Attention::kCausal, recompute);
    };
    const double none = flops(Recompute::kNone);
    const double attention = none - TrainingFlopsPerToken(a, 4096, Attention::kIgnored);
    const double head = 6.0 * 128256 * 4096;
    ExpectNearly(flops(Recompute::kSelective) - none, attention / 3, 1e-9);
    ExpectNearly(flops(Recompute::kFull) - none, (none - head) / 3, 1e-9);
  }
}

// ---- Training run ----

TEST(TrainingRunTest, DaysOfNarayananAndOthers) {
  struct Case {
    Architecture architecture;
    Count accelerators;
    double achieved_teraflops, days, params, days_by_six_nd;
  };
  for (const Case& c : {Case{Megatron(96, 12288, 96), 384, 153, 84.75, 175e9, 62.1},
                        Case{Megatron(96, 12288, 96), 1536, 141, 22.99, 175e9, 16.8},
                        Case{Megatron(105, 20480, 128), 560, 171, 156.08, 530e9, 115}}) {
    const TrainingRun run{Chip(312, 80, 2), c.accelerators, c.achieved_teraflops / 312, 1, {}};
    const Flops flops =
        300e9 * TrainingFlopsPerToken(c.architecture, 2048, Attention::kFull, Recompute::kFull);
    ExpectNearly(CostOfTraining(flops, run).seconds / kSecondsPerDay, c.days, 1e-3);
    ExpectNearly(CostOfTraining(6 * c.params * 300e9, run).seconds / kSecondsPerDay,
                 c.days_by_six_nd, 3e-3);
  }
}

TEST(TrainingRunTest, TwiceTheAcceleratorsHalveTheTimeAtTheSamePrice) {
  TrainingRun run{Chip(1000, 80, 3), 512, 0.4, 1.2, 0.35};
  const TrainingCost one = CostOfTraining(1e24, run);
  run.count *= 2;
  const TrainingCost two = CostOfTraining(1e24, run);
  EXPECT_DOUBLE_EQ(two.seconds, one.seconds / 2);
  EXPECT_DOUBLE_EQ(two.accelerator_hours, one.accelerator_hours);
  EXPECT_DOUBLE_EQ(*two.usd, *one.usd);
  EXPECT_DOUBLE_EQ(two.kwh, one.kwh);
  EXPECT_DOUBLE_EQ(*two.co2, *one.co2);
  run.mfu /= 2;
  EXPECT_DOUBLE_EQ(CostOfTraining(1e24, run).accelerator_hours, 2 * one.accelerator_hours);
}

TEST(TrainingRunTest, UnitsByHand) {
  // 3.6e21 FLOPs at 1e15 x 0.5 on 10 chips: 720,000 s, 2,000 accelerator-hours.
  const TrainingRun run{Chip(1000, 80, 3), 10, 0.5, 1.1, 0.4};
  const TrainingCost cost = CostOfTraining(3.6e21, run);
  EXPECT_DOUBLE_EQ(cost.seconds, 720'000);
  EXPECT_DOUBLE_EQ(cost.accelerator_hours, 2'000);
  EXPECT_DOUBLE_EQ(*cost.usd, 4'000);
  EXPECT_DOUBLE_EQ(cost.kwh, 2'000 * 0.7 * 1.1);
  EXPECT_DOUBLE_EQ(*cost.co2, 1'540 * 0.4);
}

TEST(TrainingRunTest, UnknownPriceAndGridStayUnknown) {
  TrainingRun run{Chip(1000, 80, 3), 10, 0.5, 1.1, std::nullopt};
  run.accelerator.usd_per_hour.reset();
  EXPECT_FALSE(CostOfTraining(1e20, run).usd);
  EXPECT_FALSE(CostOfTraining(1e20, run).co2);
}

// ---- Serving ----

TEST(KvCacheTest, BytesPerTokenOfPublishedModels) {
  for (const auto& [name, bytes] :
       {std::pair{"Llama-3-8B", 131072}, std::pair{"Llama-3.1-70B", 327680},
        std::pair{"Llama-3.1-405B", 516096}, std::pair{"DeepSeek-V3", 70272},
        std::pair{"Qwen3-235B-A22B", 192512}}) {
    EXPECT_EQ(KvBytesPerToken(PublishedModel(name), 4096, 2), bytes) << name;
    EXPECT_EQ(KvBytesPerToken(PublishedModel(name), 4096, 1), bytes / 2) << name;
  }
}

TEST(KvCacheTest, SlidingWindowsHoldNoMoreThanTheWindow) {
  StackTemplate windowed = PublishedTemplate("Llama-3-8B");
  windowed.sliding_window = {1024, 24};
  const Architecture a = ToStack(windowed);
  EXPECT_EQ(KvBytesPerToken(a, 512, 2), 131072);
  EXPECT_EQ(KvBytesPerToken(a, 1024, 2), 131072);
  EXPECT_EQ(KvBytesPerToken(a, 8192, 2), 4096 * (8 + 24.0 / 8));
  for (Count context = 1024; context < 1'000'000; context *= 2) {
    const double sequence = static_cast<double>(context) * KvBytesPerToken(a, context, 2);
    EXPECT_DOUBLE_EQ(sequence, 4096.0 * (8 * static_cast<double>(context) + 24 * 1024));
  }
}

double DecodeSpeed(const Architecture& a, const Serving& s) {
  return DecodeTokensPerSecond(a, TotalsOf(a), s);
}

Serving ServedBy(const Accelerator& chip, Count batch, Count context) {
  Serving s;
  s.accelerator = chip;
  s.batch = batch;
  s.context = context;
  return s;
}

TEST(DecodeTest, OneSequenceIsBoundByReadingTheWeights) {
  const Serving s = ServedBy(Chip(1000, 200, 3), 1, 1);
  const Architecture untied = PublishedModel("Llama-3-8B"), tied = PublishedModel("Qwen3-1.7B");
  ExpectNearly(DecodeSpeed(untied, s), 3e12 / (2 * 7504924672.0 + 131072), 1e-12);
  ExpectNearly(DecodeSpeed(tied, s), 3e12 / (2 * 1720574976.0 + 28 * 4096), 1e-12);
  // A MoE reads what one token activates.
  const Architecture moe = PublishedModel("Mixtral-8x7B");
  ExpectNearly(DecodeSpeed(moe, s), 3e12 / (2 * 12748853248.0 + 131072), 1e-12);
}

TEST(DecodeTest, HugeBatchesAreBoundByArithmetic) {
  const Architecture a = PublishedModel("Llama-3-8B");
  const Serving s = ServedBy(Chip(1000, 1e6, 3), 100'000, 16);
  const double flops = 2 * 7504924672.0 + 4.0 * 32 * 32 * 128 * 16;
  ExpectNearly(DecodeSpeed(a, s) * 100'000, 1e15 / flops, 1e-12);
}

TEST(DecodeTest, LongContextsReadTheirCaches) {
  const Serving s = ServedBy(Chip(1000, 1e6, 3), 32, 131072);
  const double bytes = 2 * 7504924672.0 + 32 * 131072.0 * 131072;
  ExpectNearly(DecodeSpeed(PublishedModel("Llama-3-8B"), s), 3e12 / bytes, 1e-12);
}

TEST(DecodeTest, TouchedExpertsGrowWithTheBatch) {
  const Architecture a = PublishedModel("Qwen3-30B-A3B");
  const ParamCounts counts = CountParams(a);
  const auto routed = static_cast<double>(counts.total.routed_experts);
  const double rest = static_cast<double>(counts.Total()) - routed - 151936.0 * 2048;
  double before = 0;
  for (const Count batch : {1, 2, 4, 16, 64, 4096}) {
    Serving s = ServedBy(Chip(1e9, 1e6, 3), batch, 1);  // arithmetic is free
    s.kv_bytes = 0;
    const double touched = 3e12 / DecodeSpeed(a, s) / 2;
    const double share = 1 - std::pow(120.0 / 128, static_cast<double>(batch));
    ExpectNearly(touched, rest + share * routed, 1e-12);
    EXPECT_GT(touched, before);
    before = touched;
  }
  ExpectNearly(before, rest + routed, 1e-9);
}

TEST(DecodeTest, MoreChipsAreFasterAndQuantisationReadsLess) {
  const Architecture a = PublishedModel("Llama-3-8B");
  Serving s = ServedBy(Chip(1000, 80, 3), 4, 4096);
  const double one = DecodeSpeed(a, s);
  s.count = 8;
  ExpectNearly(DecodeSpeed(a, s), 8 * one, 1e-12);
  s.count = 1;
  s.weight_bytes = s.kv_bytes = 1;
  ExpectNearly(DecodeSpeed(a, s), 2 * one, 1e-12);
}

TEST(DecodeTest, BatchRaisesTheTotalAndNeverOneSequence) {
  for (const char* name : {"Llama-3-8B", "Mixtral-8x7B", "DeepSeek-V3", "gpt-oss-120b"}) {
    const Architecture a = PublishedModel(name);
    double before = std::numeric_limits<double>::infinity(), total_before = 0;
    for (Count batch = 1; batch <= 4096; batch *= 2) {
      const double rate = DecodeSpeed(a, ServedBy(Chip(1000, 1e6, 3), batch, 2048));
      EXPECT_LE(rate, before) << name << " " << batch;
      EXPECT_GE(rate * static_cast<double>(batch), total_before * (1 - 1e-12)) << name;
      before = rate;
      total_before = rate * static_cast<double>(batch);
    }
  }
}

TEST(ServingTest, WhatDoesNotFitHasNoSpeedAndNoFinitePrice) {
  const Architecture a = PublishedModel("Llama-3-8B");
  const double needed = (2 * 8030261248.0 + 2 * 4096 * 131072.0) / 1e9;
  Serving s = ServedBy(Chip(1000, needed * (1 + 1e-9), 3), 2, 4096);
  EXPECT_GT(DecodeSpeed(a, s), 0);
  EXPECT_TRUE(std::isfinite(*ServingUsd(a, TotalsOf(a), s, 1e6)));
  s.accelerator.memory = needed * 1e9 * (1 - 1e-9);
  EXPECT_EQ(DecodeSpeed(a, s), 0);
  EXPECT_EQ(*ServingUsd(a, TotalsOf(a), s, 1e6), std::numeric_limits<double>::infinity());
  s.count = 2;
  EXPECT_GT(DecodeSpeed(a, s), 0) << "two chips hold it together";
}

TEST(ServingTest, PriceOfAMillionTokens) {
  const Architecture a = PublishedModel("Llama-3-8B");
  Serving s = ServedBy(Chip(1000, 200, 3), 16, 1024);
  s.count = 2;
  const double hours = 1e6 / (16 * DecodeSpeed(a, s)) / 3600;
  ExpectNearly(*ServingUsd(a, TotalsOf(a), s, 1e6), hours * 2 * 2.0, 1e-12);
  s.accelerator.usd_per_hour.reset();
  EXPECT_FALSE(ServingUsd(a, TotalsOf(a), s, 1e6));
}

TEST(PrefillTest, IsAForwardPassBoundByArithmeticOrByTheWeights) {
  const Architecture a = PublishedModel("Llama-3-8B");
  // Two FLOPs a matrix parameter and two each for the scores and values of half the context.
  ExpectNearly(PrefillFlopsPerToken(a, 8192), 2 * 7504924672.0 + 4.0 * 32 * 4096 * 4096, 1e-12);
  const Serving s = ServedBy(Chip(1000, 80, 3), 1, 8192);
  ExpectNearly(PrefillSeconds(a, s), 8192 * PrefillFlopsPerToken(a, 8192) / 1e15, 1e-12);
  ExpectNearly(PrefillSeconds(a, ServedBy(Chip(1000, 80, 3), 1, 1)), 2 * 8030261248.0 / 3e12,
               1e-12);
}

}  // namespace
}  // namespace perflaw
