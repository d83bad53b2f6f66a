#include "engine/count.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <random>
#include <tuple>
#include <vector>

#include "tests/golden.hpp"

namespace perflaw {
namespace {

using golden::ArchitectureFrom;
using golden::Published;
using golden::PublishedModel;
using golden::PublishedTemplate;

// The oracle: every weight of the model, tensor by tensor, as a checkpoint lists them.
class Checkpoint {
 public:
  explicit Checkpoint(const StackTemplate& a) : a_(a) {
    Add(&BlockCounts::embedding, a.vocab * a.hidden);
    Add(&BlockCounts::embedding, a.learned_positions * a.hidden);
    if (a.embedding_norm) AddNorm();
    for (Count layer = 0; layer < a.layers; ++layer) AddLayer(layer);
    AddNorm();
    if (!a.tied_embeddings) Add(&BlockCounts::head, a.vocab * a.hidden);
    if (a.lm_head_bias) Add(&BlockCounts::biases, a.vocab);
  }
  BlockCounts total, active;

 private:
  void Add(Count BlockCounts::*block, Count size, bool is_active = true) {
    total.*block += size;
    if (is_active) active.*block += size;
  }
  void AddNorm() {
    if (a_.norm_weights) Add(&BlockCounts::norms, a_.hidden);
    if (a_.biases.norm) Add(&BlockCounts::biases, a_.hidden);
  }
  void AddLayer(Count layer) {
    for (Count i = 0; i < a_.norms_per_layer; ++i) AddNorm();
    a_.mla ? AddLatentAttention(*a_.mla) : AddAttention();
    if (a_.biases.out) Add(&BlockCounts::biases, a_.hidden);
    if (a_.sinks) Add(&BlockCounts::attention, a_.heads);
    if (a_.moe && layer >= a_.moe->dense_layers) {
      AddMixture(*a_.moe);
    } else {
      AddFfn(&BlockCounts::dense_ffn, a_.ffn, true);
    }
  }
  void AddAttention() {
    const Count q = a_.heads * a_.head_dim, kv = a_.kv_heads * a_.head_dim;
    for (const Count width : {q, kv, kv}) {
      Add(&BlockCounts::attention, a_.hidden * width);
      if (a_.biases.qkv) Add(&BlockCounts::biases, width);
    }
    Add(&BlockCounts::attention, q * a_.hidden);
    if (a_.qk_norm == QkNorm::kHead) Add(&BlockCounts::norms, a_.head_dim + a_.head_dim);
    if (a_.qk_norm == QkNorm::kFull) Add(&BlockCounts::norms, q + kv);
  }
  void AddLatentAttention(const LatentSizes& m) {
    const Count queries = a_.heads * (m.qk_nope_dim + m.qk_rope_dim);
    if (m.q_lora_rank > 0) {
      Add(&BlockCounts::attention, a_.hidden * m.q_lora_rank);
      Add(&BlockCounts::norms, m.q_lora_rank);
      Add(&BlockCounts::attention, m.q_lora_rank * queries);
    } else {
      Add(&BlockCounts::attention, a_.hidden * queries);
    }
    Add(&BlockCounts::attention, a_.hidden * m.kv_lora_rank);
    Add(&BlockCounts::attention, a_.hidden * m.qk_rope_dim);
    Add(&BlockCounts::norms, m.kv_lora_rank);
    Add(&BlockCounts::attention, m.kv_lora_rank * a_.heads * m.qk_nope_dim);
    Add(&BlockCounts::attention, m.kv_lora_rank * a_.heads * m.v_head_dim);
    Add(&BlockCounts::attention, a_.heads * m.v_head_dim * a_.hidden);
  }
  void AddFfn(Count BlockCounts::*block, Count ffn, bool is_active) {
    for (int i = 0; i < (a_.gated_ffn ? 2 : 1); ++i) {
      Add(block, a_.hidden * ffn, is_active);
      if (a_.biases.ffn) Add(&BlockCounts::biases, ffn, is_active);
    }
    Add(block, ffn * a_.hidden, is_active);
    if (a_.biases.ffn) Add(&BlockCounts::biases, a_.hidden, is_active);
  }
  void AddMixture(const Moe& m) {
    for (Count e = 0; e < m.experts; ++e) {
      AddFfn(&BlockCounts::routed_experts, m.ffn, e < m.active);
      Add(&BlockCounts::router, a_.hidden);
      if (m.router_bias) Add(&BlockCounts::biases, 1);
    }
    for (Count e = 0; e < m.shared; ++e) AddFfn(&BlockCounts::shared_experts, m.ffn, true);
    if (m.shared_gate) Add(&BlockCounts::router, a_.hidden);
  }
  const StackTemplate& a_;
};

void ExpectSameBlocks(const BlockCounts& counted, const BlockCounts& expected) {
  EXPECT_EQ(counted.embedding, expected.embedding);
  EXPECT_EQ(counted.attention, expected.attention);
  EXPECT_EQ(counted.dense_ffn, expected.dense_ffn);
  EXPECT_EQ(counted.routed_experts, expected.routed_experts);
  EXPECT_EQ(counted.shared_experts, expected.shared_experts);
  EXPECT_EQ(counted.router, expected.router);
  EXPECT_EQ(counted.norms, expected.norms);
  EXPECT_EQ(counted.biases, expected.biases);
  EXPECT_EQ(counted.head, expected.head);
}

// Random valid architectures of every kind, small enough to list tensor by tensor.
class Generator {
 public:
  StackTemplate Next() {
    StackTemplate a;
    a.layers = Below(1, 7);
    a.hidden = Below(1, 300);
    a.kv_heads = Below(1, 6);
    a.heads = a.kv_heads * Below(1, 6);
    a.head_dim = Below(1, 70);
    a.vocab = Below(1, 2000);
    a.ffn = Below(1, 900);
    a.gated_ffn = Flag();
    a.tied_embeddings = Flag();
    a.qk_norm = QkNorm{static_cast<int>(Below(0, 3))};
    a.norms_per_layer = Below(0, 5);
    a.norm_weights = Flag();
    a.embedding_norm = Flag();
    a.learned_positions = Flag() ? Below(1, 500) : 0;
    a.lm_head_bias = Flag();
    a.sinks = Flag();
    a.biases = {Flag(), Flag(), Flag(), Flag()};
    if (Flag()) SetLatent(a);
    if (Flag()) SetMixture(a);
    return a;
  }

