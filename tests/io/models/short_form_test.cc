#include "search/io/models/short_form.hpp"

#include <gtest/gtest.h>

#include <map>

#include "engine/count.hpp"
#include "tests/io/models/model_files.hpp"
#include "tests/io/models/random_template.hpp"
#include "tests/random_pattern.hpp"

namespace perflaw {
namespace {

StackTemplate Read(const Json& json) {
  Fields fields(json, "m.json", "");
  return ReadShortForm(fields);
}

Architecture ReadStack(const Json& json) { return ToStack(Read(json)); }

const Json kDense = {{"layers", 32},    {"hidden", 4096},  {"heads", 32},  {"kv_heads", 8},
                     {"head_dim", 128}, {"vocab", 128256}, {"ffn", 14336}, {"gated_ffn", true}};

// DeepSeek-V3, as its published config; heads and sizes that latent attention does not use stand
// in it, too.
const Json kDeepSeek = {{"layers", 61},
                        {"hidden", 7168},
                        {"heads", 128},
                        {"kv_heads", 128},
                        {"head_dim", 128},
                        {"vocab", 129280},
                        {"ffn", 18432},
                        {"gated_ffn", true},
                        {"mla",
                         {{"q_lora_rank", 1536},
                          {"kv_lora_rank", 512},
                          {"qk_nope_dim", 128},
                          {"qk_rope_dim", 64},
                          {"v_head_dim", 128}}},
                        {"moe",
                         {{"experts", 256},
                          {"active", 8},
                          {"shared", 1},
                          {"ffn", 2048},
                          {"dense_layers", 3},
                          {"shared_gate", false},
                          {"router_bias", true}}}};

Json With(Json json, const std::string& pointer, const Json& value) {
  json[Json::json_pointer(pointer)] = value;
  return json;
}

// The counts of the models' weight files.
TEST(ReadShortForm, CountsPublishedModels) {
  EXPECT_EQ(CountParams(ReadStack(kDense)).Total(), 8'030'261'248);
  EXPECT_EQ(CountParams(ReadStack(kDeepSeek)).Total(), 671'026'419'200);
  EXPECT_EQ(CountParams(ReadStack(kDeepSeek)).Active(), 37'552'297'472);
}

TEST(ReadShortForm, WhatIsLeftOutIsAbsent) {
  const StackTemplate a = Read(kDense);
  StackTemplate plain;
  plain.layers = 32, plain.hidden = 4096, plain.heads = 32, plain.kv_heads = 8;
  plain.head_dim = 128, plain.vocab = 128256, plain.ffn = 14336;
  EXPECT_EQ(a, plain);
  EXPECT_FALSE(a.tied_embeddings);
  EXPECT_EQ(a.norms_per_layer, 2);
}

TEST(ReadShortForm, ReadsEverySwitch) {
  const Json json =
      With(With(With(With(kDense, "/biases", {{"qkv", true}, {"norm", true}}), "/qk_norm", "full"),
                "/sliding_window", {{"tokens", 512}, {"layers", 16}}),
           "/sinks", true);
  const StackTemplate a = Read(With(With(json, "/lm_head_bias", true), "/embedding_norm", true));
  EXPECT_EQ(a.biases, (Biases{true, false, false, true}));
  EXPECT_EQ(a.qk_norm, QkNorm::kFull);
  EXPECT_EQ(a.sliding_window, (SlidingWindow{512, 16}));
  EXPECT_TRUE(a.sinks && a.lm_head_bias && a.embedding_norm);
  EXPECT_EQ(Read(With(kDense, "/qk_norm", "head")).qk_norm, QkNorm::kHead);
  EXPECT_EQ(Read(With(kDense, "/qk_norm", false)).qk_norm, QkNorm::kNone);
}

TEST(ReadShortForm, IntervalLeavesTheOtherLayersDense) {
  for (Count layers = 2; layers < 20; ++layers) {
    for (Count first = 0; first < layers; ++first) {
      for (Count interval = 1; interval < 5; ++interval) {
        if (layers - first < interval) continue;
        Json json = With(With(kDeepSeek, "/layers", layers), "/moe/dense_layers", first);
        const StackTemplate a = Read(With(json, "/moe/interval", interval));
        ASSERT_EQ(a.layers - a.moe->dense_layers, (layers - first) / interval);
      }
    }
  }
}

TEST(ReadShortForm, RefusesImpossibleValuesByKeyValueAndRule) {
  const struct {
    Json base;
    const char* pointer;
    Json value;
    std::vector<std::string> parts;
  } cases[] = {
      {kDense, "/layers", -1, {"layers = -1", "whole number from 1"}},
      {kDense, "/layers", 0, {"layers = 0", "whole number from 1"}},
      {kDense, "/layers", 2.5, {"layers = 2.5", "whole number"}},
      {kDense, "/layers", "NaN", {"layers = \"NaN\"", "whole number"}},
      {kDense, "/hidden", "4096x", {"hidden = \"4096x\""}},
      {kDense, "/kv_heads", 7, {"kv_heads = 7", "divide"}},
      {kDense, "/kv_heads", 64, {"kv_heads = 64", "divide"}},
      {kDense, "/ffn", 0, {"ffn = 0"}},
      {kDense, "/gated_ffn", 1, {"gated_ffn = 1", "true or false"}},
      {kDense, "/tied_embeddings", "no", {"tied_embeddings", "true or false"}},
      {kDense, "/qk_norm", true, {"qk_norm = true", "head"}},
      {kDense, "/biases", Json::array(), {"biases = []", "object"}},
      {kDense, "/biases", {{"qvk", true}}, {"biases.qvk", "did you mean \"qkv\""}},
      {kDense, "/hiden", 1, {"hiden", "unknown key"}},
      {kDense, "/norms_per_layer", 17, {"norms_per_layer = 17", "16"}},
      {kDense, "/sliding_window", {{"tokens", 8}, {"layers", 33}}, {"sliding_window.layers", "33"}},
      {kDense, "/vocab", 1'000'000'000'000, {"vocab = 1000000000000"}},
      {kDeepSeek, "/moe/active", 257, {"moe.active = 257", "256"}},
      {kDeepSeek, "/moe/active", 0, {"moe.active = 0"}},
      {kDeepSeek, "/moe/experts", 1, {"moe.experts = 1"}},
      {kDeepSeek, "/moe/dense_layers", 61, {"moe.dense_layers"}},
      {kDeepSeek, "/moe/interval", 0, {"moe.interval = 0"}},
      {kDeepSeek, "/moe/widht", 0, {"moe.widht", "unknown key"}},
      {kDeepSeek, "/mla/kv_lora_rank", 0, {"mla.kv_lora_rank = 0"}},
      {kDeepSeek, "/mla/rank", 1, {"mla.rank", "unknown key"}},
      {kDeepSeek, "/qk_norm", "head", {"qk_norm"}},
      {kDeepSeek, "/biases", {{"qkv", true}}, {"biases.qkv"}},
  };
  for (const auto& bad : cases) {
    const std::string message = Refusal([&] { Read(With(bad.base, bad.pointer, bad.value)); });
    ExpectParts(message, {"m.json"});
    for (const std::string& part : bad.parts) ExpectParts(message, {part});
  }
}

TEST(ReadShortForm, RequiresWhatHasNoDefault) {
  for (const char* key :
       {"layers", "hidden", "heads", "kv_heads", "head_dim", "vocab", "gated_ffn"}) {
    Json json = kDense;
    json.erase(key);
    ExpectParts(Refusal([&] { Read(json); }), {"m.json", key, "missing"});
  }
  Json no_ffn = kDense;
  no_ffn.erase("ffn");
  ExpectParts(Refusal([&] { Read(no_ffn); }), {"m.json: ffn"});
  for (const char* key : {"experts", "active", "ffn"}) {
    Json json = kDeepSeek;
    json["moe"].erase(key);
    ExpectParts(Refusal([&] { Read(json); }), {std::string("moe.") + key, "missing"});
  }
}

TEST(ReadShortForm, RefusesWhatCannotBeCountedIn63Bits) {
  Json json = With(With(kDense, "/hidden", 1 << 30), "/ffn", 1 << 30);
  ExpectParts(Refusal([&] { Read(With(json, "/layers", 1000)); }), {"m.json", "9e18"});
}

// Three delta layers, then attention in a window that keeps fewer KV heads.
const Json kHybrid = With(
    With(kDense, "/pattern", {"gated_delta", "gated_delta", "gated_delta", "local"}), "/mixers",
    {{"gated_delta",
      {{"key_heads", 16},
       {"value_heads", 32},
       {"key_dim", 128},
       {"value_dim", 128},
       {"kernel", 4}}},
     {"local", {{"kind", "attention"}, {"window", 1024}, {"kv_heads", 4}}}});

TEST(Pattern, GoesOnToTheLastLayer) {
  for (Count layers = 1; layers <= 9; ++layers) {
    const Architecture a = ReadStack(With(kHybrid, "/layers", layers));
    ASSERT_EQ(Depth(a), layers);
    Count attention = 0;
    for (const LayerKind& kind : a.layers) {
      const auto* local = std::get_if<SoftmaxAttention<Count>>(&kind.blocks[0]);
      if (local == nullptr) continue;
      attention += kind.count;
      EXPECT_EQ(local->window, 1024);
      EXPECT_EQ(local->kv_heads, 4);
      EXPECT_EQ(local->heads, 32) << "the template's";
    }
    EXPECT_EQ(attention, layers / 4);
    if (layers < 5) continue;
    ASSERT_EQ(a.order.size(), static_cast<std::size_t>(layers));
    for (std::size_t i = 0; i < a.order.size(); ++i) EXPECT_EQ(a.order[i], i % 4 == 3 ? 1 : 0) << i;
  }
}

// Two mixers, each with a dense FFN in the first five layers and experts after them.
TEST(Pattern, RunsThroughDenseLayersAndExperts) {
  Json json = With(kHybrid, "/moe",
                   {{"experts", 8},
                    {"active", 2},
                    {"ffn", 512},
                    {"dense_layers", 5},
                    {"shared", 1},
                    {"shared_ffn", 700}});
  const Architecture a = ReadStack(With(json, "/layers", 12));
  std::map<std::pair<bool, bool>, Count> counts;  // (attention, experts)
  for (const LayerKind& kind : a.layers) {
    const bool attention = std::holds_alternative<SoftmaxAttention<Count>>(kind.blocks[0]);
    const auto* experts = std::get_if<MoeFfn<Count>>(&kind.blocks[1]);
    counts[{attention, experts != nullptr}] += kind.count;
    if (experts == nullptr) continue;
    EXPECT_EQ(experts->shared_ffn, 700);
  }
  EXPECT_EQ(counts,
            (std::map<std::pair<bool, bool>, Count>{
                {{false, false}, 4}, {{true, false}, 1}, {{false, true}, 5}, {{true, true}, 2}}));
}

TEST(Pattern, RefusesWhatIsNoMixer) {
  const auto refusal = [](const char* pointer, const Json& value) {
    return Refusal([&] { Read(With(kHybrid, pointer, value)); });
  };
  ExpectParts(refusal("/pattern", Json::array()), {"m.json: pattern"});
  ExpectParts(refusal("/pattern", {"dense"}), {"mixers.dense", "is no mixer", "gated_delta"});
  ExpectParts(refusal("/pattern", {"local", "unknown"}), {"mixers.unknown", "is no mixer"});
  ExpectParts(refusal("/mixers/local/kv_heads", 5), {"heads = 32", "multiple of 5"});
  ExpectParts(refusal("/mixers/local/widow", 5), {"mixers.local.widow", "unknown key"});
  ExpectParts(refusal("/mixers/unused", Json::object()), {"mixers.unused", "unknown key"});
  ExpectParts(refusal("/mixers/gated_delta/key_heads", 0), {"key_heads", "0"});
  ExpectParts(refusal("/mixers/local/kv_heads", 0), {"mixers.local.kv_heads = 0", "from 1"});
  ExpectParts(refusal("/mixers/local", {{"kind", "attention"}, {"heads", 6}, {"kv_heads", 4}}),
              {"mixers.local.kv_heads = 4", "must divide the 6 heads"});
  ExpectParts(refusal("/mixers/gated_delta", {{"key_heads", 4}}), {"value_heads", "is missing"});
  // A multiple that no number of heads can be.
  Json many =
      With(kHybrid, "/mixers", {{"local", {{"kind", "attention"}, {"kv_heads", 1073741823}}}});
  many = With(many, "/mixers/far", {{"kind", "attention"}, {"kv_heads", 1073741822}});
  many = With(many, "/mixers/farther", {{"kind", "attention"}, {"kv_heads", 1073741821}});
  many = With(many, "/pattern", {"local", "far", "farther"});
  ExpectParts(Refusal([&] { Read(many); }), {"heads = 32", "must be a multiple"});
  Json json = kHybrid;
  json.erase("pattern");
  ExpectParts(Refusal([&] { Read(json); }), {"mixers", "needs pattern"});
}

TEST(ToShortForm, ReadsBackAsTheSameTemplate) {
  StackTemplate a = Read(kDeepSeek);
  EXPECT_EQ(Read(ToShortForm(a)), a);
  a.moe->shared_ffn = 3000;
  EXPECT_EQ(Read(ToShortForm(a)), a);
  StackTemplate b = Read(With(With(kDense, "/sliding_window", {{"tokens", 512}, {"layers", 16}}),
                              "/biases", {{"qkv", true}, {"ffn", true}}));
  EXPECT_EQ(Read(ToShortForm(b)), b);
  b = Read(kHybrid);
  EXPECT_EQ(Read(ToShortForm(b)), b);
}

TEST(ToShortForm, ReadsAnyTemplateBack) {
  std::mt19937_64 random(14);
  int read = 0;
  for (int trial = 0; trial < 2000; ++trial) {
    StackTemplate a = RandomTemplate(random);
    if (trial % 3 == 0 && !a.mla) a.pattern = RandomPattern(random, a);
    if (Validate(a)) continue;
    const Json json = ToShortForm(a);
    ASSERT_EQ(Read(json), a) << json.dump();
    ASSERT_EQ(ParseConfig(json).architecture, ToStack(a)) << json.dump();
    ASSERT_EQ(ParseConfig(json).source, "short form");
    ++read;
  }
  EXPECT_GT(read, 1000);
}

TEST(ReadTemplate, HoldsWhatNoAxisGives) {
  const auto read = [](const Json& json, Moe& moe) {
    Fields fields(json, "s.json", "template");
    StackTemplate a;
    ReadTemplate(fields, a, moe);
    return a;
  };
  const Json base = {{"vocab", 1000}, {"gated_ffn", true}, {"kv_heads", 8}, {"head_dim", 64}};
  Moe moe;
  EXPECT_EQ(read(base, moe).heads, 0);
  EXPECT_EQ(read(With(base, "/heads", 16), moe).heads, 16);
  const Json mixed =
      With(With(base, "/moe", {{"dense_layers", 2}, {"router_bias", true}}), "/ffn", 99);
  EXPECT_EQ(read(mixed, moe).ffn, 99);
  EXPECT_EQ(moe.dense_layers, 2);
  EXPECT_TRUE(moe.router_bias);
  Moe other;
  ExpectParts(Refusal([&] {
                read(With(base, "/moe", {{"dense_layers", 2}}), other);
              }),
              {"s.json: template.ffn", "missing"});
  for (const char* key : {"layers", "hidden", "ffn"}) {
    Moe none;
    ExpectParts(Refusal([&] { read(With(base, std::string("/") + key, 4), none); }),
                {std::string("template.") + key, "unknown key"});
  }
}

}  // namespace
}  // namespace perflaw
