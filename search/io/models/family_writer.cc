#include "search/io/models/family_writer.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <functional>
#include <set>

#include "engine/block_fields.hpp"
#include "search/base/error.hpp"
#include "search/io/models/family_reader.hpp"
#include "search/io/models/key_solver.hpp"
#include "search/io/models/written_config.hpp"

namespace perflaw {
namespace {

// Families in which people look for a design first; the others follow by name.
constexpr const char* kPlainest[] = {
    "llama",       "qwen2",       "qwen3",       "mistral",
    "gemma",       "gemma2",      "gemma3_text", "phi",
    "phi3",        "gpt_neox",    "opt",         "bloom",
    "falcon",      "gpt2",        "starcoder2",  "stablelm",
    "olmo",        "olmo2",       "granite",     "internlm2",
    "chatglm",     "glm",         "glm4",        "cohere",
    "mixtral",     "qwen2_moe",   "qwen3_moe",   "granitemoeshared",
    "deepseek_v2", "deepseek_v3", "kimi_k2",     "olmoe",
    "granitemoe",  "gpt_oss",     "minimax_m2",  "qwen3_next",
    "nemotron_h",  "kimi_linear"};

// Deeper stacks are no model of Hugging Face's, and finding their keys takes long.
constexpr Count kMostWrittenLayers = 1024;

// What a block's fields must be, by name.
class FieldTargets {
 public:
  void Size(std::string_view name, Count& value, Count) {
    values_[std::string(name)] = AsReal(value);
  }
  void Large(std::string_view name, Count& value) { values_[std::string(name)] = AsReal(value); }
  void Flag(std::string_view name, bool& value) { values_[std::string(name)] = value ? 1 : 0; }
  template <class E, class Words>
  void Word(std::string_view name, E& value, const Words&) {
    values_[std::string(name)] = static_cast<double>(value);
  }
  static std::map<std::string, double> Of(Block block) {
    FieldTargets targets;
    std::visit([&](auto& b) { VisitFields(b, targets); }, block);
    if (const auto* experts = std::get_if<MoeFfn<Count>>(&block))
      targets.values_["shared_width"] = AsReal(experts->shared * experts->shared_ffn);
    return targets.values_;
  }

 private:
  std::map<std::string, double> values_;
};

bool IsOfSpec(const Block& block, const FamilyBlock& spec) {
  if (block.index() != spec.kind) return false;
  const auto* part = std::get_if<CustomPart>(&block);
  return part == nullptr || spec.name == part->name.data();
}

// For each block of the family, which of a layer's it is; -1: none.
using Alignment = std::vector<int>;

// All ways in which the layer's blocks are those of the family, in its order.
template <class Blocks>
std::vector<Alignment> Align(const std::vector<FamilyBlock>& specs, const Blocks& blocks) {
  std::vector<Alignment> found;
  Alignment now(specs.size(), -1);
  const std::function<void(std::size_t, std::size_t)> next = [&](std::size_t spec,
                                                                 std::size_t block) {
    constexpr std::size_t kMost = 64;
    if (found.size() == kMost) return;
    if (spec == specs.size()) {
      if (block == blocks.size()) found.push_back(now);
      return;
    }
    if (block < blocks.size() && IsOfSpec(blocks[block], specs[spec])) {
      now[spec] = static_cast<int>(block);
      next(spec + 1, block + 1);
      now[spec] = -1;
    }
    next(spec + 1, block);
  };
  next(0, 0);
  return found;
}

// Says what each formula of the family must be, lets the keys be found, and checks what was found by reading it back.
class ConfigWriter {
 public:
  ConfigWriter(const Family& family, const Architecture& a)
      : family_(family), a_(a), kinds_(KindsByDepth(a)), solver_(family, Depth(a)) {}

  std::optional<Json> Write() {
    if (!AddStack() || !AddParts()) return std::nullopt;
    for (std::size_t k = 0; k < a_.layers.size(); ++k) {
      if (!AddKind(static_cast<int>(k)) || !solver_.Solve()) return std::nullopt;
    }
    if (!solver_.Assume() || !ReadsBack()) return std::nullopt;
    LeaveOutLists();
    return Config();
  }

