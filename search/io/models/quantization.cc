#include "search/io/models/quantization.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <map>

#include "search/base/error.hpp"

namespace perflaw {
namespace {

constexpr double kScaleBytes = 2;
constexpr double kMxfp4Bytes = 0.5 + 1.0 / 32;  // a scale of a byte for 32

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

// The numbers of a quantization_config.
class MethodReader {
 public:
  MethodReader(const Json& config, const std::string& file) : config_(config), file_(file) {}

  // Of a converted parameter; nothing where the method is not known.
  std::optional<double> Bytes(const std::string& method) const {
    if (method == "fp8" || method == "fbgemm_fp8" || method == "finegrained_fp8") return 1;
    if (method == "mxfp4") return kMxfp4Bytes;
    if (method == "awq" || method == "gptq" || method == "auto-round" || method == "autoround")
      return BytesOf(Bits(config_, "bits", 4), GroupSize(config_, 128));
    if (method == "bitsandbytes") {
      if (config_.value("load_in_4bit", Json()) == true) return 0.5 + 4.0 / 64;
      if (config_.value("load_in_8bit", Json()) == true) return 1;
      return std::nullopt;
    }
    if (method == "compressed-tensors") return OfGroups();
    if (method == "modelopt" || method == "modelopt_fp4" || method == "nvfp4") {
      if (const auto bytes = OfGroups()) return bytes;
      const std::string algorithm = Text(config_, "quant_algo");
      if (algorithm.find("fp4") != std::string::npos || method == "nvfp4") return 0.5 + 1.0 / 16;
      if (algorithm.find("fp8") != std::string::npos) return 1;
    }
    return std::nullopt;
  }

 private:
  double Bits(const Json& object, const char* key, double fallback) const {
    const auto at = object.find(key);
    if (at == object.end() || at->is_null()) return fallback;
    return ToNumber(*at, file_, Place(key), {0, 32, true});
  }
  // 0: of a whole channel or matrix.
  double GroupSize(const Json& object, double fallback) const {
    const auto at = object.find("group_size");
    if (at == object.end() || at->is_null()) return fallback;
    if (*at == -1) return 0;
    return AsReal(ToWhole(*at, file_, Place("group_size"), 1, kMaxWidth));
  }
  // Of compressed-tensors and ModelOpt, whose first group of layers says how weights are stored.
  std::optional<double> OfGroups() const {
    const auto groups = config_.find("config_groups");
    if (groups == config_.end() || !groups->is_object() || groups->empty()) return std::nullopt;
    const Json& group = groups->begin().value();
    const auto weights = group.is_object() ? group.find("weights") : group.end();
    if (!group.is_object() || weights == group.end() || !weights->is_object()) return std::nullopt;
    if (!weights->contains("num_bits")) return std::nullopt;
    const double bits = Bits(*weights, "num_bits", 0), size = GroupSize(*weights, 0);
    // A micro-block's scale is a byte.
    return bits == 4 && Text(*weights, "type") == "float" && size > 0 ? bits / 8 + 1 / size
                                                                      : BytesOf(bits, size);
  }
  static std::string Place(const char* key) { return fmt::format("quantization_config.{}", key); }

