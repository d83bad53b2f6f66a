#include "search/io/models/quantization.hpp"

#include <gtest/gtest.h>

#include "tests/io/models/model_files.hpp"

namespace perflaw {
namespace {

// Layers of attention and a dense FFN, then of attention and experts.
Architecture Stack() {
  Architecture a;
  a.hidden = 8, a.vocab = 16;
  const SoftmaxAttention<Count> attention = [] {
    SoftmaxAttention<Count> b;
    b.heads = b.kv_heads = 1, b.head_dim = b.v_head_dim = 8;
    return b;
  }();
  MoeFfn<Count> experts;
  experts.experts = 4, experts.active = experts.shared = 1, experts.ffn = experts.shared_ffn = 8;
  DenseFfn<Count> dense;
  dense.width = 8;
  a.layers.push_back({2, {attention, dense}, 2});
  a.layers.push_back({8, {attention, experts}, 2});
  return a;
}

std::optional<Quantization> ReadOf(const Json& config, std::string& note) {
  return ReadQuantization(config, "config.json", Stack(), note);
}

Quantization Read(const Json& config, std::string& note) {
  const auto read = ReadOf({{"quantization_config", config}}, note);
  EXPECT_TRUE(read) << config.dump() << note;
  return read.value_or(Quantization{});
}

TEST(Quantization, BytesOfAParameterWithItsScales) {
  const Json groups = {
      {"group_0", {{"weights", {{"num_bits", 4}, {"type", "int"}, {"group_size", 32}}}}}};
  const Json micro = {
      {"group_0", {{"weights", {{"num_bits", 4}, {"type", "float"}, {"group_size", 16}}}}}};
  const struct {
    Json config;
    double bytes;
  } cases[] = {
      {{{"quant_method", "fp8"}}, 1},
      {{{"quant_method", "mxfp4"}}, 0.53125},
      {{{"quant_method", "awq"}, {"bits", 4}, {"group_size", 128}}, 0.515625},
      {{{"quant_method", "gptq"}, {"bits", 8}, {"group_size", 64}}, 1.03125},
      {{{"quant_method", "bitsandbytes"}, {"load_in_4bit", true}}, 0.5625},
      {{{"quant_method", "bitsandbytes"}, {"load_in_8bit", true}}, 1},
      {{{"quant_method", "compressed-tensors"}, {"config_groups", groups}}, 0.5625},
      {{{"quant_method", "modelopt"}, {"quant_algo", "NVFP4"}}, 0.5625},
      {{{"quant_method", "modelopt"}, {"config_groups", micro}}, 0.5625},
      {{{"quant_method", "modelopt"}, {"quant_algo", "FP8"}}, 1},
  };
  for (const auto& one : cases) {
    std::string note;
    EXPECT_EQ(Read(one.config, note).bytes, one.bytes) << one.config.dump();
    EXPECT_NE(note.find("weights are stored as"), std::string::npos) << note;
  }
}

TEST(Quantization, OfAnUnknownMethodIsSaidNotGuessed) {
  std::string note;
  EXPECT_FALSE(ReadOf({{"quantization_config", {{"quant_method", "elk2"}}}}, note));
  ExpectParts(note, {"elk2", "not known"});
  EXPECT_FALSE(ReadOf({{"quantization_config", {{"quant_method", "bitsandbytes"}}}}, note));
  note.clear();
  EXPECT_FALSE(ReadOf(Json::object(), note));
  EXPECT_FALSE(ReadOf({{"quantization_config", nullptr}}, note));
  EXPECT_FALSE(ReadOf({{"quantization_config", Json::object()}}, note));
  EXPECT_TRUE(note.empty());
}

TEST(Quantization, NumbersOutOfRangeAreRefused) {
  const auto refused = [](const Json& config, const char* key) {
    std::string note;
    ExpectParts(Refusal([&] { ReadOf({{"quantization_config", config}}, note); }), {key});
  };
  for (const Json& bits : {Json(0), Json(-4), Json(64), Json("four"), Json(true)})
    refused({{"quant_method", "gptq"}, {"bits", bits}}, "quantization_config.bits");
  for (const Json& size : {Json(0), Json(-2), Json(1.5)})
    refused({{"quant_method", "awq"}, {"group_size", size}}, "quantization_config.group_size");
  refused("fp8", "quantization_config");
  std::string note;
  EXPECT_EQ(Read({{"quant_method", "gptq"}, {"bits", "4"}, {"group_size", -1}}, note).bytes, 0.5);
}

TEST(Quantization, LeavesUnconvertedModulesAtTwoBytes) {
  BlockCounts b;
  b.embedding = 1000, b.attention = 200, b.routed_experts = 4000, b.shared_experts = 100;
  b.dense_ffn = 300, b.head = 1000;
  std::string note;
  const auto bytes = [&](const Json& kept) {
    return Read({{"quant_method", "fp8"}, {"modules_to_not_convert", kept}}, note).WeightBytes(b);
  };
  EXPECT_EQ(bytes(Json::array()), 2 * 2000 + 4600);
  EXPECT_EQ(bytes({"lm_head"}), 2 * 2000 + 4600);
  EXPECT_EQ(bytes({"model.layers.*.self_attn*"}), 2 * 2200 + 4400);
  EXPECT_EQ(bytes({"re:.*shared_experts.*"}), 2 * 2100 + 4500);
  EXPECT_EQ(bytes({"mlp"}), 2 * 6400 + 200);
  // A router by its name, not every matrix that is called a gate.
  EXPECT_EQ(bytes({"gate", "model.layers.*.mlp.gate"}), 2 * 2000 + 4600);
}

TEST(Quantization, SingleLayersKeepTheirShare) {
  std::string note;
  const auto read = [&](const Json& kept) {
    return Read({{"quant_method", "modelopt"}, {"quant_algo", "NVFP4"}, {"exclude_modules", kept}},
                note);
  };
  Json all = Json::array();
  for (int layer = 0; layer < 10; ++layer)
    all.push_back("language_model.model.layers." + std::to_string(layer) + ".self_attn*");
  EXPECT_EQ(read(all).attention, 0);
  EXPECT_EQ(read(all).routed, 1);
  ExpectParts(note, {"but for attention", "the rest at 2"});
  // Layers 0 and 1 are dense, 2 to 9 have experts: 1 is not 1*, and 9 is one of eight.
  const Quantization some = read(
      {"model.layers.1.mlp", "model.layers.9.mlp.experts*", "model.layers.1.self_attn.q_proj"});
  EXPECT_EQ(some.dense, 0.5);
  EXPECT_EQ(some.routed, 0.875);
  EXPECT_EQ(some.shared, 1);
  EXPECT_EQ(some.attention, 1);
  ExpectParts(note, {"50 % of dense FFNs", "12.5 % of routed experts"});
  EXPECT_EQ(read({"re:.*layers\\.[0-9]+\\.mlp\\.shared_experts\\..*"}).shared, 0);
}

// Of DeepSeek-V3's 671 billion nearly all are in matrices of layers.
TEST(Quantization, ADeepSeekInFp8TakesAByteAParameter) {
  const Model model = PublishedModel("deepseek-v3");
  ASSERT_TRUE(model.quantization);
  const BlockCounts b = CountParams(model.architecture).total;
  const double rest = static_cast<double>(b.embedding + b.head + b.router + b.norms + b.biases);
  EXPECT_EQ(model.quantization->WeightBytes(b), static_cast<double>(b.Sum()) + rest);
  const Model v4 = PublishedModel("deepseek-v4-flash");
  EXPECT_EQ(v4.quantization->routed_bytes, 0.53125) << "its experts are FP4 whatever the rest";
}

}  // namespace
}  // namespace perflaw
