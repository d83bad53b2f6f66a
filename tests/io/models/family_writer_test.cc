#include "search/io/models/family_writer.hpp"

#include <gtest/gtest.h>

#include <map>
#include <random>

#include "engine/count.hpp"
#include "tests/io/models/golden_families.hpp"
#include "tests/io/models/model_files.hpp"
#include "tests/io/models/random_template.hpp"

namespace perflaw {
namespace {

std::optional<Json> Written(const Architecture& a) {
  static Inputs inputs;
  static const FamilyShelf shelf(inputs);
  return ToHuggingFace(a, shelf);
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

// Latent attention uses neither; a short form may give them all the same, as DeepSeek's config does.
TEST(ToHuggingFace, WritesLatentAttentionWhateverItsUnusedHeadSizes) {
  StackTemplate v3;
  v3.layers = 61, v3.hidden = 7168, v3.vocab = 129280, v3.ffn = 18432;
  v3.heads = v3.kv_heads = v3.head_dim = 128;
  v3.mla = LatentSizes{1536, 512, 128, 64, 128};
  v3.moe = Moe{.experts = 256,
               .active = 8,
               .shared = 1,
               .ffn = 2048,
               .dense_layers = 3,
               .router_bias = true};
  const auto config = Written(ToStack(v3));
  ASSERT_TRUE(config);
  EXPECT_EQ(config->at("model_type"), "deepseek_v3");
  EXPECT_EQ(CountParams(ParseConfig(*config).architecture).Total(), 671'026'419'200);
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
