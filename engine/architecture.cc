#include "engine/architecture.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <tuple>

#include "engine/block_fields.hpp"
#include "engine/count.hpp"

namespace perflaw {
namespace {

// The first field of a block that is out of its range.
class RangeCheck {
 public:
  explicit RangeCheck(std::string_view block) : block_(block) {}

  void Size(std::string_view name, Count value, Count least) {
    Check(name, value, least, kMaxWidth);
  }
  void Large(std::string_view name, Count value) { Check(name, value, 0, kMostParams); }
  void Flag(std::string_view, bool) {}
  template <class E, class Words>
  void Word(std::string_view, E, const Words&) {}

  std::optional<Violation> found;

 private:
  static constexpr Count kMostParams = 1LL << 60;
  void Check(std::string_view name, Count value, Count least, Count most) {
    if (found || (value >= least && value <= most)) return;
    found = Violation{fmt::format("{}.{}", block_, name), fmt::to_string(value),
                      fmt::format("must be a whole number from {} to {}", least, most)};
  }
  std::string_view block_;
};

std::optional<Violation> CheckRules(const SoftmaxAttention<Count>& a) {
  if (a.heads % a.kv_heads != 0)
    return Violation{"attention.kv_heads", fmt::to_string(a.kv_heads),
                     fmt::format("must divide the {} heads", a.heads)};
  return std::nullopt;
}
std::optional<Violation> CheckRules(const LatentAttention<Count>& a) {
  if (QkHeadDim(a) < 1)
    return Violation{"latent_attention.qk_nope_dim", "0",
                     "q and k need channels, with or without rope"};
  return std::nullopt;
}
std::optional<Violation> CheckRules(const CompressedAttention& a) {
  if (a.heads * a.head_dim % a.out_groups != 0)
    return Violation{"compressed_attention.out_groups", fmt::to_string(a.out_groups),
                     fmt::format("must divide the {} channels of the heads", a.heads * a.head_dim)};
  return std::nullopt;
}
std::optional<Violation> CheckRules(const CustomPart& part) {
  for (const auto& [name, value, most] : {std::tuple{"inactive", part.inactive, part.params},
                                          {"lookup", part.lookup, part.params - part.inactive}}) {
    if (value > most)
      return Violation{fmt::format("custom.{}", name), fmt::to_string(value),
                       fmt::format("must be at most the {} parameters{}", most,
                                   most < part.params ? " that are active" : "")};
  }
  return std::nullopt;
}
std::optional<Violation> CheckRules(const MoeFfn<Count>& e) {
  if (e.active > e.experts)
    return Violation{"experts.active", fmt::to_string(e.active),
                     fmt::format("active experts must be at most the {} experts", e.experts)};
  if (e.shared > 0 && e.shared_ffn == 0)
    return Violation{"experts.shared_ffn", "0", "shared experts need a width"};
  if (e.shared_gate && e.shared == 0)
    return Violation{"experts.shared_gate", "true", "needs shared experts"};
  return std::nullopt;
}
template <class B>
std::optional<Violation> CheckRules(const B&) {
  return std::nullopt;
}

std::optional<Violation> CheckBlock(Block block) {
  RangeCheck ranges(NameOf(block).key);
  std::visit([&](auto& b) { VisitFields(b, ranges); }, block);
  if (ranges.found) return ranges.found;
  return std::visit([](const auto& b) { return CheckRules(b); }, block);
}

std::optional<Violation> CheckRange(const char* field, Count value, Count least, Count most) {
  if (value >= least && value <= most) return std::nullopt;
  return Violation{field, fmt::to_string(value),
                   fmt::format("must be a whole number from {} to {}", least, most)};
}

std::string_view WordsOf(const Block& block) {
  if (const auto* part = std::get_if<CustomPart>(&block)) return part->name.data();
  return NameOf(block).words;
}

bool IsWindowed(const Block& block) {
  const auto* attention = std::get_if<SoftmaxAttention<Count>>(&block);
  const auto* latent = std::get_if<LatentAttention<Count>>(&block);
  return (attention != nullptr && attention->window > 0) ||
         (latent != nullptr && latent->window > 0);
}

}  // namespace

bool IsMixer(const Block& block) {
  if (const auto* part = std::get_if<CustomPart>(&block)) return part->is_mixer;
  return NameOf(block).is_mixer;
}

LayerWords WordsOf(const LayerKind& kind) {
  std::vector<std::string> mixers, ffns;
  for (const Block& block : kind.blocks) {
    const auto* part = std::get_if<CustomPart>(&block);
    if (part != nullptr && !part->is_mixer) continue;
    if (std::holds_alternative<Indexer>(block)) {
      if (!mixers.empty()) mixers.back() += " with indexer";
      continue;
    }
    auto& words = IsMixer(block) ? mixers : ffns;
    words.push_back(std::string(IsWindowed(block) ? "window " : "") + std::string(WordsOf(block)));
  }
  const auto joined = [](const std::vector<std::string>& words) {
    return words.empty() ? "none" : fmt::format("{}", fmt::join(words, " beside "));
  };
  return {joined(mixers), joined(ffns)};
}

LayerWords WordsOf(const Architecture& a) {
  const auto counted = [&](std::string LayerWords::*part) {
    std::vector<std::pair<std::string, Count>> numbers;
    for (const LayerKind& kind : a.layers) {
      const std::string words = WordsOf(kind).*part;
      const auto same = std::find_if(numbers.begin(), numbers.end(),
                                     [&](const auto& one) { return one.first == words; });
      if (words == "none") continue;
      if (same == numbers.end()) {
        numbers.emplace_back(words, kind.count);
      } else {
        same->second += kind.count;
      }
    }
    std::vector<std::string> texts;
    for (const auto& [words, number] : numbers)
      texts.push_back(fmt::format("{} {}", number, words));
    return fmt::format("{}", fmt::join(texts, " + "));
  };
  const auto or_none = [](const std::string& words) { return words.empty() ? "none" : words; };
  return {or_none(counted(&LayerWords::mixer)), or_none(counted(&LayerWords::ffn))};
}

std::string StackInWords(const Architecture& a) {
  const LayerWords words = WordsOf(a);
  return words.ffn == "none"     ? words.mixer
         : words.mixer == "none" ? words.ffn
                                 : words.mixer + "; " + words.ffn;
}

Outline OutlineOf(const Architecture& a) {
  Outline outline;
  if (const auto* attention = FirstBlock<SoftmaxAttention<Count>>(a)) {
    outline.heads = attention->heads;
  } else if (const auto* latent = FirstBlock<LatentAttention<Count>>(a)) {
    outline.heads = latent->heads;
  } else if (const auto* compressed = FirstBlock<CompressedAttention>(a)) {
    outline.heads = compressed->heads;
  }
  if (const auto* experts = FirstBlock<MoeFfn<Count>>(a)) {
    outline.experts = experts->experts;
    outline.active = experts->active;
    outline.shared = experts->shared;
  }
  return outline;
}

std::vector<int> KindsByDepth(const Architecture& a) {
  if (!a.order.empty()) return a.order;
  std::vector<int> kinds;
  for (std::size_t k = 0; k < a.layers.size(); ++k)
    kinds.insert(kinds.end(), static_cast<std::size_t>(a.layers[k].count), static_cast<int>(k));
  return kinds;
}

Architecture WithLayers(const Architecture& a, Count layers) {
  std::vector<int> order = KindsByDepth(a);
  // The shortest pattern that the stack ends with, at least twice over where it can be.
  const std::size_t depth = order.size();
  const auto repeats = [&](std::size_t period) {
    const std::size_t from = depth > 2 * period ? std::min(depth / 2, depth - 2 * period) : 0;
    for (std::size_t i = from + period; i < depth; ++i) {
      if (order[i] != order[i - period]) return false;
    }
    return true;
  };
  std::size_t period = 1;
  while (period < depth && !repeats(period)) ++period;
  order.resize(static_cast<std::size_t>(layers));
  for (std::size_t i = depth; i < order.size(); ++i) order[i] = order[i - period];
  Architecture other = a;
  for (LayerKind& kind : other.layers) kind.count = 0;
  for (const int k : order) ++other.layers[static_cast<std::size_t>(k)].count;
  other.order = a.order.empty() && std::is_sorted(order.begin(), order.end()) ? std::vector<int>{}
                                                                              : std::move(order);
  return other;
}

std::optional<Violation> Validate(const Architecture& a) {
  Count depth = 0;
  for (const LayerKind& kind : a.layers) {
    if (auto bad = CheckRange("layers", kind.count, 0, kMaxLayers)) return bad;
    if (auto bad = CheckRange("norms", kind.norms, 0, 16)) return bad;
    depth += kind.count;
  }
  if (auto bad = CheckRange("layers", depth, 1, kMaxLayers)) return bad;
  if (auto bad = CheckRange("hidden", a.hidden, 1, kMaxWidth)) return bad;
  if (auto bad = CheckRange("vocab", a.vocab, 1, kMaxWidth)) return bad;
  if (auto bad = CheckRange("learned_positions", a.learned_positions, 0, kMaxWidth)) return bad;
  for (const LayerKind& kind : a.layers) {
    for (const Block& block : kind.blocks) {
      if (auto bad = CheckBlock(block)) return bad;
    }
  }
  for (const CustomPart& part : a.parts) {
    if (auto bad = CheckBlock(part)) return bad;
  }
  // 2% below 2^63: far more than the rounding of the approximate count.
  if (const double total = ApproximateTotalParams(a); total > 9e18) {
    return Violation{
        "layers", fmt::to_string(depth),
        fmt::format("together with the widths gives {:.3g} parameters; must stay under 9e18",
                    total)};
  }
  return std::nullopt;
}

}  // namespace perflaw
