#include "search/io/models/key_judgement.hpp"

#include <algorithm>
#include <string_view>
#include <vector>

namespace perflaw {
namespace {

// Keys of any config that say how to train, sample, serve or keep books. `*` stands for any ending or beginning.
constexpr std::string_view kNothing[] = {"_attn_implementation*",
                                         "_commit_hash",
                                         "_experts_implementation*",
                                         "_name_or_path",
                                         "*_act",
                                         "*_activation",
                                         "*_coef",
                                         "*_dropout",
                                         "*_dtype",
                                         "*_eps",
                                         "*_epsilon",
                                         "*_factor",
                                         "*_fp32",
                                         "*_id",
                                         "*_ids",
                                         "*_init",
                                         "*_init_std",
                                         "*_initializer_range",
                                         "*_jitter",
                                         "*_jitter_noise",
                                         "*_loss_weight",
                                         "*_multiplier",
                                         "*_multipliers",
                                         "*_pdrop",
                                         "*_penalty",
                                         "*_prob",
                                         "*_scale",
                                         "*_scaling",
                                         "*_softcapping",
                                         "*_std",
                                         "*_temperature",
                                         "*_theta",
                                         "*_token_index",
                                         "activation_function",
                                         "add_cross_attention",
                                         "ai_model_id",
                                         "alpha",
                                         "architectures",
                                         "attention_softmax_in_fp32",
                                         "attn_implementation",
                                         "attn_temperature_tuning",
                                         "auto_map",
                                         "aux_loss_alpha",
                                         "bad_words_ids",
                                         "begin_suppress_tokens",
                                         "bias_dropout_fusion",
                                         "cache_implementation",
                                         "chunk_size",
                                         "chunk_size_feed_forward",
                                         "classifier_dropout",
                                         "clip_qkv",
                                         "decoder_start_token_id",
                                         "diversity_penalty",
                                         "do_sample",
                                         "dropout*",
                                         "dtype",
                                         "early_stopping",
                                         "ep_size",
                                         "exponential_decay_length_penalty",
                                         "finetuning_task",
                                         "floor_scale",
                                         "forced_bos_token_id",
                                         "forced_eos_token_id",
                                         "gradient_checkpointing*",
                                         "hidden_act",
                                         "id2label",
                                         "init_std",
                                         "init_method",
                                         "initializer_range",
                                         "initial_context_length",
                                         "is_causal",
                                         "is_decoder",
                                         "is_encoder_decoder",
                                         "keys_to_ignore_at_inference",
                                         "label2id",
                                         "language",
                                         "layerdrop",
                                         "logit_scale",
                                         "logits_scaling",
                                         "masked_softmax_fusion",
                                         "max_length",
                                         "max_position_embedding*",
                                         "max_sequence_length",
                                         "max_seq_len",
                                         "min_length",
                                         "model_max_length",
                                         "model_type",
                                         "moe_permute_fusion",
                                         "n_ctx",
                                         "n_group",
                                         "n_groups_moe",
                                         "n_positions",
                                         "no_repeat_ngram_size",
                                         "encoder_no_repeat_ngram_size",
                                         "norm_topk_prob",
                                         "num_beam_groups",
                                         "num_beams",
                                         "num_experts_group",
                                         "num_labels",
                                         "num_logits_to_keep",
                                         "num_return_sequences",
                                         "offset_alibi",
                                         "original_max_position_embeddings",
                                         "original_rope",
                                         "output_attentions",
                                         "output_hidden_states",
                                         "output_router_logits",
                                         "output_scores",
                                         "partial_rotary_factor",
                                         "prefix",
                                         "pretraining_tp",
                                         "problem_type",
                                         "pruned_heads",
                                         "quantization_config",
                                         "query_pre_attn_scalar",
                                         "remove_invalid_values",
                                         "rescale_prenorm_residual",
                                         "residual_in_fp32",
                                         "return_dict*",
                                         "rms_norm*",
                                         "rope_*",
                                         "rotary_*",
                                         "route_norm",
                                         "route_scale",
                                         "router_activation",
                                         "router_aux_loss_coef",
                                         "scale_attn*",
                                         "score_func*",
                                         "scoring_func*",
                                         "seq_aux",
                                         "seq_length",
                                         "seq_length_training",
                                         "skip_bias_add*",
                                         "sep_token_id",
                                         "suppress_tokens",
                                         "summary_*",
                                         "swiglu_limit*",
                                         "task_specific_params",
                                         "temperature",
                                         "tf_legacy_loss",
                                         "tie_encoder_decoder",
                                         "time_step_*",
                                         "tokenizer_class",
                                         "top_k",
                                         "top_p",
                                         "topk_group",
                                         "topk_method",
                                         "torch_dtype",
                                         "torchscript",
                                         "transformers.js_config",
                                         "transformers_version",
                                         "type_vocab_size",
                                         "typical_p",
                                         "unsloth_*",
                                         "use_bfloat16",
                                         "use_cache*",
                                         "use_flash*",
                                         "use_grouped_topk",
                                         "use_mambapy",
                                         "use_mamba_kernels",
                                         "vllm_*",
                                         "yarn_*",
                                         "z_loss*"};

constexpr std::string_view kSizeWords[] = {
    "size",     "sizes",  "dim",       "dims",    "rank",      "layer",        "layers", "head",
    "heads",    "expert", "experts",   "hidden",  "inter",     "intermediate", "ffn",    "mlp",
    "moe",      "vocab",  "embed",     "embd",    "embedding", "embeddings",   "num",    "n",
    "bias",     "norm",   "layernorm", "tie",     "tied",      "window",       "config", "lora",
    "conv",     "attn",   "attention", "width",   "mtp",       "nextn",        "depth",  "channel",
    "channels", "block",  "blocks",    "adapter", "pattern",   "sparse",       "group",  "groups",
    "state",    "kernel", "latent",    "inner",   "d",         "gate",         "gating", "sink",
    "sinks",    "memory", "loop",      "loops"};

constexpr std::string_view kTowerWords[] = {
    "vision",    "visual", "image",    "audio",      "video", "speech",  "mm",
    "projector", "talker", "code2wav", "multimodal", "vq",    "spatial", "patch"};

bool Matches(std::string_view key, std::string_view pattern) {
  if (pattern.ends_with('*')) return key.starts_with(pattern.substr(0, pattern.size() - 1));
  if (pattern.starts_with('*')) return key.ends_with(pattern.substr(1));
  return key == pattern;
}

bool IsOff(const Json& value) {
  return value.is_null() || value == false || value == 0 ||
         (value.is_string() && value.get_ref<const std::string&>().empty()) ||
         ((value.is_object() || value.is_array()) && value.empty());
}

template <class Words>
bool HasWord(const std::string& key, const Words& words) {
  std::size_t from = 0;
  while (from <= key.size()) {
    const std::size_t to = std::min(key.find('_', from), key.size());
    const std::string_view word = std::string_view(key).substr(from, to - from);
    if (std::find(std::begin(words), std::end(words), word) != std::end(words)) return true;
    from = to + 1;
  }
  return false;
}

}  // namespace

KeyMeaning Judge(const std::string& key, const Json& value) {
  if (IsOff(value)) return KeyMeaning::kNothing;
  if (std::any_of(std::begin(kNothing), std::end(kNothing),
                  [&](auto pattern) { return Matches(key, pattern); }))
    return KeyMeaning::kNothing;
  if (HasWord(key, kTowerWords)) return KeyMeaning::kTower;
  return HasWord(key, kSizeWords) ? KeyMeaning::kMayCarrySize : KeyMeaning::kUnused;
}

}  // namespace perflaw