  const Json& config_;
  const std::string& file_;
};

// Whether a name fits a pattern in which * stands for anything.
bool FitsGlob(std::string_view pattern, std::string_view name) {
  std::size_t p = 0, n = 0, star = std::string_view::npos, from = 0;
  while (n < name.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++, from = n;
    } else if (p < pattern.size() && pattern[p] == name[n]) {
      ++p, ++n;
    } else if (star != std::string_view::npos) {
      p = star + 1, n = ++from;
    } else {
      return false;
    }
  }
  return pattern.find_first_not_of('*', p) == std::string_view::npos;
}

// A pattern of modules that are not converted, as a glob from "layers." on, where the name has one: by a regular expression ("re:"),
// with * for anything, or plain, which names a module and all in it wherever that is.
std::string AsGlob(std::string pattern) {
  if (pattern.starts_with("re:")) {
    std::string glob;
    for (std::size_t i = 3; i < pattern.size(); ++i) {
      const char c = pattern[i];
      if (c == '\\' && i + 1 < pattern.size()) {
        const char next = pattern[++i];
        if (next == 'd') {
          glob += '*';
        } else {
          glob += next;
        }
      } else if (c == '[') {
        i = std::min(pattern.find(']', i), pattern.size() - 1);
        glob += '*';
      } else if (c == '.' || c == '*' || c == '+' || c == '?') {
        if (glob.empty() || glob.back() != '*') glob += '*';
      } else if (c != '^' && c != '$' && c != '(' && c != ')') {
        glob += c;
      }
    }
    pattern = glob + "*";
  } else if (pattern.find('*') == std::string::npos &&
             pattern.find("layers.") == std::string::npos) {
    pattern = "*." + pattern;
  }
  const auto at = pattern.find("layers.");
  if (at != std::string::npos) return pattern.substr(at);
  return pattern.starts_with('*') ? pattern : "*" + pattern;
}

// Names of the modules that hold most of a block's weights.
const std::map<std::string_view, std::vector<std::string_view>> kModules = {
    {"attention", {"self_attn.o_proj", "attention.o_proj", "attn.o_proj", "mixer.o_proj"}},
    {"mixers", {"linear_attn.out_proj", "mamba.out_proj", "mixer.out_proj", "conv.out_proj"}},
    {"dense", {"mlp.down_proj", "feed_forward.down_proj", "mixer.down_proj"}},
    {"routed",
     {"mlp.experts.0.down_proj", "block_sparse_moe.experts.0.w2", "mixer.experts.0.down_proj",
      "feed_forward.experts.0.down_proj"}},
    {"routed beside", {"experts.0.down_proj"}},  // a dense FFN's
    {"shared",
     {"mlp.shared_experts.down_proj", "mlp.shared_expert.down_proj",
      "mixer.shared_experts.down_proj", "feed_forward.shared_expert.down_proj"}}};

// What of the blocks of a stack is left as it was.
class Kept {
 public:
  Kept(const Json& config, const Architecture& a) : architecture_(a), kinds_(KindsByDepth(a)) {
    for (const char* key :
         {"modules_to_not_convert", "ignore", "ignored_layers", "exclude_modules"}) {
      const auto list = config.find(key);
      if (list == config.end() || !list->is_array()) continue;
      for (const Json& entry : *list) {
        if (entry.is_string()) Add(AsGlob(entry.get<std::string>()));
      }
    }
  }

  // Of the layers that have such a block, the share whose blocks are converted.
  template <class HasBlock>
  double Converted(std::string_view block, HasBlock has) const {
    Count all = 0, kept = 0, layer = 0;
    for (const int k : kinds_) {
      const auto& blocks = architecture_.layers[static_cast<std::size_t>(k)].blocks;
      if (std::any_of(blocks.begin(), blocks.end(), has)) {
        ++all;
        kept += Fits(layer, kModules.at(block)) ? 1 : 0;
      }
      ++layer;
    }
    return all == 0 ? 1 : 1 - AsReal(kept) / AsReal(all);
  }

 private:
  void Add(const std::string& glob) {
    constexpr std::string_view kLayers = "layers.";
    const auto end = glob.find_first_not_of("0123456789", kLayers.size());
    const bool one = glob.starts_with(kLayers) && end != kLayers.size() && end < glob.size() &&
                     glob[end] == '.' && end < kLayers.size() + 9;
    if (one) {
      of_layer_[std::stoll(glob.substr(kLayers.size(), end - kLayers.size()))].push_back(glob);
    } else {
      of_all_.push_back(glob);
    }
  }
  bool Fits(Count layer, const std::vector<std::string_view>& modules) const {
    const auto own = of_layer_.find(layer);
    for (const std::string_view module : modules) {
      const std::string name = fmt::format("layers.{}.{}", layer, module);
      const auto fits = [&](const std::string& glob) {
        return FitsGlob(glob, name) || FitsGlob(glob + ".*", name);
      };
      if (std::any_of(of_all_.begin(), of_all_.end(), fits)) return true;
      if (own != of_layer_.end() && std::any_of(own->second.begin(), own->second.end(), fits))
        return true;
    }
    return false;
  }