 private:
  Count Below(Count low, Count end) {
    return std::uniform_int_distribution<Count>(low, end - 1)(random_);
  }
  bool Flag() { return random_() % 2 == 0; }
  void SetLatent(StackTemplate& a) {
    a.mla = LatentSizes{Flag() ? Below(1, 90) : 0, Below(1, 90), Below(1, 40), Below(0, 40),
                        Below(1, 50)};
    a.biases.qkv = false;
    a.qk_norm = QkNorm::kNone;
  }
  void SetMixture(StackTemplate& a) {
    Moe m{.experts = Below(2, 17), .active = 0, .shared = Below(0, 4), .ffn = Below(1, 400)};
    m.active = Below(1, m.experts + 1);
    m.dense_layers = Below(0, a.layers);
    m.shared_gate = m.shared > 0 && Flag();
    m.router_bias = Flag();
    if (m.dense_layers == 0 && Flag()) a.ffn = 0;
    a.moe = m;
  }
  std::mt19937_64 random_{5};
};

TEST(CountTest, EveryPublishedArchitectureExactly) {
  const std::vector<golden::Row> rows = Published();
  ASSERT_EQ(rows.size(), 31u);
  for (const golden::Row& row : rows) {
    const Architecture a = ArchitectureFrom(row);
    ASSERT_FALSE(Validate(a)) << row.Text("model");
    EXPECT_EQ(CountParams(a).Total(), row.Whole("structural_total")) << row.Text("model");
    // The published weights may hold blocks without a column and position buffers, nothing more.
    if (!row.Flag("published_exact")) continue;
    EXPECT_NEAR(static_cast<double>(row.Whole("published_total")),
                static_cast<double>(CountParams(a).Total()), 52'000)
        << row.Text("model");
  }
}

// The blocks that the table has no column for make up the published weights to the last one.
TEST(CountTest, SinksHeadBiasAndEmbeddingNorm) {
  StackTemplate gpt_oss = PublishedTemplate("gpt-oss-120b"), phi = PublishedTemplate("Phi-2"),
                bloom = PublishedTemplate("BLOOM-560M");
  gpt_oss.sinks = phi.lm_head_bias = bloom.embedding_norm = true;
  EXPECT_EQ(CountParams(ToStack(gpt_oss)).Total(), 116'829'156'672);
  EXPECT_EQ(CountParams(ToStack(phi)).Total(), 2'779'683'840);
  EXPECT_EQ(CountParams(ToStack(bloom)).Total(), 559'214'592);
}

// From the published config of moonshotai/Kimi-K2-Instruct.
Architecture KimiK2() {
  StackTemplate a = PublishedTemplate("DeepSeek-V3");
  a.heads = a.kv_heads = 64;
  a.vocab = 163840;
  a.moe->experts = 384;
  a.moe->dense_layers = 1;
  return ToStack(a);
}

// From the published config of Qwen/Qwen3-0.6B.
Architecture Qwen3Small() {
  StackTemplate a = PublishedTemplate("Qwen3-1.7B");
  a.hidden = 1024;
  a.ffn = 3072;
  return ToStack(a);
}

struct Activated {
  const char* name;
  Architecture architecture;
  Count total, with_embedding, without;
};

// Totals of the published configs; the models' authors disagree on which activated count they name.
TEST(CountTest, ActivatedCountsInBothConventions) {
  Architecture mixtral_32000 = PublishedModel("Mixtral-8x22B");
  mixtral_32000.vocab = 32000;
  for (const Activated& c : std::vector<Activated>{
           {"Llama-3.1-8B", PublishedModel("Llama-3-8B"), 8030261248, 8030261248, 7504924672},
           {"Llama-3.1-70B", PublishedModel("Llama-3.1-70B"), 70553706496, 70553706496,
            69503033344},
           {"Llama-3.1-405B", PublishedModel("Llama-3.1-405B"), 405853388800, 405853388800,
            403752042496},
           {"Qwen3-0.6B", Qwen3Small(), 596049920, 596049920, 596049920},
           {"Qwen3-32B", PublishedModel("Qwen3-32B"), 32762123264, 32762123264, 31984210944},
           {"Mixtral-8x7B", PublishedModel("Mixtral-8x7B"), 46702792704, 12879925248, 12748853248},
           {"Mixtral-8x22B", mixtral_32000, 140620634112, 39152031744, 38955423744},
           {"Qwen3-30B-A3B", PublishedModel("Qwen3-30B-A3B"), 30532122624, 3353032704, 3041867776},
           {"Qwen3-235B-A22B", PublishedModel("Qwen3-235B-A22B"), 235093634560, 22190763520,
            21568433664},
           {"DeepSeek-V3", PublishedModel("DeepSeek-V3"), 671026419200, 37552297472, 36625618432},
           {"Kimi-K2", KimiK2(), 1026408232448, 32861500928, 31687095808},
       }) {
    const ParamCounts counts = CountParams(c.architecture);
    EXPECT_EQ(counts.Total(), c.total) << c.name;
    EXPECT_EQ(counts.Active(), c.with_embedding) << c.name;
    EXPECT_EQ(ActiveExcludingInputEmbedding(c.architecture), c.without) << c.name;
  }
}

TEST(CountTest, ActivatedCountsOfGptOss) {
  for (const auto& [name, with_embedding, without, total] :
       {std::tuple{"gpt-oss-20b", 4.187e9, 3.608e9, 20'914'757'184},
        std::tuple{"gpt-oss-120b", 5.712e9, 5.133e9, 116'829'156'672}}) {
    StackTemplate with_sinks = PublishedTemplate(name);
    with_sinks.sinks = true;
    const Architecture a = ToStack(with_sinks);
    EXPECT_EQ(CountParams(a).Total(), total);
    EXPECT_NEAR(static_cast<double>(CountParams(a).Active()), with_embedding, 0.0005e9) << name;
    EXPECT_NEAR(static_cast<double>(ActiveExcludingInputEmbedding(a)), without, 0.0005e9) << name;
  }
}

// Tied or not, a matrix that no head uses is looked up alone.
TEST(CountTest, WithoutAHeadTheEmbeddingMultipliesNothing) {
  for (const char* name : {"Llama-3-8B", "Qwen3-1.7B"}) {
    Architecture a = PublishedModel(name);
    const Count embedding = CountParams(a).total.embedding;
    const Count layers = CountParams(a).Total() - embedding - CountParams(a).total.head;
    a.lm_head = false;
    EXPECT_EQ(CountParams(a).Total(), layers + embedding) << name;
    EXPECT_EQ(ActiveExcludingInputEmbedding(a), layers) << name;
  }
}

TEST(CountTest, Llama3BlockByBlock) {
  const BlockCounts b = CountParams(PublishedModel("Llama-3-8B")).total;
  BlockCounts hand;
  hand.embedding = 525'336'576;    // 128256 x 4096
  hand.attention = 1'342'177'280;  // 32 x (2 x 4096 x 4096 + 2 x 4096 x 1024)
  hand.dense_ffn = 5'637'144'576;  // 32 x 3 x 4096 x 14336
  hand.norms = 266'240;            // (2 x 32 + 1) x 4096
  hand.head = 525'336'576;
  ExpectSameBlocks(b, hand);
  EXPECT_EQ(hand.Sum(), 8'030'261'248);
}

TEST(CountTest, RandomArchitecturesTensorByTensor) {
  Generator generator;
  int latent = 0, mixture = 0;
  for (int i = 0; i < 4000 && !HasFailure(); ++i) {
    const StackTemplate a = generator.Next();
    ASSERT_FALSE(Validate(a)) << Validate(a)->field << " " << Validate(a)->rule;
    const ParamCounts counts = CountParams(ToStack(a));
    const Checkpoint checkpoint(a);
    ExpectSameBlocks(counts.total, checkpoint.total);
    ExpectSameBlocks(counts.active, checkpoint.active);
    const BlockCounts& b = counts.total;
    EXPECT_EQ(counts.Total(), b.embedding + b.attention + b.dense_ffn + b.routed_experts +
                                  b.shared_experts + b.router + b.norms + b.biases + b.head);
    latent += a.mla.has_value();
    mixture += a.moe.has_value();
  }
  EXPECT_GT(latent, 1000);
  EXPECT_GT(mixture, 1000);
}

TEST(CountTest, ActiveIsAtMostTotalAndEqualWhenEverythingIsActive) {
  Generator generator;
  for (int i = 0; i < 2000; ++i) {
    StackTemplate a = generator.Next();
    const Architecture stack = ToStack(a);
    EXPECT_LE(CountParams(stack).Active(), CountParams(stack).Total());
    EXPECT_LE(ActiveExcludingInputEmbedding(stack), CountParams(stack).Active());
    EXPECT_EQ(CountParams(stack).Active() < CountParams(stack).Total(),
              a.moe && a.moe->active < a.moe->experts);
    if (a.moe) a.moe->active = a.moe->experts;
    EXPECT_EQ(CountParams(ToStack(a)).Active(), CountParams(ToStack(a)).Total());
  }
}

TEST(CountTest, GrowsWithLayersWidthsAndExperts) {
  Generator generator;
  for (int i = 0; i < 2000; ++i) {
    const StackTemplate a = generator.Next();
    const ParamCounts before = CountParams(ToStack(a));
    const auto after = [&a](auto change) {
      StackTemplate larger = a;
      change(larger);
      return CountParams(ToStack(larger));
    };
    const Count mixtures = a.moe ? a.layers - a.moe->dense_layers : 0;
    EXPECT_GT(after([](StackTemplate& x) { ++x.layers; }).Active(), before.Active());
    const Count wider = after([](StackTemplate& x) { ++x.ffn; }).Total();
    // A width that no layer has costs nothing.
    EXPECT_EQ(wider > before.Total(), mixtures < a.layers);
    if (!a.moe) continue;
    EXPECT_GT(after([](StackTemplate& x) { ++x.moe->ffn; }).Active(), before.Active());
    const ParamCounts one_more = after([](StackTemplate& x) { ++x.moe->experts; });
    EXPECT_GT(one_more.Total(), before.Total());
    // An idle expert costs a token its row of the router alone.
    EXPECT_EQ(one_more.Active() - before.Active(),
              mixtures * (a.hidden + (a.moe->router_bias ? 1 : 0)));
  }
}

void ExpectApproximatesTotal(const Architecture& a) {
  const auto exact = static_cast<double>(CountParams(a).Total());
  EXPECT_NEAR(ApproximateTotalParams(a), exact, 1e-12 * exact);
}

TEST(CountTest, ApproximateTotalIsWithinItsStatedError) {
  Generator generator;
  for (int i = 0; i < 2000; ++i) {
    StackTemplate a = generator.Next();
    ExpectApproximatesTotal(ToStack(a));
    // The same shapes at sizes that only just fit.
    a.layers *= 1009;
    a.hidden *= 1013;
    a.vocab *= 10007;
    a.ffn *= 1019;
    a.head_dim *= 103;
    if (a.moe) a.moe->ffn *= 1021;
    ASSERT_FALSE(Validate(a));
    ExpectApproximatesTotal(ToStack(a));
  }
  for (const golden::Row& row : Published()) ExpectApproximatesTotal(ArchitectureFrom(row));
}

TEST(WidestFfnTest, FollowsTheRule) {
  // Of Moe's members in their order, but for shared_ffn.
  const auto widest = [](Count hidden, Count dense_ffn, std::array<Count, 5> m) {
    StackTemplate a;
    a.layers = 60;
    a.hidden = hidden;
    a.ffn = dense_ffn;
    a.moe = Moe{.experts = m[0], .active = m[1], .shared = m[2], .ffn = m[3], .dense_layers = m[4]};
    return WidestFfn(ToStack(a));
  };
  // {experts, active, shared, ffn, dense_layers} of the published configs. Table 1 of the paper has
  // the same but for the last two: 10944 and 20480, the widest block that is one matrix.
  EXPECT_EQ(widest(5120, 12288, {160, 6, 2, 1536, 1}), 12288) << "DeepSeek-V2";
  EXPECT_EQ(widest(4096, 14336, {8, 2, 0, 14336, 0}), 14336) << "Mixtral 8x7B";
  EXPECT_EQ(widest(6144, 16384, {8, 2, 0, 16384, 0}), 16384) << "Mixtral 8x22B";
  EXPECT_EQ(widest(4608, 12288, {16, 2, 0, 12288, 0}), 12288) << "Skywork-MoE";
  EXPECT_EQ(widest(2048, 10944, {64, 6, 2, 1408, 1}), 11264) << "DeepSeek-V2-Lite";
  EXPECT_EQ(widest(3584, 18944, {64, 8, 8, 2560, 0}), 40960) << "Qwen2-57B-A14B";
  EXPECT_EQ(widest(2048, 6144, {128, 8, 0, 768, 0}), 6144) << "Qwen3-30B-A3B";
  EXPECT_EQ(widest(7168, 18432, {256, 8, 1, 2048, 3}), 18432) << "DeepSeek-V3: 9 x 2048";
}

TEST(WidestFfnTest, EachClauseAlone) {
  StackTemplate a;
  a.layers = 10;
  a.hidden = 1000;
  a.ffn = 5000;
  EXPECT_EQ(WidestFfn(ToStack(a)), 5000);
  EXPECT_EQ(LawFfn(ToStack(a)), 5000);
  a.moe = Moe{.experts = 8, .active = 2, .shared = 0, .ffn = 1000, .dense_layers = 0};
  EXPECT_EQ(WidestFfn(ToStack(a)), 1000) << "no dense layer; as wide as hidden is not fine-grained";
  EXPECT_EQ(LawFfn(ToStack(a)), 1000);
  a.moe->ffn = 999;
  EXPECT_EQ(WidestFfn(ToStack(a)), 1998) << "fine-grained: the activated together";
  a.moe->shared = 3;
  EXPECT_EQ(WidestFfn(ToStack(a)), 5 * 999);
  a.moe->ffn = 1000;
  EXPECT_EQ(WidestFfn(ToStack(a)), 3000) << "the shared merged";
  a.moe->dense_layers = 1;
  EXPECT_EQ(WidestFfn(ToStack(a)), 5000) << "a dense layer's";
}

TEST(AsTrainedTest, TakesTheCountsThatTheLawMeans) {
  const Architecture v3 = PublishedModel("DeepSeek-V3"), llama = PublishedModel("Llama-3-8B");
  const TrainedModel moe = AsTrained(v3, CountParams(v3), 14.8e12);
  EXPECT_EQ(moe.form, Form::kMoe);
  EXPECT_EQ(moe.layers, 61);
  EXPECT_EQ(moe.hidden, 7168);
  EXPECT_EQ(moe.ffn, 2048);
  EXPECT_EQ(moe.widest_ffn, 18432);
  EXPECT_EQ(moe.tokens, 14.8e12);
  EXPECT_EQ(moe.total_params, 671026419200.0);
  EXPECT_EQ(moe.active_params, 37552297472.0);
  const TrainedModel dense = AsTrained(llama, CountParams(llama), 15e12);
  EXPECT_EQ(dense.form, Form::kDense);
  EXPECT_EQ(dense.ffn, 14336);
  EXPECT_EQ(dense.widest_ffn, dense.ffn);
  EXPECT_EQ(dense.active_params, dense.total_params);
}

}  // namespace
}  // namespace perflaw
