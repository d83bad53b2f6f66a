#include "engine/architecture.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "engine/count.hpp"

namespace perflaw {
namespace {

using Change = std::function<void(Architecture&)>;

Architecture Dense() {
  Architecture a;
  a.layers = 32;
  a.hidden = 4096;
  a.heads = 32;
  a.kv_heads = 8;
  a.head_dim = 128;
  a.vocab = 128256;
  a.ffn = 14336;
  return a;
}

Architecture Mixture() {
  Architecture a = Dense();
  a.moe = Moe{.experts = 8, .active = 2, .shared = 1, .ffn = 1024, .dense_layers = 3};
  return a;
}

Architecture Latent() {
  Architecture a = Dense();
  a.kv_heads = a.head_dim = 0;
  a.mla = Mla{1536, 512, 128, 64, 128};
  return a;
}

struct Broken {
  const char* field;
  const char* value;
  Architecture base;
  Change change;
};

void ExpectRefused(const Broken& broken) {
  Architecture a = broken.base;
  ASSERT_EQ(Validate(a), std::nullopt) << "the base must be good, or the case proves nothing";
  broken.change(a);
  const std::optional<Violation> bad = Validate(a);
  ASSERT_TRUE(bad.has_value()) << broken.field << " = " << broken.value << " was accepted";
  EXPECT_EQ(bad->field, broken.field);
  EXPECT_EQ(bad->value, broken.value) << broken.field;
  EXPECT_FALSE(bad->rule.empty()) << broken.field;
}

TEST(ArchitectureTest, GoodOnesPass) {
  EXPECT_FALSE(Validate(Dense()));
  EXPECT_FALSE(Validate(Mixture()));
  EXPECT_FALSE(Validate(Latent()));
}

TEST(ArchitectureTest, EdgesOfEachRangePass) {
  const std::vector<std::pair<Architecture, Change>> edges = {
      {Dense(), [](Architecture& a) { a.layers = 1; }},
      {Dense(), [](Architecture& a) { a.layers = kMaxLayers; }},
      {Dense(), [](Architecture& a) { a.hidden = a.heads = a.kv_heads = a.head_dim = a.ffn = 1; }},
      {Dense(), [](Architecture& a) { a.kv_heads = 1; }},
      {Dense(), [](Architecture& a) { a.kv_heads = a.heads; }},
      {Dense(), [](Architecture& a) { a.head_dim = 80; }},  // heads x head_dim is not hidden
      {Dense(), [](Architecture& a) { a.vocab = 1; }},
      {Dense(), [](Architecture& a) { a.vocab = kMaxWidth; }},
      {Dense(), [](Architecture& a) { a.norms_per_layer = 0; }},
      {Dense(),
       [](Architecture& a) {
         a.sliding_window = {4096, a.layers};
       }},
      {Mixture(), [](Architecture& a) { a.moe->active = a.moe->experts; }},
      {Mixture(), [](Architecture& a) { a.moe->dense_layers = a.layers - 1; }},
      {Mixture(), [](Architecture& a) { a.moe->dense_layers = a.ffn = 0; }},
      {Mixture(), [](Architecture& a) { a.moe->shared = 0; }},
      {Mixture(), [](Architecture& a) { a.moe->shared_gate = true; }},
      {Latent(), [](Architecture& a) { a.mla->q_lora_rank = 0; }},
      {Latent(), [](Architecture& a) { a.biases.out = true; }},
  };
  for (std::size_t i = 0; i < edges.size(); ++i) {
    Architecture a = edges[i].first;
    edges[i].second(a);
    const auto bad = Validate(a);
    EXPECT_FALSE(bad) << "edge " << i << ": " << bad->field << " " << bad->value << bad->rule;
  }
}

TEST(ArchitectureTest, ZeroAndNegativeAreRefusedWithFieldAndValue) {
  struct Field {
    const char* name;
    std::function<Count&(Architecture&)> member;
  };
  const std::vector<Field> positive = {
      {"layers", [](Architecture& a) -> Count& { return a.layers; }},
      {"hidden", [](Architecture& a) -> Count& { return a.hidden; }},
      {"heads", [](Architecture& a) -> Count& { return a.heads; }},
      {"kv_heads", [](Architecture& a) -> Count& { return a.kv_heads; }},
      {"head_dim", [](Architecture& a) -> Count& { return a.head_dim; }},
      {"vocab", [](Architecture& a) -> Count& { return a.vocab; }},
      {"ffn", [](Architecture& a) -> Count& { return a.ffn; }},
      {"moe.experts", [](Architecture& a) -> Count& { return a.moe->experts; }},
      {"moe.active", [](Architecture& a) -> Count& { return a.moe->active; }},
      {"moe.ffn", [](Architecture& a) -> Count& { return a.moe->ffn; }},
  };
  const Count lowest = std::numeric_limits<Count>::min();
  for (const Field& field : positive) {
    const auto set = [&field](Count value) {
      return [&field, value](Architecture& a) { field.member(a) = value; };
    };
    ExpectRefused({field.name, "0", Mixture(), set(0)});
    ExpectRefused({field.name, "-5", Mixture(), set(-5)});
    ExpectRefused({field.name, "-9223372036854775808", Mixture(), set(lowest)});
  }
}

TEST(ArchitectureTest, NegativeIsRefusedWhereZeroIsAllowed) {
  for (const Broken& broken : std::vector<Broken>{
           {"norms_per_layer", "-1", Dense(), [](Architecture& a) { a.norms_per_layer = -1; }},
           {"learned_positions", "-1", Dense(), [](Architecture& a) { a.learned_positions = -1; }},
           {"sliding_window.tokens", "-1", Dense(),
            [](Architecture& a) {
              a.sliding_window = {-1, 1};
            }},
           {"sliding_window.layers", "-1", Dense(),
            [](Architecture& a) {
              a.sliding_window = {1, -1};
            }},
           {"moe.shared", "-1", Mixture(), [](Architecture& a) { a.moe->shared = -1; }},
           {"moe.dense_layers", "-1", Mixture(), [](Architecture& a) { a.moe->dense_layers = -1; }},
           {"mla.q_lora_rank", "-1", Latent(), [](Architecture& a) { a.mla->q_lora_rank = -1; }},
           {"mla.qk_nope_dim", "-1", Latent(), [](Architecture& a) { a.mla->qk_nope_dim = -1; }},
           {"mla.qk_rope_dim", "-1", Latent(), [](Architecture& a) { a.mla->qk_rope_dim = -1; }},
           {"mla.kv_lora_rank", "0", Latent(), [](Architecture& a) { a.mla->kv_lora_rank = 0; }},
           {"mla.v_head_dim", "0", Latent(), [](Architecture& a) { a.mla->v_head_dim = 0; }},
       }) {
    ExpectRefused(broken);
  }
}

TEST(ArchitectureTest, WhatPartsMeanTogether) {
  for (const Broken& broken : std::vector<Broken>{
           {"kv_heads", "5", Dense(), [](Architecture& a) { a.kv_heads = 5; }},
           {"kv_heads", "64", Dense(), [](Architecture& a) { a.kv_heads = 64; }},
           {"moe.active", "9", Mixture(), [](Architecture& a) { a.moe->active = 9; }},
           {"moe.dense_layers", "32", Mixture(), [](Architecture& a) { a.moe->dense_layers = 32; }},
           {"ffn", "0", Mixture(), [](Architecture& a) { a.ffn = 0; }},  // three layers are dense
           {"moe.shared_gate", "true", Mixture(),
            [](Architecture& a) {
              a.moe->shared = 0;
              a.moe->shared_gate = true;
            }},
           {"biases.qkv", "true", Latent(), [](Architecture& a) { a.biases.qkv = true; }},
           {"sliding_window.layers", "33", Dense(),
            [](Architecture& a) {
              a.sliding_window = {512, 33};
            }},
           {"sliding_window.layers", "0", Dense(),
            [](Architecture& a) {
              a.sliding_window = {512, 0};
            }},
           {"sliding_window.layers", "4", Dense(),
            [](Architecture& a) {
              a.sliding_window = {0, 4};
            }},
       }) {
    ExpectRefused(broken);
  }
}

TEST(ArchitectureTest, LatentAttentionRefusesQkNorm) {
  for (const QkNorm norm : {QkNorm::kHead, QkNorm::kFull}) {
    Architecture a = Latent();
    a.qk_norm = norm;
    ASSERT_TRUE(Validate(a));
    EXPECT_EQ(Validate(a)->field, "qk_norm");
  }
}

TEST(ArchitectureTest, LatentAttentionNeedsChannelsInItsQueries) {
  Architecture a = Latent();
  a.mla->qk_nope_dim = 0;
  EXPECT_FALSE(Validate(a)) << "rotary channels alone are enough";
  a.mla->qk_rope_dim = 0;
  EXPECT_TRUE(Validate(a)) << "queries and keys of no channels at all";
}

TEST(ArchitectureTest, AboveTheLimitsIsRefused) {
  const std::string too_wide = std::to_string(kMaxWidth + 1);
  const char* wide = too_wide.c_str();
  for (const Broken& broken : std::vector<Broken>{
           {"layers", "1000001", Dense(), [](Architecture& a) { a.layers = kMaxLayers + 1; }},
           {"hidden", wide, Dense(), [](Architecture& a) { a.hidden = kMaxWidth + 1; }},
           {"vocab", wide, Dense(), [](Architecture& a) { a.vocab = kMaxWidth + 1; }},
           {"ffn", wide, Dense(), [](Architecture& a) { a.ffn = kMaxWidth + 1; }},
           {"moe.experts", wide, Mixture(),
            [](Architecture& a) { a.moe->experts = kMaxWidth + 1; }},
       }) {
    ExpectRefused(broken);
  }
}

TEST(ArchitectureTest, TooManyParametersAreRefusedBeforeTheyOverflow) {
  Architecture a = Dense();
  a.layers = kMaxLayers;
  a.hidden = a.ffn = 1'600'000;  // 3 x 1e6 x 2.56e12 = 7.7e18
  ASSERT_FALSE(Validate(a));
  EXPECT_GT(CountParams(a).Total(), 7'600'000'000'000'000'000);
  a.hidden = a.ffn = 1'800'000;  // 9.7e18
  ASSERT_TRUE(Validate(a));
  EXPECT_EQ(Validate(a)->value, "1000000");
  EXPECT_NE(Validate(a)->rule.find("9e18"), std::string::npos);
}

TEST(ArchitectureTest, EveryFieldAtItsMaximumIsRefusedWithoutOverflow) {
  for (Architecture a : {Dense(), Mixture(), Latent()}) {
    a.layers = kMaxLayers;
    a.hidden = a.heads = a.vocab = a.ffn = a.learned_positions = kMaxWidth;
    if (!a.mla) a.kv_heads = a.head_dim = kMaxWidth;
    if (a.mla) a.mla = Mla{kMaxWidth, kMaxWidth, kMaxWidth, kMaxWidth, kMaxWidth};
    if (a.moe) a.moe = Moe{kMaxWidth, kMaxWidth, kMaxWidth, kMaxWidth, 5, true, true};
    ASSERT_TRUE(Validate(a));
    EXPECT_NE(Validate(a)->rule.find("9e18"), std::string::npos) << Validate(a)->rule;
  }
}

TEST(ArchitectureTest, HeadDimensionsAndMoeLayers) {
  EXPECT_EQ(QkHeadDim(Dense()), 128);
  EXPECT_EQ(VHeadDim(Dense()), 128);
  EXPECT_EQ(QkHeadDim(Latent()), 192);
  EXPECT_EQ(VHeadDim(Latent()), 128);
  EXPECT_EQ(MoeLayers(Dense()), 0);
  EXPECT_EQ(MoeLayers(Mixture()), 29);
}

}  // namespace
}  // namespace perflaw