 private:
  bool IsSelector(std::size_t key) const { return solver_.IsList(key) && !Choices(key).empty(); }
  std::vector<double> Choices(std::size_t key) const {
    if (family_.keys[key].shape == FamilyKey::Shape::kNumbered) return {0, 1};
    std::set<double> values;
    for (const auto& [word, value] : family_.keys[key].words) values.insert(value);
    return {values.begin(), values.end()};
  }

  void Add(std::size_t formula, Count layer, double target, bool is_condition = false) {
    solver_.equations().push_back({formula, layer, target, is_condition});
  }

  bool AddStack() {
    const std::pair<const char*, double> facts[] = {
        {"layers", AsReal(static_cast<Count>(kinds_.size()))},
        {"hidden", AsReal(a_.hidden)},
        {"vocab", AsReal(a_.vocab)},
        {"tied", a_.tied_embeddings ? 1.0 : 0.0},
        {"norm_bias", a_.norm_bias ? 1.0 : 0.0},
        {"norm_weights", a_.norm_weights ? 1.0 : 0.0},
        {"embedding_norm", a_.embedding_norm ? 1.0 : 0.0},
        {"learned_positions", AsReal(a_.learned_positions)},
        {"lm_head_bias", a_.lm_head_bias ? 1.0 : 0.0}};
    for (const auto& [name, value] : facts) {
      if (const FamilyField* field = family_.Stack(name)) Add(field->formula, 0, value);
    }
    return a_.lm_head && solver_.Solve();
  }

  bool AddParts() {
    std::vector<Block> parts(a_.parts.begin(), a_.parts.end());
    const auto ways = Align(family_.parts, parts);
    if (ways.empty()) return false;
    AddBlocks(family_.parts, parts, ways.front(), 0);
    return true;
  }

  // Fields of blocks that are, and whether each is.
  template <class Blocks>
  void AddBlocks(const std::vector<FamilyBlock>& specs, const Blocks& blocks, const Alignment& way,
                 Count layer) {
    for (std::size_t s = 0; s < specs.size(); ++s) {
      if (way[s] >= 0) {
        const auto targets = FieldTargets::Of(blocks[static_cast<std::size_t>(way[s])]);
        for (const FamilyField& field : specs[s].fields)
          Add(field.formula, layer, targets.at(field.name));
      }
      if (specs[s].when) Add(*specs[s].when, layer, way[s] >= 0 ? 1 : 0, true);
    }
  }

  // Chooses words for the layers of a kind, and adds what they must fulfil.
  bool AddKind(int kind) {
    const LayerKind& layer_kind = a_.layers[static_cast<std::size_t>(kind)];
    const auto first = std::find(kinds_.begin(), kinds_.end(), kind);
    if (first == kinds_.end()) return true;
    const Count layer = first - kinds_.begin();
    std::vector<std::size_t> selectors;
    for (std::size_t key = 0; key < family_.keys.size(); ++key) {
      if (IsSelector(key)) selectors.push_back(key);
    }
    Choice best;
    for (const Alignment& way : Align(family_.blocks, layer_kind.blocks)) {
      if (!HasFieldsFor(way, layer_kind)) continue;
      const std::size_t before = solver_.equations().size();
      AddBlocks(family_.blocks, layer_kind.blocks, way, layer);
      if (const FamilyField* norms = family_.Stack("norms"))
        Add(norms->formula, layer, AsReal(layer_kind.norms));
      Choose(selectors, 0, before, layer, way, best);
      solver_.equations().resize(before);
    }
    if (best.fulfilled < 0) return false;
    for (std::size_t i = 0; i < kinds_.size(); ++i) {
      if (kinds_[i] != kind) continue;
      const Count at = static_cast<Count>(i);
      for (std::size_t s = 0; s < selectors.size(); ++s)
        solver_.Of(selectors[s])[at] = best.words[s];
      AddBlocks(family_.blocks, layer_kind.blocks, best.way, at);
      if (const FamilyField* norms = family_.Stack("norms"))
        Add(norms->formula, at, AsReal(layer_kind.norms));
    }
    return true;
  }

