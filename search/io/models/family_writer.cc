#include "search/io/models/family_writer.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <functional>
#include <set>

#include "engine/block_fields.hpp"
#include "search/base/error.hpp"
#include "search/io/models/family_reader.hpp"

namespace perflaw {
namespace {

// Families in which people look for a design first; the others follow by name.
constexpr const char* kPlainest[] = {
    "llama",     "qwen2",      "qwen3",       "mistral",     "gemma",     "gemma2",    "gemma3_text",
    "phi",       "phi3",       "gpt_neox",    "opt",         "bloom",     "falcon",    "gpt2",
    "starcoder2", "stablelm",  "olmo",        "olmo2",       "granite",   "internlm2", "chatglm",
    "glm",       "glm4",       "cohere",      "mixtral",     "qwen2_moe", "qwen3_moe", "granitemoeshared",
    "deepseek_v2", "deepseek_v3", "kimi_k2",  "olmoe",       "granitemoe", "gpt_oss",  "minimax_m2",
    "qwen3_next", "nemotron_h", "kimi_linear"};

// What a block's fields must be, by name.
class FieldTargets {
 public:
  void Size(std::string_view name, Count& value, Count) { values_[std::string(name)] = AsReal(value); }
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
  const std::function<void(std::size_t, std::size_t)> next = [&](std::size_t spec, std::size_t block) {
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

// What a formula must be at a layer.
struct Equation {
  std::size_t formula;
  Count layer;
  double target;
  bool is_condition;  // only whether it is 0 counts
};

// Finds the keys by solving what each formula must be, one unknown at a time; what it found is checked by reading it back.
class ConfigWriter {
 public:
  ConfigWriter(const Family& family, const Architecture& a)
      : family_(family), a_(a), values_(family.keys.size()) {
    if (a.order.empty()) {
      for (std::size_t k = 0; k < a.layers.size(); ++k)
        kinds_.insert(kinds_.end(), static_cast<std::size_t>(a.layers[k].count), static_cast<int>(k));
    } else {
      kinds_ = a.order;
    }
  }

  std::optional<Json> Write() {
    if (!AddStack() || !AddParts()) return std::nullopt;
    for (std::size_t k = 0; k < a_.layers.size(); ++k) {
      if (!AddKind(static_cast<int>(k)) || !Solve()) return std::nullopt;
    }
    if (!Assume(0) || !ReadsBack()) return std::nullopt;
    LeaveOutLists();
    return Config();
  }

 private:
  using Values = std::map<Count, double>;  // by layer; of a key of one value at layer 0

  bool IsList(std::size_t key) const { return family_.keys[key].shape != FamilyKey::Shape::kOne; }
  Count PlaceOf(std::size_t key, Count layer) const { return IsList(key) ? layer : 0; }
  bool IsSelector(std::size_t key) const {
    return IsList(key) && !Choices(key).empty();
  }
  std::vector<double> Choices(std::size_t key) const {
    if (family_.keys[key].shape == FamilyKey::Shape::kNumbered) return {0, 1};
    std::set<double> values;
    for (const auto& [word, value] : family_.keys[key].words) values.insert(value);
    return {values.begin(), values.end()};
  }

  double Value(std::size_t symbol, Count layer) {
    if (symbol == family_.LayerSymbol()) return AsReal(layer);
    if (symbol >= family_.keys.size())
      return Evaluate(family_.lets[symbol - family_.keys.size()].formula, layer);
    const auto at = values_[symbol].find(PlaceOf(symbol, layer));
    if (at != values_[symbol].end()) return at->second;
    // What a reader takes where the key is not there.
    const FamilyKey& key = family_.keys[symbol];
    if (assumes_defaults_ && (key.absent || key.fallback))
      return Evaluate(key.absent ? *key.absent : *key.fallback, layer);
    missing_.insert(symbol);
    return 0;
  }
  double Evaluate(std::size_t formula, Count layer) {
    const BoundFormula& bound = family_.formulas[formula];
    return bound.formula.Evaluate<double>([&](std::size_t name) { return Value(bound.symbols[name], layer); });
  }
  // Nothing where a key is missing; those are in missing_ then.
  std::optional<double> Known(std::size_t formula, Count layer) {
    missing_.clear();
    const double value = Evaluate(formula, layer);
    return missing_.empty() ? std::optional(value) : std::nullopt;
  }
  static bool Holds(const Equation& e, double value) {
    return e.is_condition ? (value != 0) == (e.target != 0) : value == e.target;
  }

  void Add(std::size_t formula, Count layer, double target, bool is_condition = false) {
    equations_.push_back({formula, layer, target, is_condition});
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
    return a_.lm_head && Solve();
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
  void AddBlocks(const std::vector<FamilyBlock>& specs, const Blocks& blocks, const Alignment& way, Count layer) {
    for (std::size_t s = 0; s < specs.size(); ++s) {
      if (way[s] >= 0) {
        const auto targets = FieldTargets::Of(blocks[static_cast<std::size_t>(way[s])]);
        for (const FamilyField& field : specs[s].fields) Add(field.formula, layer, targets.at(field.name));
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
      const std::size_t before = equations_.size();
      AddBlocks(family_.blocks, layer_kind.blocks, way, layer);
      if (const FamilyField* norms = family_.Stack("norms"))
        Add(norms->formula, layer, AsReal(layer_kind.norms));
      Choose(selectors, 0, before, layer, way, best);
      equations_.resize(before);
    }
    if (best.fulfilled < 0) return false;
    for (std::size_t i = 0; i < kinds_.size(); ++i) {
      if (kinds_[i] != kind) continue;
      const Count at = static_cast<Count>(i);
      for (std::size_t s = 0; s < selectors.size(); ++s) values_[selectors[s]][at] = best.words[s];
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
      for (const auto& [name, value] : targets) {
        // These follow from others where they are not given.
        if (name == "v_head_dim" || name.starts_with("shared")) continue;
        const bool given = std::any_of(spec.fields.begin(), spec.fields.end(),
                                       [&](const FamilyField& field) { return field.name == name; });
        if (!given && value != made.at(name)) return false;
      }
    }
    return true;
  }

  struct Choice {
    int fulfilled = -1;  // equations that hold whatever is still unknown
    std::vector<double> words;
    Alignment way;
  };
  void Choose(const std::vector<std::size_t>& selectors, std::size_t at, std::size_t from, Count layer,
              const Alignment& way, Choice& best) {
    if (at < selectors.size()) {
      for (const double word : Choices(selectors[at])) {
        values_[selectors[at]][layer] = word;
        Choose(selectors, at + 1, from, layer, way, best);
      }
      values_[selectors[at]].erase(layer);
      return;
    }
    int fulfilled = 0;
    for (std::size_t e = from; e < equations_.size(); ++e) {
      const auto value = Known(equations_[e].formula, layer);
      if (!value) continue;
      if (!Holds(equations_[e], *value)) return;
      ++fulfilled;
    }
    if (fulfilled <= best.fulfilled) return;
    best = {fulfilled, {}, way};
    for (const std::size_t selector : selectors) best.words.push_back(values_[selector].at(layer));
  }

  // Until nothing more follows; false where something cannot hold.
  bool Solve() {
    for (bool progress = true; progress;) {
      progress = false;
      std::vector<Equation> open;
      for (const Equation& e : equations_) {
        const auto value = Known(e.formula, e.layer);
        if (value && !Holds(e, *value)) return false;
        if (value) continue;
        if (SolveOne(e)) {
          progress = true;
        } else {
          open.push_back(e);
        }
      }
      equations_ = std::move(open);
    }
    return true;
  }

  // With the first unknown key of which one value alone makes it hold, without another unknown.
  bool SolveOne(const Equation& e) {
    const std::set<std::size_t> unknown = missing_;
    for (const std::size_t key : unknown) {
      const Count place = PlaceOf(key, e.layer);
      const auto holds = [&](double candidate) {
        values_[key][place] = candidate;
        const auto value = Known(e.formula, e.layer);
        values_[key].erase(place);
        return value && Holds(e, *value);
      };
      if (family_.keys[key].is_switch) {
        if (holds(0) == holds(1)) continue;
        values_[key][place] = holds(1) ? 1 : 0;
        return true;
      }
      if (e.is_condition) continue;
      for (const double candidate : {e.target, Affine(e, key, place)}) {
        if (!(candidate >= 0) || !holds(candidate)) continue;
        if (holds(candidate + 1) || (candidate >= 1 && holds(candidate - 1))) continue;
        values_[key][place] = candidate;
        return true;
      }
    }
    return false;
  }

  // The key's value where the formula is affine in it; else none that holds.
  double Affine(const Equation& e, std::size_t key, Count place) {
    double at[2];
    for (const int i : {0, 1}) {
      values_[key][place] = i + 1;
      at[i] = Known(e.formula, e.layer).value_or(std::nan(""));
      values_[key].erase(place);
    }
    const double solved = 1 + (e.target - at[0]) / (at[1] - at[0]);
    return solved == std::floor(solved) ? solved : -1;
  }

  // What nothing forces: class defaults, else other switches, else one or two other numbers.
  bool Assume(std::size_t from_switch) {
    if (AllHold()) return true;
    const std::vector<std::size_t> open = OpenKeys();
    if (TryNumbers(open, 0, 1)) return true;
    for (const std::size_t key : open) {
      if (!family_.keys[key].is_switch || key < from_switch) continue;
      for (const double value : {0.0, 1.0}) {
        const auto values = values_;
        const auto equations = equations_;
        values_[key] = {{0, value}};
        if (Solve() && Assume(key + 1)) return true;
        values_ = values;
        equations_ = equations;
      }
    }
    return from_switch == 0 && TryNumbers(open, 0, 2);
  }
  // Keys of one value that open equations wait for.
  std::vector<std::size_t> OpenKeys() {
    std::set<std::size_t> keys;
    for (const Equation& e : equations_) {
      AddOpenKeys(e.formula, keys);
    }
    return {keys.begin(), keys.end()};
  }
  void AddOpenKeys(std::size_t formula, std::set<std::size_t>& keys) const {
    for (const std::size_t symbol : family_.formulas[formula].symbols) {
      if (symbol == family_.LayerSymbol()) continue;
      if (symbol >= family_.keys.size()) {
        AddOpenKeys(family_.lets[symbol - family_.keys.size()].formula, keys);
      } else if (!IsList(symbol) && values_[symbol].empty()) {
        keys.insert(symbol);
      }
    }
  }
  // With defaults for what is unknown.
  bool AllHold() {
    assumes_defaults_ = true;
    const bool hold = std::all_of(equations_.begin(), equations_.end(), [&](const Equation& e) {
      const auto value = Known(e.formula, e.layer);
      return value && Holds(e, *value);
    });
    assumes_defaults_ = false;
    return hold;
  }
  // Whether all holds once what follows from the numbers so far, and from defaults, is found.
  bool SolvesTheRest() {
    const auto values = values_;
    const auto equations = equations_;
    assumes_defaults_ = true;
    const bool solved = Solve();
    assumes_defaults_ = false;
    if (solved && AllHold()) return true;
    values_ = values;
    equations_ = equations;
    return false;
  }

  // One number, or two, with defaults for the others.
  bool TryNumbers(const std::vector<std::size_t>& keys, std::size_t from, int how_many) {
    for (std::size_t k = from; k < keys.size(); ++k) {
      if (family_.keys[keys[k]].is_switch) continue;
      for (const double number : Numbers(keys[k])) {
        values_[keys[k]] = {{0, number}};
        if (how_many > 1 ? TryNumbers(keys, k + 1, how_many - 1)
                         : AllHold() || (!family_.keys[keys[k]].fallback && SolvesTheRest()))
          return true;
      }
      values_[keys[k]].clear();
    }
    return false;
  }
  // What may be tried for a key: layers' numbers, heads, and what an equation gives.
  std::vector<double> Numbers(std::size_t key) {
    constexpr std::size_t kMostHeads = 256;
    const bool counts_layers = family_.keys[key].fallback.has_value();
    std::set<double> numbers;
    assumes_defaults_ = true;
    for (const Equation& e : equations_) {
      if (!e.is_condition) numbers.insert(Affine(e, key, 0));
    }
    assumes_defaults_ = false;
    for (std::size_t n = 0; n <= (counts_layers ? kinds_.size() : kMostHeads); ++n)
      numbers.insert(static_cast<double>(n));
    numbers.erase(numbers.begin(), numbers.lower_bound(0));
    return {numbers.begin(), numbers.end()};
  }

  std::string WordOf(std::size_t key, double value) const {
    for (const auto& [word, of] : family_.keys[key].words) {
      if (of == value) return word;
    }
    return "";
  }
  Json Written(std::size_t key, double value) const {
    if (family_.keys[key].is_switch) return value != 0;
    const std::string word = WordOf(key, value);
    if (!word.empty()) return word;
    if (value == std::floor(value)) return static_cast<Count>(value);
    return value;
  }
  // At a dotted path of nested objects.
  static void Put(Json& object, const std::string& path, Json value) {
    const auto dot = path.find('.');
    if (dot == std::string::npos) {
      object[path] = std::move(value);
    } else {
      Put(object[path.substr(0, dot)], path.substr(dot + 1), std::move(value));
    }
  }

  Json Config() const {
    Json config = {{"model_type", family_.model_type}};
    if (!family_.classes.empty()) config["architectures"] = {family_.classes.front()};
    for (std::size_t key = 0; key < family_.keys.size(); ++key) {
      const FamilyKey& of = family_.keys[key];
      const std::string& path = of.paths.front();
      const Values& values = values_[key];
      const auto list = path.find("[].");
      if (values.empty() || left_out_.contains(key)) continue;
      if (!IsList(key)) {
        Put(config, path, Written(key, values.at(0)));
      } else if (of.shape == FamilyKey::Shape::kNumbered) {
        Json numbers = Json::array();
        for (const auto& [layer, value] : values) {
          if (value != 0) numbers.push_back(layer + of.numbered_from);
        }
        Put(config, path, std::move(numbers));
      } else if (list != std::string::npos) {
        for (const auto& [layer, value] : values)
          Put(config[path.substr(0, list)][static_cast<std::size_t>(layer)], path.substr(list + 3),
              Written(key, value));
      } else if (of.words.empty() && IsUniform(values)) {
        Put(config, path, Written(key, values.begin()->second));
      } else {
        Json entries = Json::array();
        for (const auto& [layer, value] : values) entries.push_back(Written(key, value));
        Put(config, path, std::move(entries));
      }
    }
    return config;
  }
  bool IsUniform(const Values& values) const {
    return values.size() == kinds_.size() &&
           std::all_of(values.begin(), values.end(),
                       [&](const auto& one) { return one.second == values.begin()->second; });
  }

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
      if (!IsList(key) || values_[key].empty() || !family_.keys[key].fallback) continue;
      left_out_.insert(key);
      if (!FollowsFromANumber(key) && !ReadsBack()) left_out_.erase(key);
    }
  }
  bool FollowsFromANumber(std::size_t list) {
    for (const std::size_t key : NumbersBehind(*family_.keys[list].fallback)) {
      if (IsList(key) || !values_[key].empty()) continue;
      for (std::size_t number = 0; number <= kinds_.size(); ++number) {
        values_[key] = {{0, static_cast<double>(number)}};
        if (ReadsBack()) return true;
      }
      values_[key].clear();
    }
    return false;
  }
  std::set<std::size_t> NumbersBehind(std::size_t formula) const {
    std::set<std::size_t> keys;
    for (const std::size_t symbol : family_.formulas[formula].symbols) {
      if (symbol >= family_.keys.size()) continue;
      keys.insert(symbol);
      if (IsList(symbol) && family_.keys[symbol].fallback)
        keys.merge(NumbersBehind(*family_.keys[symbol].fallback));
    }
    return keys;
  }

  const Family& family_;
  const Architecture& a_;
  std::vector<int> kinds_;  // by depth
  std::vector<Values> values_;
  std::set<std::size_t> missing_;  // keys that the last evaluation lacked
  std::vector<Equation> equations_;
  std::set<std::size_t> left_out_;
  bool assumes_defaults_ = false;
};

}  // namespace

std::optional<Json> WriteConfig(const Family& family, const Architecture& architecture) {
  return ConfigWriter(family, architecture).Write();
}

std::optional<Json> ToHuggingFace(const Architecture& architecture, const FamilyShelf& shelf) {
  std::vector<std::string> names(std::begin(kPlainest), std::end(kPlainest));
  for (std::string& name : shelf.Names()) {
    if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(std::move(name));
  }
  for (const std::string& name : names) {
    const auto family = shelf.Find(name);
    if (!family) continue;
    if (auto config = WriteConfig(*family, architecture)) return config;
  }
  return std::nullopt;
}

}  // namespace perflaw
