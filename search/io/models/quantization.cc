#include "search/io/models/quantization.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

namespace perflaw {
namespace {

constexpr double kScaleBytes = 2;
constexpr double kMxfp4Bytes = 0.5 + 1.0 / 32;  // a scale of a byte for 32

double Number(const Json& object, const char* key, double fallback) {
  const auto at = object.find(key);
  return at != object.end() && at->is_number() ? at->get<double>() : fallback;
}
std::string Text(const Json& object, const char* key) {
  const auto at = object.find(key);
  std::string text = at != object.end() && at->is_string() ? at->get<std::string>() : "";
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

// Bytes of a parameter of `bits`, of which `group` share a scale; 0: scales of larger groups, under 0.1 %.
double BytesOf(double bits, double group) {
  return bits / 8 + (group > 0 ? kScaleBytes / group : 0);
}

// Of compressed-tensors and ModelOpt, whose first group of layers says how weights are stored.
std::optional<double> GroupBytes(const Json& config) {
  const auto groups = config.find("config_groups");
  if (groups == config.end() || !groups->is_object() || groups->empty()) return std::nullopt;
  const Json& group = groups->begin().value();
  const auto weights = group.is_object() ? group.find("weights") : group.end();
  if (!group.is_object() || weights == group.end() || !weights->is_object()) return std::nullopt;
  const double bits = Number(*weights, "num_bits", 0);
  if (bits <= 0 || bits > 32) return std::nullopt;
  const double size = Number(*weights, "group_size", 0);
  // A micro-block's scale is a byte.
  return bits == 4 && Text(*weights, "type") == "float" && size > 0 ? bits / 8 + 1 / size
                                                                    : BytesOf(bits, size);
}

std::optional<double> BytesOfMethod(const std::string& method, const Json& config) {
  if (method == "fp8" || method == "fbgemm_fp8" || method == "finegrained_fp8") return 1;
  if (method == "mxfp4") return kMxfp4Bytes;
  if (method == "awq") return BytesOf(Number(config, "bits", 4), Number(config, "group_size", 128));
  if (method == "gptq" || method == "auto-round" || method == "autoround")
    return BytesOf(Number(config, "bits", 4), Number(config, "group_size", 128));
  if (method == "bitsandbytes")
    return config.value("load_in_4bit", Json()) == true ? 0.5 + 4.0 / 64 : 1;
  if (method == "compressed-tensors") return GroupBytes(config);
  if (method == "modelopt" || method == "modelopt_fp4" || method == "nvfp4") {
    if (const auto bytes = GroupBytes(config)) return bytes;
    const std::string algorithm = Text(config, "quant_algo");
    if (algorithm.find("fp4") != std::string::npos || method == "nvfp4") return 0.5 + 1.0 / 16;
    if (algorithm.find("fp8") != std::string::npos) return 1;
  }
  return std::nullopt;
}

}  // namespace

Bytes Quantization::WeightBytes(const BlockCounts& b) const {
  double converted = 0;
  if (attention) converted += AsReal(b.attention + b.mixers);
  if (dense) converted += AsReal(b.dense_ffn);
  if (shared) converted += AsReal(b.shared_experts);
  const double experts = routed ? AsReal(b.routed_experts) : 0;
  return converted * bytes + experts * routed_bytes.value_or(bytes) +
         (AsReal(b.Sum()) - converted - experts) * 2;
}

std::optional<Quantization> ReadQuantization(const Json& config, std::string& note) {
  const auto found = config.find("quantization_config");
  if (found == config.end() || !found->is_object()) return std::nullopt;
  Quantization q;
  q.method = Text(*found, "quant_method");
  if (q.method.empty()) q.method = Text(*found, "quant_algo");
  const auto bytes = BytesOfMethod(q.method, *found);
  if (!bytes) {
    note = fmt::format(
        "quantization_config: how \"{}\" stores weights is not known here; bytes are those of "
        "dtype",
        q.method);
    return std::nullopt;
  }
  q.bytes = *bytes;
  if (Text(config, "expert_dtype") == "fp4") q.routed_bytes = kMxfp4Bytes;
  for (const char* key :
       {"modules_to_not_convert", "ignore", "ignored_layers", "exclude_modules"}) {
    const auto list = found->find(key);
    if (list == found->end() || !list->is_array()) continue;
    for (const Json& entry : *list) {
      const std::string name = entry.is_string() ? entry.get<std::string>() : "";
      // A pattern over all layers; single layers, which do keep their bytes, are few.
      const bool over_layers = name.find('*') != std::string::npos || name.find("re:") == 0 ||
                               name.find('.') == std::string::npos;
      if (!over_layers) continue;
      const auto has = [&](const char* word) { return name.find(word) != std::string::npos; };
      if (has("self_attn") || has("attention") || has("linear_attn")) q.attention = false;
      if (has("shared_expert")) q.shared = false;
      if (name == "mlp") q.dense = q.routed = q.shared = false;
    }
  }
  note = fmt::format("weights are stored as {}: {:.3g} byte{} a parameter in {}; the rest at 2",
                     q.method, q.bytes, q.bytes == 1 ? "" : "s",
                     q.attention ? "the matrices of layers" : "the FFNs of layers");
  if (q.routed_bytes) note += fmt::format("; routed experts at {:.3g}", *q.routed_bytes);
  return q;
}

}  // namespace perflaw
