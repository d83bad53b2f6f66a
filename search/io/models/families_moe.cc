// Model families with mixtures of experts.
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "search/io/models/family_parts.hpp"

namespace perflaw {
namespace {

void Experts(ConfigKeys& k, Architecture& a, const char* experts_key, const char* ffn_key) {
  if (k.reading()) a.moe.emplace();
  k.Whole(experts_key, a.moe->experts);
  k.Whole("num_experts_per_tok", a.moe->active);
  k.Whole(ffn_key, a.moe->ffn);
}

// Which layers of Qwen's MoE stay dense: those of mlp_only_layers and all but every decoder_sparse_step-th.
void QwenDenseLayers(ConfigKeys& k, Architecture& a) {
  if (k.reading()) {
    Count step = 1;
    k.Whole("decoder_sparse_step", step, 1);
    if (step < 1) k.Fail("decoder_sparse_step", "must be at least 1");
    std::set<Count> listed;
    for (const Json& layer : k.List("mlp_only_layers")) {
      const Count at = ToWhole(layer, k.fields().file(), "mlp_only_layers", 0, a.layers - 1);
      if ((at + 1) % step == 0) listed.insert(at);
    }
    a.moe->dense_layers = a.layers - a.layers / step + static_cast<Count>(listed.size());
  }
  // Without dense layers the dense width stands in the file but is not used.
  k.Whole("intermediate_size", a.ffn, 0);
  if (a.moe->dense_layers == 0) a.ffn = 0;
}

// Shared experts given as one merged width.
void MergedSharedExperts(ConfigKeys& k, Architecture& a, const char* key) {
  Count merged = a.moe->shared * a.moe->ffn;
  k.Whole(key, merged, 0);
  if (!k.reading()) return;
  if (a.moe->ffn < 1 || merged % a.moe->ffn != 0) {
    k.Fail(key, fmt::format("must be a multiple of one expert's width, {}", a.moe->ffn));
  }
  a.moe->shared = merged / a.moe->ffn;
}

void Mixtral(ConfigKeys& k, Architecture& a) {
  Sizes(k, a);
  k.Whole("num_key_value_heads", a.kv_heads);
  HeadDim(k, a);
  Experts(k, a, "num_local_experts", "intermediate_size");
  Tied(k, a, false);
  WindowEverywhere(k, a);
}

void Qwen2Moe(ConfigKeys& k, Architecture& a) {
  Sizes(k, a);
  k.Whole("num_key_value_heads", a.kv_heads);
  HeadDim(k, a);
  Experts(k, a, "num_experts", "moe_intermediate_size");
  MergedSharedExperts(k, a, "shared_expert_intermediate_size");
  a.moe->shared_gate = a.moe->shared > 0;
  QwenDenseLayers(k, a);
  k.Flag("qkv_bias", a.biases.qkv, true);
  Tied(k, a, false);
  QwenWindow(k, a);
}

void Qwen3Moe(ConfigKeys& k, Architecture& a) {
  Sizes(k, a);
  k.Whole("num_key_value_heads", a.kv_heads);
  HeadDim(k, a);
  Experts(k, a, "num_experts", "moe_intermediate_size");
  QwenDenseLayers(k, a);
  AttentionBias(k, a, "attention_bias", false);
  a.qk_norm = QkNorm::kHead;
  Tied(k, a, false);
  QwenWindow(k, a);
}

void Olmoe(ConfigKeys& k, Architecture& a) {
  Sizes(k, a);
  KvHeads(k, a);
  a.head_dim = DerivedHeadDim(k, a);
  Experts(k, a, "num_experts", "intermediate_size");
  AttentionBias(k, a, "attention_bias", false);
  a.qk_norm = QkNorm::kFull;
  Tied(k, a, false);
}

void GraniteMoe(ConfigKeys& k, Architecture& a) {
  Sizes(k, a);
  KvHeads(k, a);
  a.head_dim = DerivedHeadDim(k, a);
  Experts(k, a, "num_local_experts", "intermediate_size");
  AttentionBias(k, a, "attention_bias", false);
  Tied(k, a, false);
}

void GraniteMoeShared(ConfigKeys& k, Architecture& a) {
  GraniteMoe(k, a);
  MergedSharedExperts(k, a, "shared_intermediate_size");
}

void DeepSeekV2(ConfigKeys& k, Architecture& a) {
  Sizes(k, a);
  // Latent attention has no KV heads; configs give the number of heads.
  Count kv_heads = a.heads;
  k.Whole("num_key_value_heads", kv_heads, a.heads, "num_attention_heads");
  if (k.reading()) a.mla.emplace();
  k.Whole("q_lora_rank", a.mla->q_lora_rank, 0, "null: no query LoRA");
  k.Whole("kv_lora_rank", a.mla->kv_lora_rank);
  k.Whole("qk_nope_head_dim", a.mla->qk_nope_dim);
  k.Whole("qk_rope_head_dim", a.mla->qk_rope_dim);
  k.Whole("v_head_dim", a.mla->v_head_dim);
  Experts(k, a, "n_routed_experts", "moe_intermediate_size");
  k.Whole("n_shared_experts", a.moe->shared, 0);
  k.Whole("first_k_dense_replace", a.moe->dense_layers, 0);
  Count interval = 1;
  k.Whole("moe_layer_freq", interval, 1);
  if (k.reading()) {
    if (interval < 1) k.Fail("moe_layer_freq", "must be at least 1");
    // Layers from the first_k-th on whose number is a multiple of the interval.
    const auto multiples_below = [interval](Count n) { return (n + interval - 1) / interval; };
    a.moe->dense_layers =
        a.layers - multiples_below(a.layers) + multiples_below(a.moe->dense_layers);
  }
  k.Whole("intermediate_size", a.ffn, 0);
  if (a.moe->dense_layers == 0) a.ffn = 0;
  k.Fixed("attention_bias", false, "biases of latent attention are not counted");
  for (const char* key : {"topk_method", "head_dim", "qk_head_dim"}) k.Ignore(key);
  Tied(k, a, false);
}

void DeepSeekV3(ConfigKeys& k, Architecture& a) {
  DeepSeekV2(k, a);
  a.moe->router_bias = true;  // e_score_correction_bias
  if (!k.reading()) return;
  Count predicted = 0;
  k.Whole("num_nextn_predict_layers", predicted, 0);
  if (predicted > 0)
    k.Note(fmt::format("{} multi-token prediction layer(s) not counted", predicted));
}

void GptOss(ConfigKeys& k, Architecture& a) {
  Sizes(k, a);
  KvHeads(k, a);
  k.Whole("head_dim", a.head_dim, 64);
  if (k.reading()) a.moe.emplace();
  k.Whole("num_local_experts", a.moe->experts);
  k.WholeOf({"num_experts_per_tok", "experts_per_token"}, a.moe->active);
  k.Whole("intermediate_size", a.moe->ffn);
  a.moe->router_bias = true;
  a.sinks = true;
  a.biases.ffn = true;
  AttentionBias(k, a, "attention_bias", true);
  Tied(k, a, false);
  Window(k, a, (a.layers + 1) / 2, 128);  // every other layer, from the first on
}

void MiniMaxM2(ConfigKeys& k, Architecture& a) {
  if (!k.reading()) return;
  Sizes(k, a);
  k.Whole("num_key_value_heads", a.kv_heads);
  HeadDim(k, a);
  Experts(k, a, "num_local_experts", "intermediate_size");
  bool norms_of_heads = false;
  k.Flag("use_qk_norm", norms_of_heads, true);
  k.Fixed("qk_norm_type", "per_layer", "only norms over all heads are counted");
  a.qk_norm = norms_of_heads ? QkNorm::kFull : QkNorm::kNone;
  k.Flag("use_routing_bias", a.moe->router_bias, true);
  MergedSharedExperts(k, a, "shared_intermediate_size");
  for (const Json& type : k.List("attn_type_list")) {
    if (type != 1) k.Fail("attn_type_list", "only full attention (1) is counted");
  }
  Count modules = 0;
  k.Whole("num_mtp_modules", modules, 0);
  if (modules > 0) k.Note(fmt::format("{} multi-token prediction module(s) not counted", modules));
  for (const char* key :
       {"use_mtp", "mtp_transformer_layers", "shared_moe_mode", "mlp_intermediate_size",
        "layernorm_full_attention_beta", "layernorm_linear_attention_beta", "layernorm_mlp_beta"}) {
    k.Ignore(key);
  }
  Tied(k, a, false);
  WindowEverywhere(k, a);
}

}  // namespace

// Writing takes the first family that holds an architecture whole, so the plainest come first.
const std::vector<Family>& MoeFamilies() {
  static const std::vector<Family> families = {
      {"mixtral", "MixtralForCausalLM", Mixtral},
      {"qwen2_moe", "Qwen2MoeForCausalLM", Qwen2Moe},
      {"qwen3_moe", "Qwen3MoeForCausalLM", Qwen3Moe},
      {"granitemoeshared", "GraniteMoeSharedForCausalLM", GraniteMoeShared},
      {"deepseek_v2", "DeepseekV2ForCausalLM", DeepSeekV2},
      {"deepseek_v3", "DeepseekV3ForCausalLM", DeepSeekV3},
      {"kimi_k2", "DeepseekV3ForCausalLM", DeepSeekV3},
      {"olmoe", "OlmoeForCausalLM", Olmoe},
      {"granitemoe", "GraniteMoeForCausalLM", GraniteMoe},
      {"gpt_oss", "GptOssForCausalLM", GptOss},
      {"minimax_m2", "MiniMaxM2ForCausalLM", MiniMaxM2},
  };
  return families;
}

}  // namespace perflaw
