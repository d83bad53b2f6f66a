#include "search/io/models/key_judgement.hpp"

#include <gtest/gtest.h>

namespace perflaw {
namespace {

TEST(Judge, ByWordsAtUnderscores) {
  for (const char* key : {"num_foo_heads", "extra_hidden_width", "n_things", "moe_extra",
                          "kv_lora_x", "use_conv", "foo_layers"})
    EXPECT_EQ(Judge(key, 3), KeyMeaning::kMayCarrySize) << key;
  // No word of its own: "number", "layered", "ahead".
  for (const char* key : {"number", "layered", "look_ahead", "colour"})
    EXPECT_EQ(Judge(key, 3), KeyMeaning::kUnused) << key;
  for (const char* key : {"image_token", "video_fps"})
    EXPECT_EQ(Judge(key, 3), KeyMeaning::kTower) << key;
  EXPECT_EQ(Judge("vision_config", {{"hidden_size", 3}}), KeyMeaning::kTower);
  // Not in an object of its own, a size may be of anything.
  for (const char* key : {"vision_hidden_size", "audio_heads", "mm_projector_size"})
    EXPECT_EQ(Judge(key, 3), KeyMeaning::kMayCarrySize) << key;
  // Endings that mean nothing lose to words that mean a size.
  for (const char* key :
       {"ffn_dim_multiplier", "qk_dim_factor", "rope_head_dim", "time_step_rank", "expert_scale",
        "expansion_ratio", "is_encoder_decoder", "add_cross_attention"})
    EXPECT_EQ(Judge(key, true), KeyMeaning::kMayCarrySize) << key;
  for (const char* key : {"routed_scaling_factor", "lm_head_multiplier", "rope_theta_scale"})
    EXPECT_EQ(Judge(key, 3), KeyMeaning::kNothing) << key;
  for (const char* key :
       {"num_beams", "rope_theta", "pad_token_id", "attention_dropout", "hidden_act",
        "rms_norm_eps", "transformers_version", "max_position_embeddings"})
    EXPECT_EQ(Judge(key, 3), KeyMeaning::kNothing) << key;
}

TEST(Judge, WhatIsOffMeansNothing) {
  for (const Json& off :
       {Json(nullptr), Json(false), Json(0), Json(0.0), Json(""), Json::array(), Json::object()})
    EXPECT_EQ(Judge("num_foo_heads", off), KeyMeaning::kNothing) << off.dump();
  for (const Json& on : {Json(true), Json(1), Json("x"), Json::array({0})})
    EXPECT_EQ(Judge("num_foo_heads", on), KeyMeaning::kMayCarrySize) << on.dump();
}

}  // namespace
}  // namespace perflaw