  // Whether the blocks are as they are made in all that the family has no field for.
  bool HasFieldsFor(const Alignment& way, const LayerKind& kind) const {
    for (std::size_t s = 0; s < way.size(); ++s) {
      if (way[s] < 0) continue;
      const FamilyBlock& spec = family_.blocks[s];
      const auto targets = FieldTargets::Of(kind.blocks[static_cast<std::size_t>(way[s])]);
      const auto made = FieldTargets::Of(BlockOfKind(spec.kind));
      for (const auto& target : targets) {
        const std::string& name = target.first;
        // These follow from others where they are not given.
        if (name == "v_head_dim" || name.starts_with("shared")) continue;
        const bool given =
            std::any_of(spec.fields.begin(), spec.fields.end(),
                        [&](const FamilyField& field) { return field.name == name; });
        if (!given && target.second != made.at(name)) return false;
      }
    }
    return true;
  }

  struct Choice {
    int fulfilled = -1;  // equations that hold whatever is still unknown
    std::vector<double> words;
    Alignment way;
  };
  void Choose(const std::vector<std::size_t>& selectors, std::size_t at, std::size_t from,
              Count layer, const Alignment& way, Choice& best) {
    if (at < selectors.size()) {
      for (const double word : Choices(selectors[at])) {
        solver_.Of(selectors[at])[layer] = word;
        Choose(selectors, at + 1, from, layer, way, best);
      }
      solver_.Of(selectors[at]).erase(layer);
      return;
    }
    int fulfilled = 0;
    for (std::size_t e = from; e < solver_.equations().size(); ++e) {
      const auto value = solver_.Known(solver_.equations()[e].formula, layer);
      if (!value) continue;
      if (!solver_.equations()[e].Holds(*value)) return;
      ++fulfilled;
    }
    if (fulfilled <= best.fulfilled) return;
    best = {fulfilled, {}, way};
    for (const std::size_t selector : selectors)
      best.words.push_back(solver_.Of(selector).at(layer));
  }

  Json Config() const { return WrittenConfig(family_, solver_, kinds_.size(), left_out_); }

  bool ReadsBack() const {
    try {
      return ReadFamily(family_, Config(), {family_.model_type, "", nullptr, nullptr}) == a_;
    } catch (const InputError&) {
      return false;
    }
  }

  // A list of layers that follows from one number of the config, as first_k_dense_replace, is left to it.
  void LeaveOutLists() {
    for (std::size_t key = 0; key < family_.keys.size(); ++key) {
      if (!solver_.IsList(key) || solver_.Of(key).empty() || !family_.keys[key].fallback) continue;
      left_out_.insert(key);
      if (!FollowsFromANumber(key) && !ReadsBack()) left_out_.erase(key);
    }
  }
  bool FollowsFromANumber(std::size_t list) {
    for (const std::size_t key : NumbersBehind(*family_.keys[list].fallback)) {
      if (solver_.IsList(key) || !solver_.Of(key).empty()) continue;
      for (std::size_t number = 0; number <= kinds_.size(); ++number) {
        solver_.Of(key) = {{0, static_cast<double>(number)}};
        if (ReadsBack()) return true;
      }
      solver_.Of(key).clear();
    }
    return false;
  }
  std::set<std::size_t> NumbersBehind(std::size_t formula) const {
    std::set<std::size_t> keys;
    for (const std::size_t symbol : family_.formulas[formula].symbols) {
      if (symbol >= family_.keys.size()) continue;
      keys.insert(symbol);
      if (solver_.IsList(symbol) && family_.keys[symbol].fallback)
        keys.merge(NumbersBehind(*family_.keys[symbol].fallback));
    }
    return keys;
  }

  const Family& family_;
  const Architecture& a_;
  std::vector<int> kinds_;  // by depth
  KeySolver solver_;
  std::set<std::size_t> left_out_;
};

}  // namespace

std::optional<Json> WriteConfig(const Family& family, const Architecture& architecture) {
  return ConfigWriter(family, architecture).Write();
}

std::optional<Json> ToHuggingFace(const Architecture& architecture, const FamilyShelf& shelf) {
  if (Depth(architecture) > kMostWrittenLayers) return std::nullopt;
  std::vector<std::string> names(std::begin(kPlainest), std::end(kPlainest));
  for (std::string& name : shelf.Names()) {
    if (std::find(names.begin(), names.end(), name) == names.end())
      names.push_back(std::move(name));
  }
  for (const std::string& name : names) {
    const auto family = shelf.Find(name);
    if (!family) continue;
    if (auto config = WriteConfig(*family, architecture)) return config;
  }
  return std::nullopt;
}

}  // namespace perflaw
