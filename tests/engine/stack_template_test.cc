#include "engine/stack_template.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "engine/count.hpp"

namespace perflaw {
namespace {

using Change = std::function<void(StackTemplate&)>;

StackTemplate Dense() {
  StackTemplate a;
  a.layers = 32;
  a.hidden = 4096;
  a.heads = 32;
  a.kv_heads = 8;
  a.head_dim = 128;
  a.vocab = 128256;
  a.ffn = 14336;
  return a;
}

StackTemplate Mixture() {
  StackTemplate a = Dense();
  a.moe = Moe{.experts = 8, .active = 2, .shared = 1, .ffn = 1024, .dense_layers = 3};
  return a;
}

StackTemplate Latent() {
  StackTemplate a = Dense();
  a.kv_heads = a.head_dim = 0;
  a.mla = LatentSizes{1536, 512, 128, 64, 128};
  return a;
}

struct Broken {
  const char* field;
  const char* value;
  StackTemplate base;
  Change change;
};

void ExpectRefused(const Broken& broken) {
  StackTemplate a = broken.base;
  ASSERT_EQ(Validate(a), std::nullopt) << "the base must be good, or the case proves nothing";
  broken.change(a);
  const std::optional<Violation> bad = Validate(a);
  ASSERT_TRUE(bad.has_value()) << broken.field << " = " << broken.value << " was accepted";
  EXPECT_EQ(bad->field, broken.field);
  EXPECT_EQ(bad->value, broken.value) << broken.field;
  EXPECT_FALSE(bad->rule.empty()) << broken.field;
}

TEST(StackTemplateTest, GoodOnesPass) {
  EXPECT_FALSE(Validate(Dense()));
  EXPECT_FALSE(Validate(Mixture()));
  EXPECT_FALSE(Validate(Latent()));
}

TEST(StackTemplateTest, EdgesOfEachRangePass) {
  const std::vector<std::pair<StackTemplate, Change>> edges = {
      {Dense(), [](StackTemplate& a) { a.layers = 1; }},
      {Dense(), [](StackTemplate& a) { a.layers = kMaxLayers; }},
      {Dense(), [](StackTemplate& a) { a.hidden = a.heads = a.kv_heads = a.head_dim = a.ffn = 1; }},
      {Dense(), [](StackTemplate& a) { a.kv_heads = 1; }},
      {Dense(), [](StackTemplate& a) { a.kv_heads = a.heads; }},
      {Dense(), [](StackTemplate& a) { a.head_dim = 80; }},  // heads x head_dim is not hidden
      {Dense(), [](StackTemplate& a) { a.vocab = 1; }},
      {Dense(), [](StackTemplate& a) { a.vocab = kMaxWidth; }},
      {Dense(), [](StackTemplate& a) { a.norms_per_layer = 0; }},
      {Dense(),
       [](StackTemplate& a) {
         a.sliding_window = {4096, a.layers};
       }},
      {Mixture(), [](StackTemplate& a) { a.moe->active = a.moe->experts; }},
      {Mixture(), [](StackTemplate& a) { a.moe->dense_layers = a.layers - 1; }},
      {Mixture(), [](StackTemplate& a) { a.moe->dense_layers = a.ffn = 0; }},
      {Mixture(), [](StackTemplate& a) { a.moe->shared = 0; }},
      {Mixture(), [](StackTemplate& a) { a.moe->shared_gate = true; }},
      {Latent(), [](StackTemplate& a) { a.mla->q_lora_rank = 0; }},
      {Latent(), [](StackTemplate& a) { a.biases.out = true; }},
  };
  for (std::size_t i = 0; i < edges.size(); ++i) {
    StackTemplate a = edges[i].first;
    edges[i].second(a);
    const auto bad = Validate(a);
    EXPECT_FALSE(bad) << "edge " << i << ": " << bad->field << " " << bad->value << bad->rule;
  }
}

TEST(StackTemplateTest, ZeroAndNegativeAreRefusedWithFieldAndValue) {
  struct Field {
    const char* name;
    std::function<Count&(StackTemplate&)> member;
  };
  const std::vector<Field> positive = {
      {"layers", [](StackTemplate& a) -> Count& { return a.layers; }},
      {"hidden", [](StackTemplate& a) -> Count& { return a.hidden; }},
      {"heads", [](StackTemplate& a) -> Count& { return a.heads; }},
      {"kv_heads", [](StackTemplate& a) -> Count& { return a.kv_heads; }},
      {"head_dim", [](StackTemplate& a) -> Count& { return a.head_dim; }},
      {"vocab", [](StackTemplate& a) -> Count& { return a.vocab; }},
      {"ffn", [](StackTemplate& a) -> Count& { return a.ffn; }},
      {"moe.experts", [](StackTemplate& a) -> Count& { return a.moe->experts; }},
      {"moe.active", [](StackTemplate& a) -> Count& { return a.moe->active; }},
      {"moe.ffn", [](StackTemplate& a) -> Count& { return a.moe->ffn; }},
  };
  const Count lowest = std::numeric_limits<Count>::min();
  for (const Field& field : positive) {
    const auto set = [&field](Count value) {
      return [&field, value](StackTemplate& a) { field.member(a) = value; };
    };
    ExpectRefused({field.name, "0", Mixture(), set(0)});
    ExpectRefused({field.name, "-5", Mixture(), set(-5)});
    ExpectRefused({field.name, "-9223372036854775808", Mixture(), set(lowest)});
  }
}

TEST(StackTemplateTest, NegativeIsRefusedWhereZeroIsAllowed) {
  for (const Broken& broken : std::vector<Broken>{
           {"norms_per_layer", "-1", Dense(), [](StackTemplate& a) { a.norms_per_layer = -1; }},
           {"learned_positions", "-1", Dense(), [](StackTemplate& a) { a.learned_positions = -1; }},
           {"sliding_window.tokens", "-1", Dense(),
            [](StackTemplate& a) {
              a.sliding_window = {-1, 1};
            }},
           {"sliding_window.layers", "-1", Dense(),
            [](StackTemplate& a) {
              a.sliding_window = {1, -1};
            }},
           {"moe.shared", "-1", Mixture(), [](StackTemplate& a) { a.moe->shared = -1; }},
           {"moe.dense_layers", "-1", Mixture(),
            [](StackTemplate& a) { a.moe->dense_layers = -1; }},
           {"mla.q_lora_rank", "-1", Latent(), [](StackTemplate& a) { a.mla->q_lora_rank = -1; }},
           {"mla.qk_nope_dim", "-1", Latent(), [](StackTemplate& a) { a.mla->qk_nope_dim = -1; }},
           {"mla.qk_rope_dim", "-1", Latent(), [](StackTemplate& a) { a.mla->qk_rope_dim = -1; }},
           {"mla.kv_lora_rank", "0", Latent(), [](StackTemplate& a) { a.mla->kv_lora_rank = 0; }},
           {"mla.v_head_dim", "0", Latent(), [](StackTemplate& a) { a.mla->v_head_dim = 0; }},
       }) {
    ExpectRefused(broken);
  }
}

TEST(StackTemplateTest, WhatPartsMeanTogether) {
  for (const Broken& broken : std::vector<Broken>{
           {"kv_heads", "5", Dense(), [](StackTemplate& a) { a.kv_heads = 5; }},
           {"kv_heads", "64", Dense(), [](StackTemplate& a) { a.kv_heads = 64; }},
           {"moe.active", "9", Mixture(), [](StackTemplate& a) { a.moe->active = 9; }},
           {"moe.dense_layers", "32", Mixture(),
            [](StackTemplate& a) { a.moe->dense_layers = 32; }},
           {"ffn", "0", Mixture(), [](StackTemplate& a) { a.ffn = 0; }},  // three layers are dense
           {"moe.shared_gate", "true", Mixture(),
            [](StackTemplate& a) {
              a.moe->shared = 0;
              a.moe->shared_gate = true;
            }},
           {"biases.qkv", "true", Latent(), [](StackTemplate& a) { a.biases.qkv = true; }},
           {"sliding_window.layers", "33", Dense(),
            [](StackTemplate& a) {
              a.sliding_window = {512, 33};
            }},
           {"sliding_window.layers", "0", Dense(),
            [](StackTemplate& a) {
              a.sliding_window = {512, 0};
            }},
           {"sliding_window.layers", "4", Dense(),
            [](StackTemplate& a) {
              a.sliding_window = {0, 4};
            }},
       }) {
    ExpectRefused(broken);
  }
}

TEST(StackTemplateTest, LatentAttentionRefusesQkNorm) {
  for (const QkNorm norm : {QkNorm::kHead, QkNorm::kFull}) {
    StackTemplate a = Latent();
    a.qk_norm = norm;
    ASSERT_TRUE(Validate(a));
    EXPECT_EQ(Validate(a)->field, "qk_norm");
  }
}

TEST(StackTemplateTest, LatentAttentionNeedsChannelsInItsQueries) {
  StackTemplate a = Latent();
  a.mla->qk_nope_dim = 0;
  EXPECT_FALSE(Validate(a)) << "rotary channels alone are enough";
  a.mla->qk_rope_dim = 0;
  EXPECT_TRUE(Validate(a)) << "queries and keys of no channels at all";
}

TEST(StackTemplateTest, AboveTheLimitsIsRefused) {
  const std::string too_wide = std::to_string(kMaxWidth + 1);
  const char* wide = too_wide.c_str();
  for (const Broken& broken : std::vector<Broken>{
           {"layers", "1000001", Dense(), [](StackTemplate& a) { a.layers = kMaxLayers + 1; }},
           {"hidden", wide, Dense(), [](StackTemplate& a) { a.hidden = kMaxWidth + 1; }},
           {"vocab", wide, Dense(), [](StackTemplate& a) { a.vocab = kMaxWidth + 1; }},
           {"ffn", wide, Dense(), [](StackTemplate& a) { a.ffn = kMaxWidth + 1; }},
           {"moe.experts", wide, Mixture(),
            [](StackTemplate& a) { a.moe->experts = kMaxWidth + 1; }},
       }) {
    ExpectRefused(broken);
  }
}

TEST(StackTemplateTest, TooManyParametersAreRefusedBeforeTheyOverflow) {
  StackTemplate a = Dense();
  a.layers = kMaxLayers;
  a.hidden = a.ffn = 1'600'000;  // 3 x 1e6 x 2.56e12 = 7.7e18
  ASSERT_FALSE(Validate(a));
  EXPECT_GT(CountParams(ToStack(a)).Total(), 7'600'000'000'000'000'000);
  a.hidden = a.ffn = 1'800'000;  // 9.7e18
  ASSERT_TRUE(Validate(a));
  EXPECT_EQ(Validate(a)->value, "1000000");
  EXPECT_NE(Validate(a)->rule.find("9e18"), std::string::npos);
}

TEST(StackTemplateTest, EveryFieldAtItsMaximumIsRefusedWithoutOverflow) {
  for (StackTemplate a : {Dense(), Mixture(), Latent()}) {
    a.layers = kMaxLayers;
    a.hidden = a.heads = a.vocab = a.ffn = a.learned_positions = kMaxWidth;
    if (!a.mla) a.kv_heads = a.head_dim = kMaxWidth;
    if (a.mla) a.mla = LatentSizes{kMaxWidth, kMaxWidth, kMaxWidth, kMaxWidth, kMaxWidth};
    if (a.moe) a.moe = Moe{kMaxWidth, kMaxWidth, kMaxWidth, kMaxWidth, kMaxWidth, 5, true, true};
    ASSERT_TRUE(Validate(a));
    EXPECT_NE(Validate(a)->rule.find("9e18"), std::string::npos) << Validate(a)->rule;
  }
}

}  // namespace
}  // namespace perflaw
