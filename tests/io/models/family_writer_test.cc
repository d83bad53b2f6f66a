#include "search/io/models/family_writer.hpp"

#include <gtest/gtest.h>

#include <map>
#include <random>

#include "engine/stack_template.hpp"
#include "tests/io/models/golden_families.hpp"
#include "tests/io/models/model_files.hpp"

namespace perflaw {
namespace {

std::optional<Json> Written(const Architecture& a) {
  static Inputs inputs;
  static const FamilyShelf shelf(inputs);
  return ToHuggingFace(a, shelf);
}

// A dense or MoE decoder that some family writes, from switches that families know.
StackTemplate RandomTemplate(std::mt19937_64& random) {
  const auto pick = [&](Count least, Count most) {
    return std::uniform_int_distribution<Count>(least, most)(random);
  };
  StackTemplate a;
  a.layers = pick(2, 80);
  a.head_dim = 64 * pick(1, 2);
  a.kv_heads = 1 << pick(0, 4);
  a.heads = a.kv_heads * pick(1, 6);
  a.hidden = pick(0, 1) ? a.heads * a.head_dim : 64 * pick(1, 64);
  a.vocab = pick(1000, 200'000);
  a.ffn = 64 * pick(1, 300);
  a.tied_embeddings = pick(0, 1) == 1;
  a.qk_norm = QkNorm{static_cast<int>(pick(0, 2))};
  a.gated_ffn = pick(0, 9) > 0;
  if (pick(0, 4) == 0) a.biases = {true, pick(0, 1) == 1, pick(0, 1) == 1, pick(0, 1) == 1};
  if (pick(0, 4) == 0) a.norms_per_layer = 4;
  if (pick(0, 9) == 0) a.sliding_window = {128, (a.layers + 1) / 2};
  if (pick(0, 1) == 0) {
    a.moe = Moe{};
    a.moe->experts = pick(2, 256);
    a.moe->active = pick(1, std::min<Count>(8, a.moe->experts));
    a.moe->shared = pick(0, 2);
    a.moe->ffn = 64 * pick(1, 60);
    a.moe->dense_layers = pick(0, 2) == 0 ? 1 : 0;
    a.moe->shared_gate = a.moe->shared > 0 && pick(0, 1) == 1;
    a.moe->router_bias = pick(0, 2) == 0;
    if (a.moe->dense_layers == 0) a.ffn = 0;
  }
  if (pick(0, 3) == 0) {
    a.mla = Mla{64 * pick(0, 20), 512, 128, 64, 128};
    a.kv_heads = a.head_dim = 0, a.qk_norm = QkNorm::kNone, a.biases = {};
  }
  return a;
}

TEST(ToHuggingFace, ReadsBackAsTheSameArchitecture) {
  std::mt19937_64 random(13);
  std::map<std::string, int> families;
  for (int trial = 0; trial < 1000; ++trial) {
    const StackTemplate sizes = RandomTemplate(random);
    if (Validate(sizes)) continue;
    const Architecture a = ToStack(sizes);
    const auto config = Written(a);
    ++families[config ? config->at("model_type").get<std::string>() : "none"];
    ASSERT_TRUE(!config || ParseConfig(*config).architecture == a) << config->dump();
  }
  for (const char* family : {"llama", "qwen2", "qwen3", "qwen3_moe", "mixtral", "deepseek_v2",
                             "deepseek_v3", "granitemoeshared", "none"})
    EXPECT_GT(families[family], 0) << family;
}

TEST(ToHuggingFace, WritesPublishedArchitecturesSoThatTheyReadBack) {
  const std::map<std::string, std::string> families = {
      {"llama-3.1-8b", "llama"},      {"qwen2.5-7b", "qwen2"},
      {"qwen3-32b", "qwen3"},         {"mixtral-8x7b", "mixtral"},
      {"qwen3-30b-a3b", "qwen3_moe"}, {"deepseek-v3", "deepseek_v3"},
      {"deepseek-v2", "deepseek_v2"}, {"qwen2-57b-a14b", "qwen2_moe"},
      {"olmoe-1b-7b-0924", "olmoe"}};
  for (const auto& [name, family] : families) {
    const Architecture a = PublishedModel(name).architecture;
    const auto config = Written(a);
    ASSERT_TRUE(config) << name;
    EXPECT_EQ(config->at("model_type"), family);
    EXPECT_EQ(ParseConfig(*config).architecture, a) << name;
  }
}

TEST(WriteConfig, EachFamilyReadsBackWhatItWrites) {
  Inputs inputs;
  const FamilyShelf shelf(inputs);
  for (const GoldenFamily& golden : GoldenFamilies()) {
    const Model model = ParseConfig(golden.config);
    const auto family = shelf.Find(model.source);
    ASSERT_TRUE(family) << model.source;
    const auto config = WriteConfig(*family, model.architecture);
    EXPECT_TRUE(config) << golden.name;
    if (!config) continue;
    EXPECT_EQ(ParseConfig(*config).architecture, model.architecture) << config->dump();
  }
}

// Older readers know the number, not the list.
TEST(WriteConfig, LeavesListsToTheNumberThatGivesThem) {
  const auto config = Written(PublishedModel("deepseek-v3").architecture);
  ASSERT_TRUE(config);
  EXPECT_EQ(config->at("first_k_dense_replace"), 3);
  EXPECT_FALSE(config->contains("mlp_layer_types"));
}

TEST(ToHuggingFace, WritesNothingWhereNoFamilyFits) {
  Architecture a = PublishedModel("llama-3.1-8b").architecture;
  ASSERT_TRUE(Written(a));
  a.layers[0].norms = 7;
  EXPECT_EQ(Written(a), std::nullopt);
  a = PublishedModel("llama-3.1-8b").architecture;
  a.embedding_norm = true;
  EXPECT_EQ(Written(a), std::nullopt);
}

}  // namespace
}  // namespace perflaw
