#include "search/io/models/model_config.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <random>
#include <tuple>

#include "engine/cost.hpp"
#include "engine/count.hpp"
#include "search/io/text/csv.hpp"
#include "search/io/text/files.hpp"
#include "tests/io/models/model_files.hpp"

namespace perflaw {
namespace {

// A published config with some keys changed; a null changes a key to null.
Json Edited(const std::string& name, const Json& changes) {
  Json json = ParseJson(ReadFile(ConfigPath(name)), name);
  for (const auto& item : changes.items()) json[item.key()] = item.value();
  return json;
}
Json Less(Json json, const std::string& key) {
  json.erase(key);
  return json;
}
std::string RefusalOf(const Json& json) {
  const std::string message = Refusal([&] { ParseConfig(json); });
  ExpectParts(message, {"dir/config.json"});
  return message;
}
Count Total(const Architecture& a) { return CountParams(a).Total(); }

SoftmaxAttention<Count> AttentionOf(const Model& model) {
  const auto* attention = FirstBlock<SoftmaxAttention<Count>>(model.architecture);
  return attention != nullptr ? *attention : SoftmaxAttention<Count>{};
}
MoeFfn<Count> ExpertsOf(const Model& model) {
  const auto* experts = FirstBlock<MoeFfn<Count>>(model.architecture);
  return experts != nullptr ? *experts : MoeFfn<Count>{};
}
// The window, and how many layers have it.
std::pair<Count, Count> WindowOf(const Model& model) {
  std::pair<Count, Count> found{0, 0};
  for (const LayerKind& kind : model.architecture.layers) {
    for (const Block& block : kind.blocks) {
      const auto* attention = std::get_if<SoftmaxAttention<Count>>(&block);
      if (attention == nullptr || attention->window == 0) continue;
      EXPECT_TRUE(found.second == 0 || found.first == attention->window) << model.name;
      found = {attention->window, found.second + kind.count};
    }
  }
  return found;
}
// 'w' for each layer with a window and '.' for each other, by depth; "" where all are alike.
std::string WindowsByDepth(const Model& model) {
  std::string text;
  for (const int kind : model.architecture.order) {
    const LayerKind& layer = model.architecture.layers.at(static_cast<std::size_t>(kind));
    text += std::get<SoftmaxAttention<Count>>(layer.blocks.front()).window > 0 ? 'w' : '.';
  }
  return text;
}
Count DenseLayersOf(const Model& model) {
  Count dense = 0;
  for (const LayerKind& kind : model.architecture.layers) {
    for (const Block& block : kind.blocks)
      dense += std::holds_alternative<DenseFfn<Count>>(block) ? kind.count : 0;
  }
  return dense;
}
using Window = std::pair<Count, Count>;

bool Mentions(const std::vector<std::string>& sentences, const std::string& word) {
  return std::any_of(sentences.begin(), sentences.end(),
                     [&](const std::string& s) { return s.find(word) != std::string::npos; });
}

// Where the published figure counts more than the architecture, the note splits it:
// "structural N + D: why".
TEST(PublishedModels, CountToTheirPublishedTotals) {
  const CsvTable table =
      ParseCsv(ReadFile("tests/golden/published_totals.csv"), "published_totals.csv");
  for (const auto& row : table.rows) {
    const std::string &note = row[3], start = "structural ";
    const Count published = std::stoll(row[1]);
    Count structural = published, extra = 0;
    if (note.starts_with(start)) {
      std::size_t digits = 0;
      structural = std::stoll(note.substr(start.size()), &digits);
      extra = std::stoll(note.substr(start.size() + digits + 3));
    }
    EXPECT_EQ(structural + extra, published) << row[0];
    EXPECT_EQ(Total(PublishedModel(row[0]).architecture), structural) << row[0];
  }
  EXPECT_GE(table.rows.size(), 60u);
}

TEST(PublishedModels, AllFilesReadAndTakeTheirNameFromTheFile) {
  int files = 0;
  for (const auto& entry : std::filesystem::directory_iterator("configs/models")) {
    const Model model = PublishedModel(entry.path().stem().string());
    EXPECT_EQ(model.name, entry.path().stem().string());
    EXPECT_FALSE(Validate(model.architecture)) << model.name;
    ++files;
  }
  EXPECT_GE(files, 60);
}

// Source: the models' published configs.
TEST(PublishedModels, ActivateTheirPublishedParameters) {
  const struct {
    const char* name;
    Count total, active, without_embedding;
  } models[] = {
      {"llama-3.1-8b", 8'030'261'248, 8'030'261'248, 7'504'924'672},
      {"llama-3.1-70b", 70'553'706'496, 70'553'706'496, 69'503'033'344},
      {"llama-3.1-405b", 405'853'388'800, 405'853'388'800, 403'752'042'496},
      {"qwen3-0.6b", 596'049'920, 596'049'920, 596'049'920},
      {"qwen3-32b", 32'762'123'264, 32'762'123'264, 31'984'210'944},
      {"mixtral-8x7b", 46'702'792'704, 12'879'925'248, 12'748'853'248},
      {"mixtral-8x22b", 140'620'634'112, 39'152'031'744, 38'955'423'744},
      {"qwen3-30b-a3b", 30'532'122'624, 3'353'032'704, 3'041'867'776},
      {"qwen3-235b-a22b", 235'093'634'560, 22'190'763'520, 21'568'433'664},
      {"deepseek-v3", 671'026'419'200, 37'552'297'472, 36'625'618'432},
      {"kimi-k2-instruct", 1'026'408'232'448, 32'861'500'928, 31'687'095'808},
  };
  for (const auto& m : models) {
    const Architecture a = PublishedModel(m.name).architecture;
    EXPECT_EQ(CountParams(a).Total(), m.total) << m.name;
    EXPECT_EQ(CountParams(a).Active(), m.active) << m.name;
    EXPECT_EQ(ActiveExcludingInputEmbedding(a), m.without_embedding) << m.name;
  }
}

// The model card rounds to the million.
TEST(PublishedModels, GptOssActivatesWhatItsCardRounds) {
  for (const auto& [name, active, without] :
       {std::tuple{"gpt-oss-20b", 4.187e9, 3.608e9}, {"gpt-oss-120b", 5.712e9, 5.133e9}}) {
    const Architecture a = PublishedModel(name).architecture;
    EXPECT_NEAR(static_cast<double>(CountParams(a).Active()), active, 0.5e6) << name;
    EXPECT_NEAR(static_cast<double>(ActiveExcludingInputEmbedding(a)), without, 0.5e6) << name;
  }
}

// Bytes of a bf16 cache; DeepSeek-V3: (512 + 64) x 61 x 2.
TEST(PublishedModels, CacheTheirBytesPerToken) {
  for (const auto& [name, bytes] : std::map<std::string, double>{{"llama-3.1-8b", 131072},
                                                                 {"llama-3.1-70b", 327680},
                                                                 {"llama-3.1-405b", 516096},
                                                                 {"deepseek-v3", 70272},
                                                                 {"qwen3-235b-a22b", 192512}}) {
    EXPECT_EQ(KvBytesPerToken(PublishedModel(name).architecture, 4096, 2), bytes) << name;
  }
}

TEST(Falcon, KvHeadsFollowTheDecoderArchitecture) {
  EXPECT_EQ(AttentionOf(PublishedModel("falcon-7b")).kv_heads, 1);
  EXPECT_EQ(AttentionOf(PublishedModel("falcon-40b")).kv_heads, 8);
  // Without the new architecture num_kv_heads is not used.
  EXPECT_EQ(AttentionOf(ParseConfig(Edited("falcon-7b", {{"num_kv_heads", 71}}))).kv_heads, 1);
  EXPECT_EQ(AttentionOf(ParseConfig(Edited("falcon-7b", {{"multi_query", false}}))).kv_heads, 71);
  EXPECT_EQ(PublishedModel("falcon-7b").architecture.layers[0].norms, 1);
  EXPECT_EQ(PublishedModel("falcon-40b").architecture.layers[0].norms, 2);
}

TEST(Aliases, MustAgree) {
  const Json both = Edited("falcon-7b", {{"n_layer", 32}, {"num_hidden_layers", 32}});
  EXPECT_EQ(Depth(ParseConfig(both).architecture), 32);
  Json other = both;
  other["n_layer"] = 33;
  ExpectParts(RefusalOf(other), {"n_layer", "33", "contradicts", "num_hidden_layers"});
  ExpectParts(RefusalOf(Edited("gpt-oss-20b", {{"experts_per_token", 5}})),
              {"experts_per_token", "5", "contradicts"});
  ExpectParts(RefusalOf(Edited("bloom", {{"n_embed", 7}, {"hidden_size", 8}})), {"contradicts"});
}

TEST(Windows, FollowEachFamilysPattern) {
  EXPECT_EQ(WindowOf(PublishedModel("gemma-2-9b")), (Window{4096, 21}));
  // Five sliding layers, then a full one: 26 layers hold 4 full ones, 34 hold 5.
  EXPECT_EQ(WindowOf(PublishedModel("gemma-3-1b-it")), (Window{512, 22}));
  EXPECT_EQ(WindowOf(PublishedModel("gemma-3-4b-it")), (Window{1024, 29}));
  EXPECT_EQ(WindowOf(PublishedModel("gpt-oss-20b")), (Window{128, 12}));
  EXPECT_EQ(WindowOf(PublishedModel("gpt-oss-120b")), (Window{128, 18}));
  EXPECT_EQ(WindowOf(PublishedModel("mistral-7b-v0.1")), (Window{4096, 32}));
  EXPECT_EQ(WindowOf(PublishedModel("mistral-7b-v0.3")), Window());
  EXPECT_EQ(WindowOf(PublishedModel("qwen2.5-7b")), Window());
}

TEST(Windows, StandInTheOrderOfTheLayers) {
  EXPECT_EQ(WindowsByDepth(PublishedModel("gemma-3-1b-it")), "wwwww.wwwww.wwwww.wwwww.ww");
  EXPECT_EQ(WindowsByDepth(PublishedModel("gpt-oss-20b")), "w.w.w.w.w.w.w.w.w.w.w.w.");
  EXPECT_EQ(WindowsByDepth(PublishedModel("mistral-7b-v0.1")), "");
}

TEST(Windows, QwenSlidesFromMaxWindowLayersOnWhenSwitchedOn) {
  const Json config =
      Edited("qwen2.5-7b",
             {{"use_sliding_window", true}, {"sliding_window", 1000}, {"max_window_layers", 20}});
  EXPECT_EQ(WindowOf(ParseConfig(config)), (Window{1000, 8}));
}

TEST(Windows, LayerTypesDecideWhereGiven) {
  Json config = ParseJson(ReadFile(ConfigPath("gpt-oss-20b")), "g");
  for (Json& type : config["layer_types"]) type = "full_attention";
  EXPECT_EQ(WindowOf(ParseConfig(config)), Window());
  config["layer_types"][3] = "sliding_attention";
  EXPECT_EQ(WindowOf(ParseConfig(config)), (Window{128, 1}));
  EXPECT_EQ(WindowsByDepth(ParseConfig(config)), "...w" + std::string(20, '.'));
  config["layer_types"][3] = "linear_attention";
  ExpectParts(RefusalOf(config), {"layer_types"});
  config["layer_types"] = Json::array({"full_attention"});
  ExpectParts(RefusalOf(config), {"layer_types", "one for each of the 24 layers"});
}

// MistralConfig's own default is a window of 4,096, not none.
TEST(Windows, AMissingOneOfMistralIsNotSilentlyNone) {
  const Model model =
      ParseConfig(Less(ParseJson(ReadFile(ConfigPath("mistral-7b-v0.1")), "m"), "sliding_window"));
  EXPECT_TRUE(Mentions(model.defaults, "sliding_window"));
  EXPECT_EQ(WindowOf(model), (Window{4096, 32}));
}

TEST(HeadDim, IsDerivedWhenAbsentOrNull) {
  EXPECT_EQ(AttentionOf(ParseConfig(Edited("llama-3.1-8b", {{"head_dim", nullptr}}))).head_dim,
            128);
  const Model absent = ParseConfig(Less(Edited("llama-3.1-8b", {}), "head_dim"));
  EXPECT_EQ(AttentionOf(absent).head_dim, 128);
  EXPECT_TRUE(Mentions(absent.defaults, "head_dim = 128"));
  EXPECT_EQ(AttentionOf(PublishedModel("qwen3-32b")).head_dim, 128);
  const Json odd =
      Less(Edited("llama-3.1-8b", {{"num_attention_heads", 48}, {"num_key_value_heads", 48}}),
           "head_dim");
  ExpectParts(RefusalOf(odd), {"hidden_size", "4096", "hidden_size / num_attention_heads", "85.3"});
}

TEST(Defaults, OfTheClassAreEchoed) {
  const Model gemma = PublishedModel("gemma-3-4b-it");
  EXPECT_TRUE(Mentions(gemma.defaults, "num_attention_heads = 8"));
  EXPECT_TRUE(Mentions(gemma.defaults, "vocab_size = 262208"));
  EXPECT_TRUE(Mentions(gemma.notes, "vision"));
  const Model llama = ParseConfig(Less(Edited("llama-3.1-8b", {}), "tie_word_embeddings"));
  EXPECT_TRUE(Mentions(llama.defaults, "tie_word_embeddings = false"));
  EXPECT_FALSE(Mentions(PublishedModel("deepseek-v3").defaults, "num_nextn"));
  EXPECT_TRUE(Mentions(PublishedModel("deepseek-v3").notes, "multi-token prediction"));
}

TEST(Qwen, MoeLayersFollowStepAndList) {
  const auto dense = [](const Json& changes) {
    return DenseLayersOf(ParseConfig(Edited("qwen3-30b-a3b", changes)));
  };
  EXPECT_EQ(dense({}), 0);
  // Layer i is a mixture when (i + 1) % step is 0: 48 layers.
  EXPECT_EQ(dense({{"decoder_sparse_step", 2}}), 24);
  EXPECT_EQ(dense({{"decoder_sparse_step", 5}}), 39);
  EXPECT_EQ(dense({{"mlp_only_layers", {0, 47}}}), 2);
  EXPECT_EQ(dense({{"decoder_sparse_step", 2}, {"mlp_only_layers", {0, 1}}}), 25);
  for (const Json& bad :
       {Json({48}), Json({-1}), Json({"x"}), Json(3), Json({{"a", 1}}), Json("x")})
    ExpectParts(RefusalOf(Edited("qwen3-30b-a3b", {{"mlp_only_layers", bad}})),
                {"mlp_only_layers"});
  ExpectParts(RefusalOf(Edited("qwen3-30b-a3b", {{"decoder_sparse_step", 0}})),
              {"decoder_sparse_step"});
  EXPECT_EQ(ExpertsOf(PublishedModel("qwen2-57b-a14b")).shared, 8);
  EXPECT_TRUE(ExpertsOf(PublishedModel("qwen2-57b-a14b")).shared_gate);
  // Shared experts need not be as wide as routed ones together.
  const MoeFfn<Count> shared = ExpertsOf(
      ParseConfig(Edited("qwen2-57b-a14b", {{"shared_expert_intermediate_size", 20481}})));
  EXPECT_EQ(shared.shared * shared.shared_ffn, 20481);
}

TEST(DeepSeek, MoeLayersFollowFirstAndFrequency) {
  const auto dense = [](Count first, Count frequency) {
    return DenseLayersOf(ParseConfig(
        Edited("deepseek-v3", {{"first_k_dense_replace", first}, {"moe_layer_freq", frequency}})));
  };
  EXPECT_EQ(dense(3, 1), 3);
  EXPECT_EQ(dense(0, 1), 0);
  // Of layers 3 .. 60 the 29 even ones are mixtures.
  EXPECT_EQ(dense(3, 2), 61 - 29);
  ExpectParts(RefusalOf(Edited("deepseek-v3", {{"moe_layer_freq", 0}})), {"moe_layer_freq"});
  EXPECT_EQ(FirstBlock<LatentAttention<Count>>(PublishedModel("deepseek-v2-lite").architecture)
                ->q_lora_rank,
            0);
}

TEST(ParseModel, RefusesWhatMayCarryASize) {
  const Json text = {{"hidden_size", 8}};
  ExpectParts(RefusalOf(Edited("llama-3.1-8b", {{"decoder_config", text}})), {"decoder_config"});
  ExpectParts(RefusalOf(Edited("llama-3.1-8b", {{"num_hiden_layers", 8}})),
              {"num_hiden_layers = 8"});
  for (const char* key : {"num_hidden_layers", "hidden_size", "num_attention_heads", "vocab_size",
                          "intermediate_size"}) {
    ExpectParts(RefusalOf(Less(Edited("llama-3.1-8b", {}), key)), {key, "missing"});
    ExpectParts(RefusalOf(Edited("llama-3.1-8b", {{key, nullptr}})), {key});
    ExpectParts(RefusalOf(Edited("llama-3.1-8b", {{key, 0}})), {"0"});
    ExpectParts(RefusalOf(Edited("llama-3.1-8b", {{key, -4}})), {key, "-4"});
    ExpectParts(RefusalOf(Edited("llama-3.1-8b", {{key, "many"}})), {key, "many"});
  }
  EXPECT_NO_THROW(ParseConfig(Edited("llama-3.1-8b", {{"rope_anything", {{"x", 1}}}})));
  EXPECT_TRUE(Mentions(ParseConfig(Edited("llama-3.1-8b", {{"colour", 1}})).notes, "colour"));
}

// The message names the key as it stands in the file.
TEST(ParseModel, NamesTheFilesOwnKeyOfAnImpossibleSize) {
  ExpectParts(RefusalOf(Edited("llama-3.1-8b", {{"num_key_value_heads", 7}})),
              {"num_key_value_heads"});
  ExpectParts(RefusalOf(Edited("llama-3.1-8b", {{"num_hidden_layers", 0}})), {"num_hidden_layers"});
  ExpectParts(RefusalOf(Edited("mixtral-8x7b", {{"num_experts_per_tok", 9}})),
              {"num_experts_per_tok"});
}

// A text part with towers beside it.
Json Wrapped(const Json& beside) {
  Json json = {{"model_type", "some_vl"},
               {"text_config", Edited("llama-3.1-8b", {})},
               {"vision_config", {{"hidden_size", 64}, {"num_heads", 4}}}};
  json.update(beside);
  return json;
}

TEST(Wrapped, IsItsTextPart) {
  const Model plain = ParseConfig(Edited("llama-3.1-8b", {}));
  const Model wrapped = ParseConfig(Wrapped({{"vision_hidden_size", 64}, {"image_token_id", 7}}));
  EXPECT_EQ(wrapped.architecture, plain.architecture);
  EXPECT_TRUE(Mentions(wrapped.notes, "the vision tower is not counted"));
  ExpectParts(RefusalOf(Wrapped({{"hidden_size", 64}})),
              {"hidden_size = 64", "contradicts text_config.hidden_size = 4096"});
  EXPECT_EQ(ParseConfig(Wrapped({{"hidden_size", 4096}})).architecture, plain.architecture);
  ExpectParts(RefusalOf(Wrapped({{"llm_config", {{"hidden_size", 8}}}})),
              {"llm_config", "second text part"});
  ExpectParts(RefusalOf(Wrapped({{"other_config", {{"hidden_size", 8}}}})),
              {"other_config", "--ignore-keys"});
  ExpectParts(RefusalOf(Wrapped({{"extra_layers", 2}})), {"extra_layers = 2"});
  // Beside the text part and in it, at once.
  ExpectParts(RefusalOf(Wrapped({{"extra_layers", 2},
                                 {"text_config", Edited("llama-3.1-8b", {{"num_foo_heads", 3}})}})),
              {"extra_layers, text_config.num_foo_heads = 2, 3"});
}

TEST(Wrapped, IsTiedWhereNoLevelSaysOtherwise) {
  const auto tied = [](const Json& outer, const Json& inner) {
    Json json = {{"text_config", Less(Edited("llama-3.1-8b", {}), "tie_word_embeddings")}};
    if (!outer.is_null()) json["tie_word_embeddings"] = outer;
    if (!inner.is_null()) json["text_config"]["tie_word_embeddings"] = inner;
    return ParseConfig(Json{{"llm_config", json}}).architecture.tied_embeddings;
  };
  EXPECT_TRUE(tied(true, true));
  EXPECT_TRUE(tied(true, nullptr));
  EXPECT_TRUE(tied(nullptr, true));
  EXPECT_FALSE(tied(false, true));
  EXPECT_FALSE(tied(true, false));
}

TEST(IgnoredKeys, MayBeNamedByTheirPath) {
  const auto notes = [](const char* keys) {
    return ParseConfig(Wrapped({{"extra_layers", 2},
                                {"text_config", Edited("llama-3.1-8b", {{"num_foo_heads", 2}})}}),
                       {"", keys})
        .notes;
  };
  for (const char* keys :
       {"extra_layers,num_foo_heads", " extra_layers , text_config.num_foo_heads,"})
    EXPECT_TRUE(Mentions(notes(keys), "ignored at the user's word")) << keys;
  EXPECT_TRUE(Mentions(notes("extra_layers,num_foo_heads,nothing"), "nothing: the config has no"));
}

TEST(Classes, OfDraftsAreRefusedAndUnknownOnesNoted) {
  const auto with = [](const Json& classes) {
    return Edited("llama-3.1-8b", {{"architectures", classes}});
  };
  for (const char* name :
       {"LlamaForCausalLMEagle3", "EagleLlamaForCausalLM", "LlamaForCausalLMNextN"})
    ExpectParts(RefusalOf(with({name})), {"architectures", name, "drafts"});
  EXPECT_TRUE(Mentions(ParseConfig(with({"LlamaBidirectional"})).notes, "LlamaBidirectional"));
  EXPECT_FALSE(ParseConfig(with({"LlamaModel"})).architecture.lm_head);
  EXPECT_TRUE(ParseConfig(with({"LlamaModel", "LlamaForCausalLM"})).architecture.lm_head);
}

TEST(ParseModel, ReadsWhatPythonWrites) {
  std::string text = Edited("llama-3.1-8b", {}).dump();
  text.insert(1, "\"max_lr\": NaN, // don't read \"this\n /* or \" that */ \"min_lr\": -Infinity,");
  EXPECT_EQ(Depth(ParseConfig(text).architecture), 32);
}

TEST(ParseModel, RefusesUnknownFamilies) {
  for (const Json& type : {Json("llama9"), Json("mamba9"), Json("..")})
    ExpectParts(RefusalOf(Edited("llama-3.1-8b", {{"model_type", type}})), {"model_type"});
  ExpectParts(RefusalOf(Edited("llama-3.1-8b", {{"model_type", "llama9"}})),
              {"\"llama9\"", "the nearest are llama, llama4", "perflaw list families"});
  // Nothing else says what the model is.
  const Json nameless = Less(Edited("llama-3.1-8b", {}), "architectures");
  for (const Json& type : {Json(""), Json(3), Json(nullptr)}) {
    Json json = nameless;
    json["model_type"] = type;
    ExpectParts(RefusalOf(json), {"model_type", "missing"});
  }
  ExpectParts(RefusalOf(Json::object()), {"model_type"});
  ExpectParts(RefusalOf({{"hidden_size", 1}}), {"model_type", "short form"});
  ExpectParts(RefusalOf(Json::array()), {"object"});
}

}  // namespace
}  // namespace perflaw
