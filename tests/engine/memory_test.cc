// The training-memory part of engine/cost.hpp, against the paper that its formulas come from.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <tuple>
#include <utility>

#include "engine/cost.hpp"
#include "engine/count.hpp"
#include "tests/golden.hpp"

namespace perflaw {
namespace {

using golden::ExpectNearly;
using golden::Megatron;
using golden::PublishedModel;

constexpr double kGiB = 1024.0 * 1024 * 1024;

Parallelism Korthikanti() {
  Parallelism p;
  p.tensor = 8;
  p.micro_batch = 4;
  p.context = 2048;
  return p;
}

TEST(TrainingMemoryTest, ActivationsOfKorthikantis22B) {
  const Architecture a = Megatron(48, 6144, 64);
  Parallelism p = Korthikanti();
  EXPECT_DOUBLE_EQ(MemoryPerAccelerator(a, p).activations, 59.25 * kGiB);
  p.sequence_parallel = true;
  p.recompute = Recompute::kSelective;
  EXPECT_DOUBLE_EQ(MemoryPerAccelerator(a, p).activations, 9.5625 * kGiB);
}

// 10 h + 24 h / t + 5 heads s / t and its variants, the paper's table 2.
TEST(TrainingMemoryTest, ActivationsOfAMegatronLayer) {
  const Architecture a = Megatron(48, 6144, 64);
  const double h = 6144, scores = 5.0 * 64 * 2048;
  for (const Count tensor : {1, 2, 8}) {
    Parallelism p = Korthikanti();
    p.tensor = tensor;
    const auto t = static_cast<double>(tensor);
    const auto bytes = [&](bool sequence_parallel, Recompute recompute) {
      p.sequence_parallel = sequence_parallel;
      p.recompute = recompute;
      return ActivationBytesPerTokenAndLayer(a, p);
    };
    EXPECT_DOUBLE_EQ(bytes(false, Recompute::kNone), 10 * h + (24 * h + scores) / t);
    EXPECT_DOUBLE_EQ(bytes(true, Recompute::kNone), (34 * h + scores) / t);
    EXPECT_DOUBLE_EQ(bytes(false, Recompute::kSelective), 10 * h + 24 * h / t);
    EXPECT_DOUBLE_EQ(bytes(true, Recompute::kSelective), 34 * h / t);
    EXPECT_DOUBLE_EQ(bytes(false, Recompute::kFull), 2 * h);
    EXPECT_DOUBLE_EQ(bytes(true, Recompute::kFull), 2 * h / t);
  }
}

// The same items for other attention and other FFNs: q, k, v and the output at 2 bytes, then the
// activation function's input and output and a gate's partner.
TEST(TrainingMemoryTest, ActivationsOfOtherLayers) {
  Parallelism p;
  p.context = 4096;
  p.recompute = Recompute::kSelective;
  const auto bytes = [&p](const char* name) {
    return ActivationBytesPerTokenAndLayer(PublishedModel(name), p);
  };
  const double llama = 10.0 * 4096 + 2 * (2 * 4096 + 2 * 1024);
  EXPECT_DOUBLE_EQ(bytes("Llama-3-8B"), llama + 2 * 3 * 14336);
  // Two experts, and each one's input and output for the routing.
  EXPECT_DOUBLE_EQ(bytes("Mixtral-8x7B"), llama + 2 * 3 * 2 * 14336 + 2 * 2 * 2 * 4096);
  const double latents = 2.0 * (1536 + 512 + 64);
  const double attention = 2.0 * 128 * (192 + 128 + 192 + 128);
  const double dense = 2.0 * 3 * 18432, moe = 2.0 * 3 * 9 * 2048 + 2 * 2 * 8 * 7168.0;
  ExpectNearly(bytes("DeepSeek-V3"), 10 * 7168 + latents + attention + (3 * dense + 58 * moe) / 61,
               1e-12);
}

TEST(TrainingMemoryTest, StateOfKorthikantis22B) {
  const auto state = [](const TrainingMemory& m) { return m.weights + m.gradients + m.optimizer; };
  StackTemplate a = golden::MegatronTemplate(48, 6144, 64);
  a.biases = {true, true, true, true};
  a.learned_positions = 2048;
  ExpectNearly(state(MemoryPerAccelerator(ToStack(a), Korthikanti())), 46.26 * kGiB, 1e-3);
  // The layers' matrices alone: 12 L h^2 / 8 at 18 bytes, and one row of embedding.
  Architecture matrices = Megatron(48, 6144, 64);
  matrices.vocab = 1;
  matrices.norm_weights = false;
  ExpectNearly(state(MemoryPerAccelerator(matrices, Korthikanti())), 45.5625 * kGiB, 1e-6);
}

TEST(TrainingMemoryTest, LogitsOfTheLastStage) {
  const Architecture a = Megatron(48, 6144, 64);
  Parallelism p = Korthikanti();
  p.sequence_parallel = true;
  EXPECT_DOUBLE_EQ(MemoryPerAccelerator(a, p).logits, 4.0 * 2048 * 4 * (6144 + 51200) / 8);
}

TEST(TrainingMemoryTest, BytesOfAParameterByZeroStage) {
  const Architecture a = PublishedModel("Llama-3-8B");
  const auto n = static_cast<double>(CountParams(a).Total());
  Parallelism p;
  p.data = 64;
  p.context = 4096;
  const double divided[4][3] = {
      {2, 4, 12}, {2, 4, 12.0 / 64}, {2, 4.0 / 64, 12.0 / 64}, {2.0 / 64, 4.0 / 64, 12.0 / 64}};
  for (p.zero = 0; p.zero < 4; ++p.zero) {
    const TrainingMemory m = MemoryPerAccelerator(a, p);
    EXPECT_DOUBLE_EQ(m.weights, divided[p.zero][0] * n) << p.zero;
    EXPECT_DOUBLE_EQ(m.gradients, divided[p.zero][1] * n) << p.zero;
    EXPECT_DOUBLE_EQ(m.optimizer, divided[p.zero][2] * n) << p.zero;
  }
}

// Whatever layout the check accepts: a higher ZeRO stage never needs more.
TEST(TrainingMemoryTest, ZeroStagesAreMonotone) {
  for (const char* name : {"Llama-3-8B", "Mixtral-8x7B", "DeepSeek-V3"}) {
    const Architecture a = PublishedModel(name);
    for (const Count data : {1, 8, 64}) {
      for (const Count expert : {1, 2, 8}) {
        Parallelism p;
        p.data = data;
        p.expert = expert;
        p.context = 4096;
        if (CheckParallelism(a, p)) continue;
        double before = std::numeric_limits<double>::infinity();
        for (p.zero = 0; p.zero < 4; ++p.zero) {
          const double sum = MemoryPerAccelerator(a, p).Sum();
          EXPECT_LE(sum, before) << name << " ZeRO " << p.zero << " data " << data << " expert "
                                 << expert;
          before = sum;
        }
      }
    }
  }
}

TEST(TrainingMemoryTest, TensorParallelDividesState) {
  for (const char* name : {"Llama-3-8B", "Mixtral-8x7B"}) {
    const Architecture a = PublishedModel(name);
    Parallelism p;
    p.context = 4096;
    const TrainingMemory one = MemoryPerAccelerator(a, p);
    p.tensor = 4;
    const TrainingMemory four = MemoryPerAccelerator(a, p);
    EXPECT_DOUBLE_EQ(four.weights, one.weights / 4);
    EXPECT_DOUBLE_EQ(four.optimizer, one.optimizer / 4);
    EXPECT_LT(four.activations, one.activations);
    EXPECT_GT(four.activations, one.activations / 4) << "norms' inputs are whole on each";
    p.sequence_parallel = true;
    EXPECT_DOUBLE_EQ(MemoryPerAccelerator(a, p).activations, one.activations / 4);
  }
}

// Weights, 2 bytes each, of the stage with the embedding or the head and its share of the layers.
TEST(TrainingMemoryTest, PipelineStages) {
  Architecture a = PublishedModel("Llama-3-8B");
  const double layers = 8030261248.0 - 2 * 525336576.0, ends = 525336576.0;
  Parallelism p;
  p.context = 4096;
  p.recompute = Recompute::kSelective;
  for (const bool tied : {false, true}) {
    a.tied_embeddings = tied;
    p.pipeline = 1;
    const TrainingMemory whole = MemoryPerAccelerator(a, p);
    EXPECT_DOUBLE_EQ(whole.weights, 2 * (layers + (tied ? 1 : 2) * ends));
    EXPECT_GT(whole.logits, 0);
    p.pipeline = 4;
    const TrainingMemory stage = MemoryPerAccelerator(a, p);
    // Tied or not, one vocab x hidden stands at each end of a pipeline.
    ExpectNearly(stage.weights, 2 * (layers / 4 + ends), 1e-12);
    // The first stage is the fullest here: it holds every layer's worth of micro-batches.
    EXPECT_DOUBLE_EQ(stage.activations, whole.activations);
    EXPECT_EQ(stage.logits, 0);
  }
}

TEST(TrainingMemoryTest, LastStageIsFullestWhenItsLogitsOutweighTheActivations) {
  Architecture a = PublishedModel("Qwen2.5-0.5B");
  Parallelism p;
  p.context = 4096;
  p.pipeline = 4;
  p.recompute = Recompute::kFull;
  const TrainingMemory m = MemoryPerAccelerator(a, p);
  EXPECT_DOUBLE_EQ(m.logits, 4096.0 * 4 * (896 + 151936));
  EXPECT_DOUBLE_EQ(m.activations, 4096.0 * 24 / 4 * 2 * 896);
  EXPECT_GT(m.weights, 2 * 151936.0 * 896) << "a tied matrix keeps a copy on the last stage";
}

TEST(TrainingMemoryTest, ExpertParallelDividesTheRoutedExpertsOnly) {
  const Architecture a = PublishedModel("DeepSeek-V3");
  const BlockCounts b = CountParams(a).total;
  const auto routed = static_cast<double>(b.routed_experts);
  const auto common = static_cast<double>(b.Sum()) - routed;
  Parallelism p;
  p.data = 64;
  p.context = 4096;
  for (const Count expert : {1, 8, 64}) {
    p.expert = expert;
    const auto e = static_cast<double>(expert);
    p.zero = 0;
    ExpectNearly(MemoryPerAccelerator(a, p).weights, 2 * (common + routed / e), 1e-12);
    // The 64 / e replicas of an expert share its optimizer: a 64th each, whatever e.
    p.zero = 1;
    ExpectNearly(MemoryPerAccelerator(a, p).optimizer, 12 * (common + routed) / 64, 1e-12);
  }
}

TEST(ParallelismTest, NamesTheFirstSizeThatDoesNotDivide) {
  const auto field = [](const char* model, auto change) -> std::string {
    Parallelism p;
    p.context = 4096;
    p.data = 64;
    change(p);
    const auto bad = CheckParallelism(PublishedModel(model), p);
    return bad ? bad->field + " " + bad->value : "";
  };
  EXPECT_EQ(field("Llama-3-8B", [](Parallelism& p) { p.tensor = 8; }), "");
  EXPECT_EQ(field("Llama-3-8B", [](Parallelism& p) { p.tensor = 16; }), "")
      << "KV heads may be shared by ranks";
  EXPECT_EQ(field("Llama-3-8B", [](Parallelism& p) { p.tensor = 3; }),
            "training.tensor_parallel 3");
  EXPECT_EQ(field("Llama-3-8B", [](Parallelism& p) { p.pipeline = 5; }),
            "training.pipeline_parallel 5");
  EXPECT_EQ(field("Qwen2.5-7B", [](Parallelism& p) { p.tensor = 14; }),
            "training.tensor_parallel 14")
      << "4 KV heads neither divide 14 nor are divided by it";
  EXPECT_EQ(field("Mixtral-8x7B", [](Parallelism& p) { p.expert = 8; }), "");
  EXPECT_EQ(field("Mixtral-8x7B", [](Parallelism& p) { p.expert = 16; }),
            "training.expert_parallel 16");
  EXPECT_EQ(field("Qwen3-30B-A3B", [](Parallelism& p) { p.tensor = 32; }), "");
}

TEST(ParallelismTest, LatentAttentionHasNoKvHeadsToDivide) {
  StackTemplate a = golden::PublishedTemplate("DeepSeek-V3");
  Parallelism p;
  p.tensor = 8;
  p.context = 4096;
  for (const Count unused : {0, 3}) {
    a.kv_heads = unused;
    EXPECT_FALSE(CheckParallelism(ToStack(a), p));
  }
}

// Expert parallelism divides the data-parallel ranks, so there must be enough of them.
TEST(ParallelismTest, ExpertParallelMustDivideTheDataParallelRanks) {
  const Architecture a = PublishedModel("Mixtral-8x7B");
  Parallelism p;
  p.context = 4096;
  p.expert = 8;
  p.data = 8;
  EXPECT_FALSE(CheckParallelism(a, p));
  for (const Count data : {1, 4, 12}) {
    p.data = data;
    EXPECT_TRUE(CheckParallelism(a, p)) << "8 expert ranks among " << data << " data ranks";
  }
}

}  // namespace
}  // namespace perflaw
