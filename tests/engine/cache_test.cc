// What each block counts and keeps, against the formulas of the public modelling code written out by hand. h = 100, V = 1000.
#include "engine/cache.hpp"

#include <gtest/gtest.h>

#include "engine/cost.hpp"
#include "engine/count.hpp"

namespace perflaw {
namespace {

constexpr Count kHidden = 100, kVocab = 1000, kLayers = 3;

// Three layers of one block without norms.
Architecture Stack(const Block& block) {
  Architecture a;
  a.hidden = kHidden;
  a.vocab = kVocab;
  a.tied_embeddings = true;
  LayerKind& kind = a.layers.emplace_back();
  kind.count = kLayers;
  kind.norms = 0;
  kind.blocks = {block};
  EXPECT_FALSE(Validate(a)) << Validate(a)->field << ' ' << Validate(a)->rule;
  return a;
}
struct OfLayer {
  double total, active, growing, windowed, state;
};
OfLayer Of(const Block& block) {
  const Architecture a = Stack(block);
  const ParamCounts counts = CountParams(a);
  const CacheValues cache = CacheOf(a, 64);
  const Count ends = kVocab * kHidden + kHidden;  // the embedding and the last norm
  return {AsReal(counts.Total() - ends) / kLayers, AsReal(counts.Active() - ends) / kLayers,
          cache.growing / kLayers, cache.windowed / kLayers, cache.per_sequence / kLayers};
}
void ExpectLayer(const OfLayer& got, const OfLayer& want) {
  EXPECT_EQ(got.total, want.total);
  EXPECT_EQ(got.active, want.active);
  EXPECT_EQ(got.growing, want.growing);
  EXPECT_EQ(got.windowed, want.windowed);
  EXPECT_EQ(got.state, want.state);
}

TEST(Blocks, SoftmaxAttentionWithItsSwitches) {
  SoftmaxAttention<Count> s;
  s.heads = 6, s.kv_heads = 2, s.head_dim = s.v_head_dim = 16;
  const double plain = 100 * 96 + 2 * 100 * 32 + 96 * 100;
  ExpectLayer(Of(s), {plain, plain, 64, 0, 0});
  s.window = 8;
  ExpectLayer(Of(s), {plain, plain, 0, 64, 0});
  s.gate = AttentionGate::kHead, s.sinks = true, s.qk_norm = QkNorm::kHead;
  ExpectLayer(Of(s), {plain + 100 * 6 + 6 + 32, plain + 100 * 6 + 6 + 32, 0, 64, 0});
  s = {}, s.heads = 6, s.kv_heads = 2, s.head_dim = s.v_head_dim = 16;
  s.gate = AttentionGate::kChannel, s.qk_norm = QkNorm::kFull, s.qkv_bias = s.out_bias = true;
  const double more = 100 * 96 + (96 + 32) + (96 + 32 + 32 + 100);
  ExpectLayer(Of(s), {plain + more, plain + more, 64, 0, 0});
  s.gate_bias = true;
  ExpectLayer(Of(s), {plain + more + 96, plain + more + 96, 64, 0, 0});
  s.gate = AttentionGate::kHead;
  const double by_head = more - 100 * 96 + 100 * 6 + 6;
  ExpectLayer(Of(s), {plain + by_head, plain + by_head, 64, 0, 0});
  s.gate = AttentionGate::kNone;
  ExpectLayer(Of(s), {plain + more - 100 * 96, plain + more - 100 * 96, 64, 0, 0});
  s = {}, s.heads = 6, s.kv_heads = 2, s.head_dim = 16, s.v_head_dim = 8;
  const double unequal = 100 * 96 + 100 * 32 + 100 * 16 + 6 * 8 * 100;
  ExpectLayer(Of(s), {unequal, unequal, 2 * (16 + 8), 0, 0});
  s.v_head_dim = 16, s.key_values = KeyValues::kShared;
  ExpectLayer(Of(s), {2 * 9600, 2 * 9600, 0, 0, 0});
  s.key_values = KeyValues::kValuesAreKeys;
  ExpectLayer(Of(s), {2 * 9600 + 3200, 2 * 9600 + 3200, 64, 0, 0});
}

TEST(Blocks, LatentAttentionAndItsIndexer) {
  LatentAttention<Count> m;
  m.heads = 4, m.q_lora_rank = 24, m.kv_lora_rank = 20, m.qk_nope_dim = 8, m.qk_rope_dim = 4;
  m.v_head_dim = 6;
  const double queries = 4 * 12, kv = 100 * 24 + 20 + 20 * 4 * 14, out = 24 * 100;
  const double plain = 100 * 24 + 24 + 24 * queries + kv + out;
  ExpectLayer(Of(m), {plain, plain, 24, 0, 0});
  m.gate = m.sinks = true;
  ExpectLayer(Of(m), {plain + 100 * 24 + 4, plain + 100 * 24 + 4, 24, 0, 0});
  m.gate = m.sinks = false, m.q_lora_rank = 0;
  ExpectLayer(Of(m), {100 * queries + kv + out, 100 * queries + kv + out, 24, 0, 0});
  Indexer i;
  i.heads = 3, i.dim = 10, i.query_input = 24, i.head_weights = true;
  const double indexer = 30 * 24 + 10 * 100 + 2 * 10 + 3 * 100;
  ExpectLayer(Of(i), {indexer, indexer, 10, 0, 0});
}

// DeepSeek-V4: one key a token in a window; compressed ones beside it; the buffers are what waits to be compressed, at the most.
TEST(Blocks, CompressedAttention) {
  CompressedAttention c;
  c.heads = 4, c.head_dim = 16, c.q_lora_rank = 20, c.window = 8, c.out_groups = 2, c.out_rank = 5;
  const double plain = 100 * 20 + 20 + 64 * 20 + 16 * 100 + 16 + 4 + 10 * 32 + 100 * 10;
  ExpectLayer(Of(c), {plain, plain, 0, 16, 0});
  c.rate = 128;
  const double heavy = plain + 128 * 16 + 2 * 16 * 100 + 16;
  ExpectLayer(Of(c), {heavy, heavy, 16.0 / 128, 16, 2 * 127 * 16});
  c.rate = 4, c.index_heads = 3, c.index_dim = 6;
  const double sparse =
      plain + 4 * 32 + 2 * 32 * 100 + 16 + 4 * 12 + 2 * 12 * 100 + 6 + 18 * 20 + 3 * 100;
  ExpectLayer(Of(c), {sparse, sparse, 22.0 / 4, 16, (4 * 3 + 8) * 22});
}

TEST(Blocks, RecurrentMixers) {
  GatedDelta d;
  d.key_heads = 2, d.value_heads = 4, d.key_dim = 8, d.value_dim = 6, d.kernel = 4;
  const double a = 16, b = 24,
               delta = 100 * (2 * a + 2 * b + 8) + (2 * a + b) * 4 + 8 + 6 + b * 100;
  ExpectLayer(Of(d), {delta, delta, 0, 0, (2 * a + b) * 4 + 4 * 8 * 6});
  KimiDelta k;
  k.heads = 3, k.dim = 8, k.kernel = 4;
  const double p = 24;
  double kimi = 3 * p * 100 + 3 * p * 4 + p + 3 + 2 * (8 * 100 + p * 8) + 3 * 100 + 8 + 100 * p;
  ExpectLayer(Of(k), {kimi, kimi, 0, 0, 3 * p * 4 + 3 * 64});
  k.full_gate = true;
  kimi += p * 100 - (8 * 100 + p * 8);
  ExpectLayer(Of(k), {kimi, kimi, 0, 0, 3 * p * 4 + 3 * 64});
  LightningAttention l;
  l.heads = 3, l.dim = 8;
  ExpectLayer(Of(l), {5 * 24 * 100 + 24, 5 * 24 * 100 + 24, 0, 0, 3 * 64});
  Mamba m;
  m.inner = 30, m.state = 4, m.rank = 7, m.kernel = 3, m.conv_bias = true;
  const double mamba = 60 * 100 + 30 * 3 + 30 + 15 * 30 + 30 * 7 + 30 + 30 * 4 + 30 + 100 * 30;
  ExpectLayer(Of(m), {mamba, mamba, 0, 0, 30 * 3 + 30 * 4});
  m.norms = true;
  ExpectLayer(Of(m), {mamba + 7 + 4 + 4, mamba + 7 + 4 + 4, 0, 0, 30 * 3 + 30 * 4});
  Mamba2 m2;
  m2.inner = 32, m2.heads = 4, m2.groups = 2, m2.state = 5, m2.kernel = 4, m2.conv_bias = true;
  const double c = 32 + 2 * 2 * 5, mamba2 = (32 + c + 4) * 100 + c * 4 + c + 3 * 4 + 32 + 100 * 32;
  ExpectLayer(Of(m2), {mamba2, mamba2, 0, 0, c * 4 + 32 * 5});
  m2.norm = false, m2.in_bias = m2.out_bias = true;
  const double other = mamba2 - 32 + (32 + c + 4) + 100;
  ExpectLayer(Of(m2), {other, other, 0, 0, c * 4 + 32 * 5});
  ShortConvolution s;
  s.kernel = 3;
  ExpectLayer(Of(s), {4 * 100 * 100 + 300, 4 * 100 * 100 + 300, 0, 0, 300});
}

TEST(Blocks, Experts) {
  MoeFfn<Count> e;
  e.experts = 8, e.active = 2, e.ffn = 10;
  const double one = 3 * 100 * 10;
  ExpectLayer(Of(e), {8 * one + 800, 2 * one + 800, 0, 0, 0});
  e.shared = 1, e.shared_ffn = 25, e.shared_gate = true, e.router_bias = true, e.zero_experts = 3;
  const double rest = 3 * 100 * 25 + 11 * 100 + 100 + 11;
  ExpectLayer(Of(e), {8 * one + rest, 2 * one + rest, 0, 0, 0});
  e = {}, e.experts = 8, e.active = 2, e.ffn = 10, e.gated = false, e.latent = 40;
  e.latent_norm = e.latent_bias = true;
  const double narrow = 2 * 40 * 10, around = 2 * 40 * 100 + 40 + 140 + 800;
  ExpectLayer(Of(e), {8 * narrow + around, 2 * narrow + around, 0, 0, 0});
  e.latent_bias = false, e.bias = true;
  ExpectLayer(Of(e), {8 * (narrow + 50) + around - 140, 2 * (narrow + 50) + around - 140, 0, 0, 0});
}

TEST(Blocks, CustomPartsStandByTheirNumbers) {
  CustomPart part;
  part.params = 500, part.inactive = 200, part.cache = 7, part.state = 11, part.is_mixer = true;
  ExpectLayer(Of(part), {500, 300, 7, 0, 11});
  EXPECT_EQ(CountParams(Stack(part)).total.other, 3 * 500);
  part.as_biases = true;
  EXPECT_EQ(CountParams(Stack(part)).total.biases, 3 * 500);
  EXPECT_EQ(CountParams(Stack(part)).Active() - CountParams(Stack(part)).Total(), -3 * 200);
}

TEST(Cache, WindowsHoldTheirTokensAndStatesDoNotGrow) {
  SoftmaxAttention<Count> window;
  window.heads = 6, window.kv_heads = 2, window.head_dim = window.v_head_dim = 16,
  window.window = 32;
  const Architecture a = Stack(window);
  for (const Count context : {1, 16, 32, 64, 4096}) {
    const double held = 3 * 64 * std::min(1.0, 32.0 / AsReal(context));
    EXPECT_EQ(CacheOf(a, context).held_of_windowed, held);
    EXPECT_EQ(KvBytesPerToken(a, context, 2), 2 * held);
    EXPECT_EQ(StateBytesPerSequence(a, 2), 0);
  }
  Mamba m;
  m.inner = 30, m.state = 4, m.rank = 7, m.kernel = 3;
  EXPECT_EQ(KvBytesPerToken(Stack(m), 4096, 2), 0);
  EXPECT_EQ(StateBytesPerSequence(Stack(m), 4), 4 * 3 * (90 + 120));
}

// Words of a stack, as tables say it.
TEST(Words, SayTheStack) {
  SoftmaxAttention<Count> attention;
  attention.heads = attention.kv_heads = 2, attention.head_dim = attention.v_head_dim = 8;
  GatedDelta delta;
  delta.key_heads = delta.value_heads = 2, delta.key_dim = delta.value_dim = 8, delta.kernel = 4;
  Architecture a = Stack(delta);
  a.layers[0].blocks.push_back(DenseFfn<Count>{64, true, false});
  LayerKind other = a.layers[0];
  other.count = 1;
  a.layers.push_back(std::move(other));
  a.layers[1].blocks[0] = attention;
  EXPECT_EQ(StackInWords(a), "3 gated delta + 1 attention; 4 dense");
  EXPECT_EQ(WordsOf(a.layers[0]).mixer, "gated delta");
  // Longer stacks carry the pattern on.
  a.order = {0, 0, 0, 1};
  const Architecture twice = WithLayers(a, 8);
  EXPECT_EQ(Depth(twice), 8);
  EXPECT_EQ(WithLayers(a, 2).layers[1].count, 0);
}

}  // namespace
}  // namespace perflaw
