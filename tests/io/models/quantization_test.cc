#include "search/io/models/quantization.hpp"

#include <gtest/gtest.h>

#include "tests/io/models/model_files.hpp"

namespace perflaw {
namespace {

Quantization Read(const Json& config, std::string& note) {
  const auto read = ReadQuantization({{"quantization_config", config}}, note);
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
  EXPECT_FALSE(ReadQuantization({{"quantization_config", {{"quant_method", "elk2"}}}}, note));
  ExpectParts(note, {"elk2", "not known"});
  note.clear();
  EXPECT_FALSE(ReadQuantization(Json::object(), note));
  EXPECT_TRUE(note.empty());
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
