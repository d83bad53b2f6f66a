#include "search/io/models/short_form.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "engine/block_fields.hpp"
#include "search/base/error.hpp"

namespace perflaw {
namespace {

const Json kNoFields = Json::object();

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

LatentSizes ReadMla(Fields mla) {
  LatentSizes read;
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
  moe.shared_ffn = Size(fields, "shared_ffn", 0, 0);
}

// A mixer's fields by name; what is left out stays as it is, heads of 0 are the stack's.
class MixerFields {
 public:
  MixerFields(Fields& fields, const Block& mixer)
      : fields_(fields),
        heads_follow_(std::holds_alternative<SoftmaxAttention<Count>>(mixer) ||
                      std::holds_alternative<LatentAttention<Count>>(mixer)) {}
  void Size(std::string_view name, Count& value, Count least) {
    const std::string key(name);
    if (heads_follow_ && key == "heads") least = 0;
    if (fields_.Has(key) || value < least) value = fields_.Whole(key, least, kMaxWidth);
  }
  void Large(std::string_view name, Count& value) { Size(name, value, 0); }
  void Flag(std::string_view name, bool& value) { value = fields_.Flag(std::string(name), value); }
  template <class E, class Words>
  void Word(std::string_view name, E& value, const Words& words) {
    const std::string key(name);
    if (!fields_.Has(key)) return;
    const auto at = std::find(words.begin(), words.end(), fields_.Text(key));
    if (at == words.end())
      fields_.Fail(key, fmt::format("must be one of {}", fmt::join(words, ", ")));
    value = static_cast<E>(at - words.begin());
  }

 private:
  Fields& fields_;
  bool heads_follow_;
};

// What a mixer is before its own fields are read: attention as the template has it.
Block MixerOf(std::size_t kind, const StackTemplate& a) {
  Block block = BlockOfKind(kind);
  const TemplateSizes<Count> own;  // of 0 heads, which are the template's
  if (std::holds_alternative<SoftmaxAttention<Count>>(block) && !a.mla) SetMixer(a, own, 0, block);
  if (std::holds_alternative<LatentAttention<Count>>(block) && a.mla) SetMixer(a, own, 0, block);
  return block;
}

Block ReadMixer(Fields& fields, const std::string& name, const StackTemplate& a) {
  const bool given = fields.Has(name);
  Fields mixer =
      given ? fields.Object(name) : Fields(kNoFields, fields.file(), fields.PathOf(name));
  const std::string kind_name = given && mixer.Has("kind") ? mixer.Text("kind") : name;
  std::vector<std::string_view> kinds;
  for (const BlockName& kind : kBlockNames) {
    if (kind.is_mixer && kind.key != "indexer") kinds.push_back(kind.key);
  }
  const auto kind = std::find_if(kBlockNames.begin(), kBlockNames.end(),
                                 [&](const BlockName& known) { return known.key == kind_name; });
  if (std::find(kinds.begin(), kinds.end(), kind_name) == kinds.end())
    throw InputError(
        fields.file(), fields.PathOf(name), '"' + kind_name + '"',
        fmt::format("is no mixer: give it a \"kind\", one of {}", fmt::join(kinds, ", ")));
  Block block = MixerOf(static_cast<std::size_t>(kind - kBlockNames.begin()), a);
  MixerFields reader(mixer, block);
  std::visit([&](auto& b) { VisitFields(b, reader); }, block);
  if (auto* attention = std::get_if<SoftmaxAttention<Count>>(&block)) {
    if (attention->heads % attention->kv_heads != 0)
      mixer.Fail("kv_heads", fmt::format("must divide the {} heads", attention->heads));
    if (!mixer.Has("v_head_dim")) attention->v_head_dim = attention->head_dim;
  }
  mixer.Done();
  return block;
}

// "pattern": names of mixers; "mixers": {name: its fields}, where a name that is no kind of mixer says its "kind".
void ReadPattern(Fields& fields, StackTemplate& a) {
  if (!fields.Has("pattern")) {
    if (fields.Has("mixers")) fields.Fail("mixers", "needs pattern");
    return;
  }
  const Json& names = fields.Get("pattern");
  constexpr std::size_t kLongest = 1024;
  if (!names.is_array() || names.empty() || names.size() > kLongest)
    fields.Fail("pattern", fmt::format("must be a list of 1 to {} names of mixers", kLongest));
  Fields mixers = fields.Has("mixers") ? fields.Object("mixers")
                                       : Fields(kNoFields, fields.file(), fields.PathOf("mixers"));
  std::map<std::string, int> known;
  for (const Json& entry : names) {
    if (!entry.is_string()) fields.Fail("pattern", "must be a list of names of mixers");
    const std::string name = entry.get<std::string>();
    if (!known.contains(name)) {
      const Block mixer = ReadMixer(mixers, name, a);
      auto& all = a.pattern.mixers;
      const auto same = std::find(all.begin(), all.end(), mixer);
      known[name] = static_cast<int>(same - all.begin());
      if (same == all.end()) all.push_back(mixer);
    }
    a.pattern.order.push_back(known[name]);
  }
  mixers.Done();
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
    // A pattern may do without.
    const bool needed = !fields.Has("pattern");
    a.kv_heads = needed ? Size(fields, "kv_heads", 1) : Size(fields, "kv_heads", 1, 0);
    a.head_dim = needed ? Size(fields, "head_dim", 1) : Size(fields, "head_dim", 1, 0);
  }
  ReadPattern(fields, a);
}

// A mixer's fields as they stand.
class MixerJson {
 public:
  void Size(std::string_view name, Count& value, Count) { fields[std::string(name)] = value; }
  void Large(std::string_view name, Count& value) { fields[std::string(name)] = value; }
  void Flag(std::string_view name, bool& value) { fields[std::string(name)] = value; }
  template <class E, class Words>
  void Word(std::string_view name, E& value, const Words& words) {
    fields[std::string(name)] = words[static_cast<std::size_t>(value)];
  }
  Json fields = Json::object();
};

void WritePattern(const MixerPattern& pattern, Json& out) {
  std::vector<std::string> names;
  for (Block mixer : pattern.mixers) {
    MixerJson writer;
    std::visit([&](auto& b) { VisitFields(b, writer); }, mixer);
    const std::string kind(NameOf(mixer).key);
    const auto twins = std::count_if(names.begin(), names.end(), [&](const std::string& name) {
      return name.starts_with(kind);
    });
    names.push_back(twins == 0 ? kind : fmt::format("{}_{}", kind, twins + 1));
    writer.fields["kind"] = kind;
    out["mixers"][names.back()] = std::move(writer.fields);
  }
  for (const int m : pattern.order) out["pattern"].push_back(names[static_cast<std::size_t>(m)]);
}

}  // namespace

StackTemplate ReadShortForm(Fields& fields) {
  StackTemplate a;
  a.layers = fields.Whole("layers", 1, kMaxLayers);
  a.hidden = Size(fields, "hidden", 1);
  ReadCommon(fields, a);
  a.heads = HeadsCount(a) ? Size(fields, "heads", 1) : Size(fields, "heads", 0, 0);
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
  if (a.heads == 0 && HeadsCount(a) && a.head_dim == 0)
    fields.Fail("head_dim", "is missing: heads follow from it");
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
    if (a.moe->shared_ffn > 0) out["moe"]["shared_ffn"] = a.moe->shared_ffn;
  }
  if (!a.pattern.order.empty()) WritePattern(a.pattern, out);
  return out;
}

}  // namespace perflaw