  const Architecture& architecture_;
  std::vector<int> kinds_;  // by depth
  std::vector<std::string> of_all_;
  std::map<Count, std::vector<std::string>> of_layer_;
};

bool IsAttention(const Block& block) {
  return std::holds_alternative<Indexer>(block) ||
         std::holds_alternative<SoftmaxAttention<Count>>(block) ||
         std::holds_alternative<LatentAttention<Count>>(block) ||
         std::holds_alternative<CompressedAttention>(block);
}

std::string InWords(const Quantization& q) {
  std::vector<std::string> parts;
  for (const auto& [words, share] : {std::pair{"attention", q.attention},
                                     {"other mixers", q.mixers},
                                     {"dense FFNs", q.dense},
                                     {"routed experts", q.routed},
                                     {"shared experts", q.shared}}) {
    if (share == 1) continue;
    parts.push_back(share == 0 ? words : fmt::format("{:.3g} % of {}", 100 * (1 - share), words));
  }
  return fmt::format(
      "weights are stored as {}: {:.3g} byte{} a parameter in the matrices of layers{}"
      "{}; the rest at 2",
      q.method, q.bytes, q.bytes == 1 ? "" : "s", parts.empty() ? "" : " but for ",
      fmt::join(parts, ", "));
}

}  // namespace

Bytes Quantization::WeightBytes(const BlockCounts& b) const {
  const double converted = attention * AsReal(b.attention) + mixers * AsReal(b.mixers) +
                           dense * AsReal(b.dense_ffn) + shared * AsReal(b.shared_experts);
  const double experts = routed * AsReal(b.routed_experts);
  return converted * bytes + experts * routed_bytes.value_or(bytes) +
         (AsReal(b.Sum()) - converted - experts) * 2;
}

std::optional<Quantization> ReadQuantization(const Json& config, const std::string& file,
                                             const Architecture& architecture, std::string& note) {
  const auto found = config.find("quantization_config");
  if (found == config.end() || found->is_null()) return std::nullopt;
  if (!found->is_object())
    throw InputError(file, "quantization_config", Shown(*found), "must be an object");
  if (found->empty()) return std::nullopt;
  Quantization q;
  q.method = Text(*found, "quant_method");
  if (q.method.empty()) q.method = Text(*found, "quant_algo");
  const auto bytes = MethodReader(*found, file).Bytes(q.method);
  if (!bytes) {
    note = fmt::format(
        "quantization_config: how \"{}\" stores weights is not known here; they are counted as not "
        "converted",
        q.method);
    return std::nullopt;
  }
  q.bytes = *bytes;
  if (Text(config, "expert_dtype") == "fp4") q.routed_bytes = kMxfp4Bytes;
  const Kept kept(*found, architecture);
  q.attention = kept.Converted("attention", IsAttention);
  q.mixers = kept.Converted(
      "mixers", [](const Block& block) { return IsMixer(block) && !IsAttention(block); });
  const auto is_dense = [](const Block& block) {
    return std::holds_alternative<DenseFfn<Count>>(block);
  };
  q.dense = kept.Converted("dense", is_dense);
  const auto has_experts = [](const Block& block) {
    return std::holds_alternative<MoeFfn<Count>>(block);
  };
  const auto has_both = [&](const LayerKind& kind) {
    return std::any_of(kind.blocks.begin(), kind.blocks.end(), has_experts) &&
           std::any_of(kind.blocks.begin(), kind.blocks.end(), is_dense);
  };
  const bool beside = std::any_of(architecture.layers.begin(), architecture.layers.end(), has_both);
  q.routed = kept.Converted(beside ? "routed beside" : "routed", has_experts);
  q.shared = kept.Converted("shared", has_experts);
  note = InWords(q);
  if (q.routed_bytes) note += fmt::format("; routed experts at {:.3g}", *q.routed_bytes);
  return q;
}

}  // namespace perflaw
