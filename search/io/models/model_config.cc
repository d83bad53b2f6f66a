#include "search/io/models/model_config.hpp"

#include <algorithm>
#include <filesystem>
#include <map>

#include "search/base/error.hpp"
#include "search/io/models/families.hpp"
#include "search/io/models/short_form.hpp"

namespace perflaw {
namespace {

std::vector<Family> AllFamilies() {
  std::vector<Family> families = DenseFamilies();
  families.insert(families.end(), MoeFamilies().begin(), MoeFamilies().end());
  return families;
}

Family FindFamily(Fields& root) {
  const std::string type = root.Text("model_type");
  const auto families = AllFamilies();
  const auto at = std::find_if(families.begin(), families.end(),
                               [&](const Family& f) { return f.model_type == type; });
  if (at != families.end()) return *at;
  std::vector<std::string> known;
  for (const Family& family : families) known.emplace_back(family.model_type);
  std::sort(known.begin(), known.end());
  root.Fail("model_type",
            fmt::format("is not a family this program counts: {}", fmt::join(known, ", ")));
}

// Refuses unread keys that may carry a size, notes the other unknown ones.
void CheckUnread(const Fields& fields, const Json& object, std::vector<std::string>& notes) {
  for (const std::string& key : fields.Unread()) {
    const Json& value = object.at(key);
    const UnknownKey kind = value.is_null() ? UnknownKey::kNeutral : Classify(key);
    if (kind == UnknownKey::kUnused) notes.push_back(fields.PathOf(key) + " is not used");
    if (kind != UnknownKey::kMayCarrySize) continue;
    fields.Fail(key,
                value.is_object()
                    ? "nested config that this family does not have"
                    : "unknown key that may carry a size of this family; remove it if it does not");
  }
}

// The field that Validate calls by this name, so that a message can name the file's own key.
const Count* FieldNamed(const Architecture& a, const std::string& name) {
  const std::map<std::string, const Count*> fields = {
      {"layers", &a.layers},     {"hidden", &a.hidden},
      {"heads", &a.heads},       {"kv_heads", &a.kv_heads},
      {"head_dim", &a.head_dim}, {"vocab", &a.vocab},
      {"ffn", &a.ffn},           {"learned_positions", &a.learned_positions}};
  if (const auto at = fields.find(name); at != fields.end()) return at->second;
  if (a.moe && name == "moe.experts") return &a.moe->experts;
  if (a.moe && name == "moe.active") return &a.moe->active;
  if (a.moe && name == "moe.ffn") return &a.moe->ffn;
  return nullptr;
}

void ReadFamily(const Family& family, const Json& object, Fields fields, Model& model) {
  ConfigKeys keys(std::move(fields), &model.defaults, &model.notes);
  model.source = family.model_type;
  family.keys(keys, model.architecture);
  CheckUnread(keys.fields(), object, model.notes);
  if (const auto bad = Validate(model.architecture)) {
    const std::string key = keys.KeyOf(FieldNamed(model.architecture, bad->field), bad->field);
    throw InputError(keys.fields().file(), key, bad->value, bad->rule);
  }
}

// The multimodal wrapper: a text model with its own config, and a vision tower that is not counted.
void ReadGemma3(const Json& root, Fields& fields, Model& model) {
  Fields text = fields.Object("text_config");
  if (fields.Has("vision_config")) model.notes.emplace_back("the vision tower is not counted");
  for (const char* key : {"vision_config", "mm_tokens_per_image", "boi_token_index",
                          "eoi_token_index", "image_token_index"}) {
    fields.Skip(key);
  }
  CheckUnread(fields, root, model.notes);
  ReadFamily(FindFamily(text), root.at("text_config"), text, model);
}

}  // namespace

Model ParseModel(const std::string& text, const std::string& file) {
  const Json root = ParseJson(text, file);
  Fields fields(root, file, "");
  Model model;
  model.name = std::filesystem::path(file).stem().string();
  if (!fields.Has("model_type")) {
    if (!fields.Has("layers")) {
      fields.Fail("model_type",
                  "is missing: neither a Hugging Face config nor the short form (\"layers\", ...)");
    }
    model.source = "short form";
    model.architecture = ReadShortForm(fields);
  } else if (root.at("model_type") == "gemma3") {
    ReadGemma3(root, fields, model);
  } else {
    ReadFamily(FindFamily(fields), root, fields, model);
  }
  return model;
}

std::optional<Json> ToHuggingFace(const Architecture& wanted) {
  Architecture architecture = wanted;
  if (architecture.mla)
    architecture.kv_heads = architecture.head_dim = 0;  // not used, so never read
  for (const Family& family : AllFamilies()) {
    Json config = {{"model_type", family.model_type}, {"architectures", {family.architecture}}};
    // Families write what they know; whether that is the whole architecture shows when it is read
    // back.
    Architecture written = architecture;
    if (!written.moe) written.moe.emplace();
    if (!written.mla) written.mla.emplace();
    ConfigKeys keys(&config);
    family.keys(keys, written);
    try {
      if (ParseModel(config.dump(), family.model_type).architecture == architecture) return config;
    } catch (const InputError&) {
      continue;
    }
  }
  return std::nullopt;
}

Json ToShortForm(const Architecture& a) {
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
