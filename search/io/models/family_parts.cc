#include "search/io/models/family_parts.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace perflaw {

void Sizes(ConfigKeys& k, Architecture& a) {
  k.Whole("num_hidden_layers", a.layers);
  k.Whole("hidden_size", a.hidden);
  k.Whole("num_attention_heads", a.heads);
  k.Whole("vocab_size", a.vocab);
}

Count DerivedHeadDim(ConfigKeys& k, const Architecture& a) {
  if (!k.reading()) return 0;
  if (a.heads < 1 || a.hidden % a.heads != 0) {
    k.Fail("hidden_size",
           fmt::format("must be a multiple of the {} attention heads where head_dim is not given",
                       a.heads));
  }
  return a.hidden / a.heads;
}

void HeadDim(ConfigKeys& k, Architecture& a) {
  const bool derived = k.reading() && !k.Given("head_dim");
  k.Whole("head_dim", a.head_dim, derived ? DerivedHeadDim(k, a) : 0,
          "hidden_size / num_attention_heads");
}

void KvHeads(ConfigKeys& k, Architecture& a) {
  k.Whole("num_key_value_heads", a.kv_heads, a.heads, "num_attention_heads");
}

void Attention(ConfigKeys& k, Architecture& a) {
  KvHeads(k, a);
  HeadDim(k, a);
}

void AttentionBias(ConfigKeys& k, Architecture& a, const char* key, bool fallback) {
  k.Flag(key, a.biases.qkv, fallback);
  a.biases.out = a.biases.qkv;
}

void Tied(ConfigKeys& k, Architecture& a, bool fallback) {
  k.Flag("tie_word_embeddings", a.tied_embeddings, fallback);
}

void Window(ConfigKeys& k, Architecture& a, Count sliding_layers, Count fallback_tokens) {
  if (!k.reading()) return;
  k.Whole("sliding_window", a.sliding_window.tokens, fallback_tokens);
  a.sliding_window.layers = sliding_layers;
  if (const auto types = k.List("layer_types"); !types.empty()) {
    if (static_cast<Count>(types.size()) != a.layers) {
      k.Fail("layer_types", "must be a list with one entry a layer");
    }
    a.sliding_window.layers = 0;
    for (const Json& type : types) {
      if (type != "sliding_attention" && type != "full_attention") {
        k.Fail("layer_types", "may hold full_attention and sliding_attention only");
      }
      a.sliding_window.layers += type == "sliding_attention" ? 1 : 0;
    }
  }
  if (a.sliding_window.tokens == 0 || a.sliding_window.layers == 0) a.sliding_window = {};
}

void WindowEverywhere(ConfigKeys& k, Architecture& a) {
  if (k.reading() && k.Given("sliding_window")) return Window(k, a, a.layers, 0);
  k.Ignore("sliding_window");
  k.Ignore("layer_types");
}

void QwenWindow(ConfigKeys& k, Architecture& a) {
  if (!k.reading()) return;
  bool used = false;
  k.Flag("use_sliding_window", used, false);
  Count full_layers = a.layers;
  const bool null_window = k.fields().Has("sliding_window") && !k.Given("sliding_window");
  if (used && !null_window) {
    k.Whole("max_window_layers", full_layers);
    Window(k, a, std::max<Count>(0, a.layers - full_layers), 4096);
  }
  for (const char* key : {"sliding_window", "max_window_layers", "layer_types"}) k.Ignore(key);
}

}  // namespace perflaw
