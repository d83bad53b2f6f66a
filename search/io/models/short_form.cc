#include "search/io/models/short_form.hpp"

#include "search/base/error.hpp"

namespace perflaw {
namespace {

Count Size(Fields& fields, const char* key, Count least) {
  return fields.Whole(key, least, kMaxWidth);
}
Count Size(Fields& fields, const char* key, Count least, Count fallback) {
  return fields.Whole(key, least, kMaxWidth, fallback);
}

QkNorm ReadQkNorm(Fields& fields) {
  if (!fields.Has("qk_norm")) return QkNorm::kNone;
  const Json& value = fields.Get("qk_norm");
  if (value == false) return QkNorm::kNone;
  if (value == "head") return QkNorm::kHead;
  if (value == "full") return QkNorm::kFull;
  fields.Fail("qk_norm", "must be false, \"head\" or \"full\"");
}

Biases ReadBiases(Fields& fields) {
  if (!fields.Has("biases")) return {};
  Fields biases = fields.Object("biases");
  const Biases read{biases.Flag("qkv", false), biases.Flag("out", false), biases.Flag("ffn", false),
                    biases.Flag("norm", false)};
  biases.Done();
  return read;
}

Mla ReadMla(Fields mla) {
  Mla read;
  read.q_lora_rank = Size(mla, "q_lora_rank", 0, 0);
  read.kv_lora_rank = Size(mla, "kv_lora_rank", 1);
  read.qk_nope_dim = Size(mla, "qk_nope_dim", 0);
  read.qk_rope_dim = Size(mla, "qk_rope_dim", 0);
  read.v_head_dim = Size(mla, "v_head_dim", 1);
  mla.Done();
  return read;
}

void ReadMoeSwitches(Fields& fields, Moe& moe) {
  moe.dense_layers = fields.Whole("dense_layers", 0, kMaxLayers, 0);
  moe.shared_gate = fields.Flag("shared_gate", false);
  moe.router_bias = fields.Flag("router_bias", false);
}

Moe ReadMoe(Fields fields, Count layers) {
  Moe moe;
  moe.experts = Size(fields, "experts", 2);
  moe.active = Size(fields, "active", 1);
  moe.shared = Size(fields, "shared", 0, 0);
  moe.ffn = Size(fields, "ffn", 1);
  ReadMoeSwitches(fields, moe);
  // Every interval-th of the layers after the leading dense ones is a mixture.
  const Count interval = fields.Whole("interval", 1, kMaxLayers, 1);
  moe.dense_layers = layers - (layers - moe.dense_layers) / interval;
  fields.Done();
  return moe;
}

// What reading a whole architecture and a study's template share.
void ReadCommon(Fields& fields, StackTemplate& a) {
  a.vocab = Size(fields, "vocab", 1);
  a.tied_embeddings = fields.Flag("tied_embeddings", false);
  a.gated_ffn = fields.Flag("gated_ffn");
  a.qk_norm = ReadQkNorm(fields);
  a.norms_per_layer = fields.Whole("norms_per_layer", 0, 16, 2);
  a.norm_weights = fields.Flag("norm_weights", true);
  a.embedding_norm = fields.Flag("embedding_norm", false);
  a.learned_positions = Size(fields, "learned_positions", 0, 0);
  a.lm_head_bias = fields.Flag("lm_head_bias", false);
  a.sinks = fields.Flag("sinks", false);
  a.biases = ReadBiases(fields);
  if (fields.Has("mla")) a.mla = ReadMla(fields.Object("mla"));
  if (a.mla) {
    // Latent attention has neither; what stands there is not used.
    Size(fields, "kv_heads", 0, 0);
    Size(fields, "head_dim", 0, 0);
  } else {
    a.kv_heads = Size(fields, "kv_heads", 1);
    a.head_dim = Size(fields, "head_dim", 1);
  }
}

}  // namespace

StackTemplate ReadShortForm(Fields& fields) {
  StackTemplate a;
  a.layers = fields.Whole("layers", 1, kMaxLayers);
  a.hidden = Size(fields, "hidden", 1);
  a.heads = Size(fields, "heads", 1);
  ReadCommon(fields, a);
  a.ffn = Size(fields, "ffn", 0, 0);
  if (fields.Has("moe")) a.moe = ReadMoe(fields.Object("moe"), a.layers);
  if (fields.Has("sliding_window")) {
    Fields window = fields.Object("sliding_window");
    a.sliding_window.tokens = Size(window, "tokens", 1);
    a.sliding_window.layers = window.Whole("layers", 1, kMaxLayers);
    window.Done();
  }
  fields.Done();
  if (const auto bad = Validate(a))
    throw InputError(fields.file(), fields.PathOf(bad->field), bad->value, bad->rule);
  return a;
}

void ReadTemplate(Fields& fields, StackTemplate& a, Moe& moe) {
  ReadCommon(fields, a);
  a.heads = a.mla ? Size(fields, "heads", 1) : Size(fields, "heads", 1, 0);
  if (fields.Has("moe")) {
    Fields switches = fields.Object("moe");
    ReadMoeSwitches(switches, moe);
    switches.Done();
  }
  // Only the dense layers of a MoE have an FFN that is not on the axis.
  if (moe.dense_layers > 0) a.ffn = Size(fields, "ffn", 1);
  fields.Done();
}

Json ToShortForm(const StackTemplate& a) {
  Json out = {
      {"layers", a.layers},     {"hidden", a.hidden},       {"heads", a.heads},
      {"kv_heads", a.kv_heads}, {"head_dim", a.head_dim},   {"vocab", a.vocab},
      {"ffn", a.ffn},           {"gated_ffn", a.gated_ffn}, {"tied_embeddings", a.tied_embeddings}};
  out["qk_norm"] = a.qk_norm == QkNorm::kHead   ? Json("head")
                   : a.qk_norm == QkNorm::kFull ? Json("full")
                                                : Json(false);
  out["norms_per_layer"] = a.norms_per_layer;
  out["norm_weights"] = a.norm_weights;
  out["embedding_norm"] = a.embedding_norm;
  out["learned_positions"] = a.learned_positions;
  out["lm_head_bias"] = a.lm_head_bias;
  out["sinks"] = a.sinks;
  out["biases"] = {
      {"qkv", a.biases.qkv}, {"out", a.biases.out}, {"ffn", a.biases.ffn}, {"norm", a.biases.norm}};
  if (a.sliding_window.layers > 0) {
    out["sliding_window"] = {{"tokens", a.sliding_window.tokens},
                             {"layers", a.sliding_window.layers}};
  }
  if (a.mla) {
    out["mla"] = {{"q_lora_rank", a.mla->q_lora_rank},
                  {"kv_lora_rank", a.mla->kv_lora_rank},
                  {"qk_nope_dim", a.mla->qk_nope_dim},
                  {"qk_rope_dim", a.mla->qk_rope_dim},
                  {"v_head_dim", a.mla->v_head_dim}};
  }
  if (a.moe) {
    out["moe"] = {{"experts", a.moe->experts},
                  {"active", a.moe->active},
                  {"shared", a.moe->shared},
                  {"ffn", a.moe->ffn},
                  {"dense_layers", a.moe->dense_layers},
                  {"shared_gate", a.moe->shared_gate},
                  {"router_bias", a.moe->router_bias}};
  }
  return out;
}

}  // namespace perflaw
