// Model families with a dense FFN in every layer.
#include <algorithm>

#include "search/io/models/family_parts.hpp"

namespace perflaw {
namespace {

void LayerNormWithBias(Architecture& a) { a.biases.norm = true; }

void AllBiases(Architecture& a) { a.biases = {true, true, true, true}; }

void Llama(ConfigKeys& k, Architecture& a) {
  Sizes(k, a);
  Attention(k, a);
  k.Whole("intermediate_size", a.ffn);
  AttentionBias(k, a, "attention_bias", false);
  k.Flag("mlp_bias", a.biases.ffn, false);
  Tied(k, a, false);
}

void Mistral(ConfigKeys& k, Architecture& a) {
  Sizes(k, a);
  k.Whole("num_key_value_heads", a.kv_heads);
  HeadDim(k, a);
  k.Whole("intermediate_size", a.ffn);
  Tied(k, a, false);
  // Absent is the class's own window; null is none.
  if (k.reading() && !k.fields().Has("sliding_window")) return Window(k, a, a.layers, 4096);
  WindowEverywhere(k, a);
}

void Qwen2(ConfigKeys& k, Architecture& a) {
  Sizes(k, a);
  k.Whole("num_key_value_heads", a.kv_heads);
  HeadDim(k, a);
  k.Whole("intermediate_size", a.ffn);
  a.biases.qkv = true;
  Tied(k, a, false);
  QwenWindow(k, a);
}

void Qwen3(ConfigKeys& k, Architecture& a) {
  Sizes(k, a);
  k.Whole("num_key_value_heads", a.kv_heads);
  k.Whole("head_dim", a.head_dim, 128);
  k.Whole("intermediate_size", a.ffn);
  AttentionBias(k, a, "attention_bias", false);
  a.qk_norm = QkNorm::kHead;
  Tied(k, a, false);
  QwenWindow(k, a);
}

void Gemma(ConfigKeys& k, Architecture& a) {
  Sizes(k, a);
  k.Whole("num_key_value_heads", a.kv_heads);
  k.Whole("head_dim", a.head_dim, 256);
  k.Whole("intermediate_size", a.ffn);
  AttentionBias(k, a, "attention_bias", false);
  Tied(k, a, true);
}

void Gemma2(ConfigKeys& k, Architecture& a) {
  Gemma(k, a);
  a.norms_per_layer = 4;
  Window(k, a, (a.layers + 1) / 2, 4096);  // every other layer, from the first on
  k.Fixed("sliding_window_size", a.sliding_window.tokens, "contradicts sliding_window");
}

// Published configs leave much to the class: every default is noted.
void Gemma3Text(ConfigKeys& k, Architecture& a) {
  k.Whole("num_hidden_layers", a.layers, 26);
  k.Whole("hidden_size", a.hidden, 2304);
  k.Whole("num_attention_heads", a.heads, 8);
  k.Whole("vocab_size", a.vocab, 262208);
  k.Whole("num_key_value_heads", a.kv_heads, 4);
  k.Whole("head_dim", a.head_dim, 256);
  k.Whole("intermediate_size", a.ffn, 9216);
  AttentionBias(k, a, "attention_bias", false);
  Tied(k, a, true);
  a.qk_norm = QkNorm::kHead;
  a.norms_per_layer = 4;
  Count pattern = 6;  // five sliding layers, then a full one
  if (k.reading()) {
    const bool underscored = k.Given("_sliding_window_pattern");
    k.Whole(underscored ? "_sliding_window_pattern" : "sliding_window_pattern", pattern, 6);
    k.Ignore("_sliding_window_pattern");
  }
  if (pattern < 1) k.Fail("sliding_window_pattern", "must be at least 1");
  Window(k, a, a.layers - a.layers / pattern, 4096);
}

void Phi(ConfigKeys& k, Architecture& a) {
  Sizes(k, a);
  Attention(k, a);
  k.Whole("intermediate_size", a.ffn);
  k.Fixed("qk_layernorm", false, "q/k norms of this family are not counted");
  a.gated_ffn = false;
  a.norms_per_layer = 1;
  AllBiases(a);
  a.lm_head_bias = true;
  Tied(k, a, false);
}

void Phi3(ConfigKeys& k, Architecture& a) {
  Sizes(k, a);
  Attention(k, a);
  k.Whole("intermediate_size", a.ffn);
  k.Fixed("attention_bias", false, "this family has no attention biases");
  Tied(k, a, false);
  WindowEverywhere(k, a);
}

void GptNeox(ConfigKeys& k, Architecture& a) {
  Sizes(k, a);
  a.kv_heads = a.heads;
  a.head_dim = DerivedHeadDim(k, a);
  k.Whole("intermediate_size", a.ffn);
  a.gated_ffn = false;
  a.biases.ffn = true;
  LayerNormWithBias(a);
  AttentionBias(k, a, "attention_bias", true);
  k.Ignore("use_parallel_residual");  // two norms either way
  Tied(k, a, false);
}

void Opt(ConfigKeys& k, Architecture& a) {
  Sizes(k, a);
  a.kv_heads = a.heads;
  a.head_dim = DerivedHeadDim(k, a);
  k.Whole("ffn_dim", a.ffn);
  Count positions = 0;
  k.Whole("max_position_embeddings", positions);
  a.learned_positions = positions + 2;  // the class keeps two rows for padding
  k.Fixed("word_embed_proj_dim", a.hidden,
          "projected embeddings are not counted: must equal hidden_size");
  k.Fixed("do_layer_norm_before", true,
          "the variant with norms behind has no final norm and is not counted");
  k.Fixed("_remove_final_layer_norm", false, "the variant without a final norm is not counted");
  k.Fixed("enable_bias", true, "must be true");
  k.Fixed("layer_norm_elementwise_affine", true, "must be true");
  a.gated_ffn = false;
  AllBiases(a);
  Tied(k, a, true);
}

void Bloom(ConfigKeys& k, Architecture& a) {
  k.WholeOf({"n_layer", "num_hidden_layers"}, a.layers);
  k.WholeOf({"hidden_size", "n_embed"}, a.hidden);
  k.WholeOf({"n_head", "num_attention_heads"}, a.heads);
  k.Whole("vocab_size", a.vocab);
  k.Fixed("n_inner", 4 * a.hidden, "this family's FFN is 4 x hidden");
  k.Ignore("apply_residual_connection_post_layernorm");
  a.kv_heads = a.heads;
  a.head_dim = DerivedHeadDim(k, a);
  a.ffn = 4 * a.hidden;
  a.gated_ffn = false;
  a.embedding_norm = true;
  AllBiases(a);
  Tied(k, a, true);
}

void Falcon(ConfigKeys& k, Architecture& a) {
  if (!k.reading()) return;
  k.WholeOf({"num_hidden_layers", "n_layer"}, a.layers);
  k.Whole("hidden_size", a.hidden);
  k.WholeOf({"num_attention_heads", "n_head"}, a.heads);
  k.Whole("vocab_size", a.vocab);
  a.head_dim = DerivedHeadDim(k, a);
  bool grouped = false, multi_query = true, parallel = true, bias = false;
  k.Flag("new_decoder_architecture", grouped, false);
  k.Flag("multi_query", multi_query, true);
  k.Flag("parallel_attn", parallel, true);
  k.Flag("bias", bias, false);
  a.biases = {bias, bias, bias, true};
  if (grouped) {
    k.WholeOf({"num_kv_heads", "n_head_kv"}, a.kv_heads);
  } else {
    a.kv_heads = multi_query ? 1 : a.heads;
  }
  k.Ignore("num_kv_heads");  // without the new architecture the class does not use it
  k.Whole("ffn_hidden_size", a.ffn, 4 * a.hidden, "4 x hidden_size");
  k.Ignore("ff_factor");
  a.gated_ffn = false;
  Count norms = grouped || !parallel ? 2 : 1;
  k.Whole("num_ln_in_parallel_attn", norms, norms);
  a.norms_per_layer = norms;
  k.Ignore("apply_residual_connection_post_layernorm");
  Tied(k, a, true);
}

void Gpt2(ConfigKeys& k, Architecture& a) {
  k.Whole("n_layer", a.layers);
  k.Whole("n_embd", a.hidden);
  k.Whole("n_head", a.heads);
  k.Whole("vocab_size", a.vocab);
  k.Whole("n_positions", a.learned_positions);
  a.kv_heads = a.heads;
  a.head_dim = DerivedHeadDim(k, a);
  k.Whole("n_inner", a.ffn, 4 * a.hidden, "4 x n_embd");
  k.Fixed("add_cross_attention", false, "cross attention is not counted");
  a.gated_ffn = false;
  AllBiases(a);
  Tied(k, a, true);
}

void Starcoder2(ConfigKeys& k, Architecture& a) {
  Sizes(k, a);
  k.Whole("num_key_value_heads", a.kv_heads);
  a.head_dim = DerivedHeadDim(k, a);
  k.Whole("intermediate_size", a.ffn);
  AttentionBias(k, a, "use_bias", true);
  a.biases.ffn = a.biases.qkv;
  LayerNormWithBias(a);
  a.gated_ffn = false;
  k.Fixed("mlp_type", "default", "only the plain FFN of this family is counted");
  k.Fixed("norm_type", "layer_norm", "only layer norms with a shift are counted");
  Tied(k, a, true);
  WindowEverywhere(k, a);
}

void StableLm(ConfigKeys& k, Architecture& a) {
  Sizes(k, a);
  KvHeads(k, a);
  a.head_dim = DerivedHeadDim(k, a);
  k.Whole("intermediate_size", a.ffn);
  k.Flag("use_qkv_bias", a.biases.qkv, false);
  bool norms_of_heads = false, parallel = false;
  if (k.reading()) {
    k.Flag("qk_layernorm", norms_of_heads, false);
    k.Flag("use_parallel_residual", parallel, false);
  }
  a.qk_norm = norms_of_heads ? QkNorm::kFull : QkNorm::kNone;
  a.norms_per_layer = parallel ? 1 : 2;
  LayerNormWithBias(a);
  k.Ignore("use_norm_bias");  // of the q/k norms, which have none in the class
  Tied(k, a, false);
}

void Olmo(ConfigKeys& k, Architecture& a) {
  Sizes(k, a);
  KvHeads(k, a);
  a.head_dim = DerivedHeadDim(k, a);
  k.Whole("intermediate_size", a.ffn);
  AttentionBias(k, a, "attention_bias", false);
  a.norm_weights = false;
  Tied(k, a, false);
}

void Olmo2(ConfigKeys& k, Architecture& a) {
  Sizes(k, a);
  KvHeads(k, a);
  a.head_dim = DerivedHeadDim(k, a);
  k.Whole("intermediate_size", a.ffn);
  AttentionBias(k, a, "attention_bias", false);
  a.qk_norm = QkNorm::kFull;
  Tied(k, a, false);
}

void InternLm2(ConfigKeys& k, Architecture& a) {
  Sizes(k, a);
  KvHeads(k, a);
  a.head_dim = DerivedHeadDim(k, a);
  k.Whole("intermediate_size", a.ffn);
  AttentionBias(k, a, "bias", true);
  Tied(k, a, false);
}

void ChatGlm(ConfigKeys& k, Architecture& a) {
  if (!k.reading()) return;
  k.WholeOf({"num_layers", "num_hidden_layers"}, a.layers);
  k.Whole("hidden_size", a.hidden);
  k.Whole("num_attention_heads", a.heads);
  k.WholeOf({"padded_vocab_size", "vocab_size"}, a.vocab);
  k.Whole("kv_channels", a.head_dim);
  k.Whole("ffn_hidden_size", a.ffn);
  bool grouped = false;
  k.Flag("multi_query_attention", grouped, false);
  a.kv_heads = a.heads;
  if (grouped) k.Whole("multi_query_group_num", a.kv_heads);
  k.Ignore("multi_query_group_num");
  k.Flag("add_bias_linear", a.biases.out, false);
  a.biases.ffn = a.biases.out;
  k.Flag("add_qkv_bias", a.biases.qkv, false);
  a.biases.qkv = a.biases.qkv || a.biases.out;
  k.Fixed("rmsnorm", true, "only RMS norms are counted");
  k.Fixed("post_layer_norm", true, "the variant without a final norm is not counted");
  for (const char* key :
       {"apply_query_key_layer_scaling", "apply_residual_connection_post_layernorm"})
    k.Ignore(key);
  k.Fixed("pre_seq_len", nullptr, "prefix encoders are not counted");
  Tied(k, a, false);
}

void Glm(ConfigKeys& k, Architecture& a) {
  Sizes(k, a);
  k.Whole("num_key_value_heads", a.kv_heads);
  k.Whole("head_dim", a.head_dim, 128);
  k.Whole("intermediate_size", a.ffn);
  k.Flag("attention_bias", a.biases.qkv, false);  // the out projection has none
  Tied(k, a, false);
}

void Glm4(ConfigKeys& k, Architecture& a) {
  Glm(k, a);
  a.norms_per_layer = 4;
}

void Cohere(ConfigKeys& k, Architecture& a) {
  Sizes(k, a);
  KvHeads(k, a);
  a.head_dim = DerivedHeadDim(k, a);
  k.Whole("intermediate_size", a.ffn);
  AttentionBias(k, a, "attention_bias", false);
  bool norms_of_heads = a.qk_norm == QkNorm::kFull;
  k.Flag("use_qk_norm", norms_of_heads, false);
  a.qk_norm = norms_of_heads ? QkNorm::kFull : QkNorm::kNone;
  a.norms_per_layer = 1;
  Tied(k, a, true);
}

}  // namespace

// Writing takes the first family that holds an architecture whole, so the plainest come first.
const std::vector<Family>& DenseFamilies() {
  static const std::vector<Family> families = {
      {"llama", "LlamaForCausalLM", Llama},
      {"qwen2", "Qwen2ForCausalLM", Qwen2},
      {"qwen3", "Qwen3ForCausalLM", Qwen3},
      {"mistral", "MistralForCausalLM", Mistral},
      {"gemma", "GemmaForCausalLM", Gemma},
      {"gemma2", "Gemma2ForCausalLM", Gemma2},
      {"gemma3_text", "Gemma3ForCausalLM", Gemma3Text},
      {"phi", "PhiForCausalLM", Phi},
      {"phi3", "Phi3ForCausalLM", Phi3},
      {"gpt_neox", "GPTNeoXForCausalLM", GptNeox},
      {"opt", "OPTForCausalLM", Opt},
      {"bloom", "BloomForCausalLM", Bloom},
      {"falcon", "FalconForCausalLM", Falcon},
      {"gpt2", "GPT2LMHeadModel", Gpt2},
      {"starcoder2", "Starcoder2ForCausalLM", Starcoder2},
      {"stablelm", "StableLmForCausalLM", StableLm},
      {"olmo", "OlmoForCausalLM", Olmo},
      {"olmo2", "Olmo2ForCausalLM", Olmo2},
      {"granite", "GraniteForCausalLM", Llama},
      {"internlm2", "InternLM2ForCausalLM", InternLm2},
      {"chatglm", "ChatGLMModel", ChatGlm},
      {"glm", "GlmForCausalLM", Glm},
      {"glm4", "Glm4ForCausalLM", Glm4},
      {"cohere", "CohereForCausalLM", Cohere},
  };
  return families;
}

}  // namespace perflaw
