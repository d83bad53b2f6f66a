// ConfigKeys of families.hpp, and the keys that no family needs.
#include <algorithm>
#include <array>

#include "search/base/error.hpp"
#include "search/io/models/families.hpp"

namespace perflaw {
namespace {

constexpr std::array<std::string_view, 4> kPrefixes = {"_attn_implementation", "rope_", "rotary_",
                                                       "summary_"};
constexpr std::array<std::string_view, 5> kSuffixes = {"_token_id", "_dropout", "_pdrop",
                                                       "_loss_coef", "_eps"};
constexpr std::string_view kNeutral[] = {"_name_or_path",
                                         "_commit_hash",
                                         "activation_function",
                                         "architectures",
                                         "attention_multiplier",
                                         "attention_softmax_in_fp32",
                                         "attention_probs_dropout_prob",
                                         "attn_implementation",
                                         "attn_logit_softcapping",
                                         "auto_map",
                                         "aux_loss_alpha",
                                         "bias_dropout_fusion",
                                         "cache_implementation",
                                         "chunk_size_feed_forward",
                                         "classifier_dropout",
                                         "clip_qkv",
                                         "dropout",
                                         "dtype",
                                         "embedding_multiplier",
                                         "ep_size",
                                         "final_logit_softcapping",
                                         "fp32_residual_connection",
                                         "gradient_checkpointing",
                                         "hidden_act",
                                         "hidden_activation",
                                         "hidden_dropout_prob",
                                         "id2label",
                                         "init_std",
                                         "initializer_range",
                                         "initial_context_length",
                                         "is_decoder",
                                         "is_encoder_decoder",
                                         "label2id",
                                         "layer_norm_epsilon",
                                         "layerdrop",
                                         "layernorm_epsilon",
                                         "logit_scale",
                                         "logits_scaling",
                                         "masked_softmax_fusion",
                                         "max_position_embeddings",
                                         "max_sequence_length",
                                         "model_max_length",
                                         "model_type",
                                         "n_ctx",
                                         "n_group",
                                         "n_positions",
                                         "norm_epsilon",
                                         "norm_topk_prob",
                                         "num_logits_to_keep",
                                         "offset_alibi",
                                         "original_max_position_embeddings",
                                         "original_rope",
                                         "output_attentions",
                                         "output_hidden_states",
                                         "output_router_logits",
                                         "partial_rotary_factor",
                                         "pretraining_tp",
                                         "quantization_config",
                                         "query_pre_attn_scalar",
                                         "reorder_and_upcast_attn",
                                         "residual_multiplier",
                                         "routed_scaling_factor",
                                         "router_jitter_noise",
                                         "scale_attention_softmax_in_fp32",
                                         "scale_attn_by_inverse_layer_idx",
                                         "scale_attn_weights",
                                         "scoring_func",
                                         "seq_aux",
                                         "seq_length",
                                         "skip_bias_add",
                                         "skip_bias_add_qkv",
                                         "swiglu_limit",
                                         "task_specific_params",
                                         "tokenizer_class",
                                         "topk_group",
                                         "torch_dtype",
                                         "transformers_version",
                                         "type_vocab_size",
                                         "use_cache"};
constexpr std::string_view kSizeWords[] = {
    "size",    "dim",    "rank",    "layer",   "head",   "expert",    "hidden", "inter", "ffn",
    "mlp",     "moe",    "vocab",   "embed",   "num_",   "n_",        "bias",   "norm",  "tie",
    "window",  "config", "lora",    "conv",    "attn",   "attention", "width",  "mtp",   "depth",
    "channel", "block",  "adapter", "pattern", "sparse", "group"};

}  // namespace

bool ConfigKeys::Given(const std::string& key) const {
  const Json* value = fields_->Find(key);
  return value && !value->is_null();
}

void ConfigKeys::Used(const std::string& key, const std::string& value, const std::string& source) {
  defaults_->push_back(fmt::format("{} = {} ({})", fields_->PathOf(key), value, source));
}

void ConfigKeys::Whole(const std::string& key, Count& value) {
  if (reading()) {
    value = fields_->Whole(key, 0, kMaxWidth);
    keys_[&value] = key;
  } else {
    (*out_)[key] = value;
  }
}

void ConfigKeys::Whole(const std::string& key, Count& value, Count fallback,
                       const std::string& source) {
  if (!reading() || Given(key)) return Whole(key, value);
  fields_->Skip(key);
  value = fallback;
  Used(key, fmt::to_string(fallback), source);
}

void ConfigKeys::WholeOf(std::initializer_list<const char*> keys, Count& value) {
  if (!reading()) return Whole(*keys.begin(), value);
  const char* first = nullptr;
  for (const char* key : keys) {
    if (!Given(key)) {
      fields_->Skip(key);
      continue;
    }
    Count read = 0;
    Whole(key, read);
    if (first && read != value) Fail(key, fmt::format("contradicts {} = {}", first, value));
    value = read;
    keys_[&value] = key;
    if (!first) first = key;
  }
  if (!first) Whole(*keys.begin(), value);
}

void ConfigKeys::Flag(const std::string& key, bool& value, bool fallback) {
  if (!reading()) {
    (*out_)[key] = value;
  } else if (Given(key)) {
    value = fields_->Flag(key);
  } else {
    fields_->Skip(key);
    value = fallback;
    Used(key, fallback ? "true" : "false", "class default");
  }
}

void ConfigKeys::Fixed(const std::string& key, const Json& value, const std::string& rule) {
  if (!reading()) return;
  fields_->Skip(key);
  if (Given(key) && fields_->Get(key) != value) Fail(key, rule);
}

std::vector<Json> ConfigKeys::List(const std::string& key) {
  fields_->Skip(key);
  if (!Given(key)) return {};
  const Json& list = fields_->Get(key);
  if (!list.is_array()) Fail(key, "must be a list");
  return {list.begin(), list.end()};
}

std::string ConfigKeys::KeyOf(const Count* value, const std::string& field) const {
  const auto at = keys_.find(value);
  return fields_->PathOf(at == keys_.end() ? field : at->second);
}

void ConfigKeys::Note(const std::string& note) {
  if (reading()) notes_->push_back(note);
}

void ConfigKeys::Ignore(const std::string& key) {
  if (reading()) fields_->Skip(key);
}

UnknownKey Classify(const std::string& key) {
  const auto contains = [&](std::string_view word) { return key.find(word) != std::string::npos; };
  if (std::any_of(kPrefixes.begin(), kPrefixes.end(), [&](auto p) { return key.starts_with(p); }) ||
      std::any_of(kSuffixes.begin(), kSuffixes.end(), [&](auto x) { return key.ends_with(x); }) ||
      std::find(std::begin(kNeutral), std::end(kNeutral), key) != std::end(kNeutral)) {
    return UnknownKey::kNeutral;
  }
  const bool suspect = std::any_of(std::begin(kSizeWords), std::end(kSizeWords), contains);
  return suspect ? UnknownKey::kMayCarrySize : UnknownKey::kUnused;
}

}  // namespace perflaw
