#include "search/io/models/key_judgement.hpp"

#include <algorithm>
#include <string_view>
#include <vector>

namespace perflaw {
namespace {

// Keys of any config that say how to train, sample, serve or keep books. `*` stands for any ending or beginning.
constexpr std::string_view kBookkeeping[] = {"*_act",
                                             "*_activation",
                                             "*_coef",
                                             "*_dropout",
                                             "*_dropout_p",
                                             "*_dt_max",
                                             "*_dt_min",
                                             "*_dtype",
                                             "*_eps",
                                             "*_epsilon",
                                             "*_floor",
                                             "*_fp32",
                                             "*_init",
                                             "*_init_std",
                                             "*_initializer_range",
                                             "*_jitter",
                                             "*_jitter_noise",
                                             "*_log_max",
                                             "*_logit_cap",
                                             "*_loss_alpha",
                                             "*_loss_beta",
                                             "*_loss_weight",
                                             "*_pdrop",
                                             "*_penalty",
                                             "*_prob",
                                             "*_soft_cap",
                                             "*_softcap",
                                             "*_softcapping",
                                             "*_std",
                                             "*_temperature",
                                             "*_theta",
                                             "*_token_id",
                                             "*_token_ids",
                                             "*_token_index",
                                             "*capacity_factor",
                                             "*drop_rate",
                                             "*dropout_rate",
                                             "*rotary_factor",
                                             "*sampling_rate",
                                             "*scaling_factor",
                                             "_attn_implementation*",
                                             "_commit_hash",
                                             "_experts_implementation*",
                                             "_name_or_path",
                                             "activation_function",
                                             "ai_model_id",
                                             "alpha",
                                             "architectures",
                                             "attention_in_multiplier",
                                             "attention_multiplier",
                                             "attention_out_multiplier",
                                             "attention_softmax_in_fp32",
                                             "attn_implementation",
                                             "attn_scale",
                                             "attn_temperature_tuning",
                                             "auto_map",
                                             "aux_loss_alpha",
                                             "bad_words_ids",
                                             "begin_suppress_tokens",
                                             "bias_dropout_fusion",
                                             "cache_implementation",
                                             "chunk_size",
                                             "chunk_size_feed_forward",
                                             "clip_qkv",
                                             "decoder_start_token_id",
                                             "diversity_penalty",
                                             "do_sample",
                                             "dropout*",
                                             "dtype",
                                             "early_stopping",
                                             "embed_scale",
                                             "embedding_multiplier",
                                             "encoder_no_repeat_ngram_size",
                                             "ep_size",
                                             "exponential_decay_length_penalty",
                                             "finetuning_task",
                                             "floor_scale",
                                             "forced_bos_token_id",
                                             "forced_eos_token_id",
                                             "gradient_checkpointing*",
                                             "hidden_act",
                                             "id2label",
                                             "init_method",
                                             "init_std",
                                             "initial_context_length",
                                             "initializer_range",
                                             "is_causal",
                                             "is_decoder",
                                             "key_multiplier",
                                             "keys_to_ignore_at_inference",
                                             "label2id",
                                             "language",
                                             "layerdrop",
                                             "learning_rate",
                                             "lm_head_multiplier",
                                             "logit_scale",
                                             "logits_scaling",
                                             "masked_softmax_fusion",
                                             "max_length",
                                             "max_position_embedding*",
                                             "max_seq_len",
                                             "max_sequence_length",
                                             "min_length",
                                             "mlp_multipliers",
                                             "model_max_length",
                                             "model_type",
                                             "moe_permute_fusion",
                                             "n_ctx",
                                             "n_group",
                                             "n_groups_moe",
                                             "n_positions",
                                             "no_repeat_ngram_size",
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
                                             "partial_rotary_factors",
                                             "prefix",
                                             "pretraining_tp",
                                             "problem_type",
                                             "quantization_config",
                                             "query_pre_attn_scalar",
                                             "remove_invalid_values",
                                             "rescale_prenorm_residual",
                                             "residual_in_fp32",
                                             "residual_multiplier",
                                             "return_dict*",
                                             "rms_norm",
                                             "rope_interleave",
                                             "rope_local_base_freq",
                                             "rope_parameters",
                                             "rope_ratio",
                                             "rope_scaling",
                                             "rope_type",
                                             "rotary_base",
                                             "rotary_dim",
                                             "rotary_emb_base",
                                             "rotary_emb_fraction",
                                             "rotary_pct",
                                             "route_norm",
                                             "route_scale",
                                             "router_activation",
                                             "router_aux_loss_coef",
                                             "router_scale",
                                             "scale_attn_by_inverse_layer_idx",
                                             "scale_attn_weights",
                                             "score_func",
                                             "score_function",
                                             "scoring_func",
                                             "sep_token_id",
                                             "seq_aux",
                                             "seq_length",
                                             "seq_length_training",
                                             "skip_bias_add*",
                                             "ssm_in_multiplier",
                                             "ssm_multipliers",
                                             "ssm_out_multiplier",
                                             "summary_activation",
                                             "summary_first_dropout",
                                             "summary_proj_to_labels",
                                             "summary_type",
                                             "summary_use_proj",
                                             "suppress_tokens",
                                             "swiglu_limit",
                                             "swiglu_limits",
                                             "swiglu_limits_shared",
                                             "task_specific_params",
                                             "temperature",
                                             "tf_legacy_loss",
                                             "time_step_floor",
                                             "time_step_init_scheme",
                                             "time_step_limit",
                                             "time_step_max",
                                             "time_step_min",
                                             "time_step_scale",
                                             "tokenizer_class",
                                             "top_k",
                                             "top_p",
                                             "topk_group",
                                             "topk_method",
                                             "torch_dtype",
                                             "torchscript",
                                             "transformers.js_config",
                                             "transformers_version",
                                             "typical_p",
                                             "unsloth_*",
                                             "use_bfloat16",
                                             "use_cache*",
                                             "use_flash_attention",
                                             "use_flash_attention_2",
                                             "use_flash_attn",
                                             "use_grouped_topk",
                                             "use_mamba_kernels",
                                             "use_mambapy",
                                             "vllm_*",
                                             "z_loss*"};

// The same, where none of the words below is in the key.
constexpr std::string_view kBookkeepingUnlessSize[] = {
    "*_factor",  "*_id",          "*_ids",       "*_multiplier", "*_multipliers", "*_scale",
    "*_scaling", "rope_*",        "rotary_*",    "scale_attn*",  "score_func*",   "scoring_func*",
    "summary_*", "swiglu_limit*", "time_step_*", "use_flash*",   "yarn_*"};

constexpr std::string_view kSizeWords[] = {
    "adapter",    "adapters", "attention",  "attn",      "bias",         "biases",  "block",
    "blocks",     "channel",  "channels",   "config",    "conv",         "cross",   "d",
    "dense",      "depth",    "dim",        "dims",      "embd",         "embed",   "embedding",
    "embeddings", "encoder",  "expand",     "expansion", "expert",       "experts", "ff",
    "ffn",        "gate",     "gating",     "group",     "groups",       "head",    "headdim",
    "heads",      "hidden",   "inner",      "inter",     "intermediate", "kernel",  "kv",
    "latent",     "layer",    "layernorm",  "layers",    "loop",         "loops",   "lora",
    "mem",        "memory",   "mlp",        "moe",       "mtp",          "mult",    "multiple",
    "n",          "nextn",    "ngram",      "ngroups",   "norm",         "norms",   "num",
    "pattern",    "proj",     "projection", "pruned",    "qk",           "qkv",     "query",
    "rank",       "ranks",    "rate",       "rates",     "ratio",        "ratios",  "share",
    "shared",     "sharing",  "sink",       "sinks",     "size",         "sizes",   "sparse",
    "state",      "tie",      "tied",       "value",     "vocab",        "width",   "widths",
    "window",     "windows"};

constexpr std::string_view kTowerWords[] = {
    "aligner", "audio",     "clip",      "code2wav", "codec",     "connector", "diffusion",
    "dit",     "gen",       "image",     "images",   "img",       "mm",        "multimodal",
    "patch",   "perceiver", "projector", "qformer",  "resampler", "sam",       "siglip",
    "spatial", "speaker",   "speech",    "talker",   "token2wav", "tts",       "vae",
    "video",   "vis",       "vision",    "visual",   "vit",       "vocoder",   "vq"};

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

bool NamesTower(const std::string& key) { return HasWord(key, kTowerWords); }

KeyMeaning Judge(const std::string& key, const Json& value) {
  const auto any = [&](const auto& patterns) {
    return std::any_of(std::begin(patterns), std::end(patterns),
                       [&](auto pattern) { return Matches(key, pattern); });
  };
  if (IsOff(value) || any(kBookkeeping)) return KeyMeaning::kNothing;
  const bool sizes = HasWord(key, kSizeWords);
  if (NamesTower(key) && (value.is_object() || !sizes)) return KeyMeaning::kTower;
  if (sizes) return KeyMeaning::kMayCarrySize;
  return any(kBookkeepingUnlessSize) ? KeyMeaning::kNothing : KeyMeaning::kUnused;
}

}  // namespace perflaw
