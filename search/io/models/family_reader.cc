#include "search/io/models/family_reader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <cstring>

#include "engine/block_fields.hpp"
#include "search/base/error.hpp"

namespace perflaw {
namespace {

bool IsAbsent(const Json* value) { return value == nullptr || value->is_null(); }

// "a.b.c" without its first member.
std::string Behind(const std::string& path, std::size_t dot) { return path.substr(dot + 1); }

// The value at a dotted path of nested objects; null where any part is missing.
const Json* AtPath(const Json& object, const std::string& path) {
  if (!object.is_object()) return nullptr;
  if (const auto whole = object.find(path); whole != object.end()) return &*whole;
  const auto dot = path.find('.');
  if (dot == std::string::npos) return nullptr;
  const auto member = object.find(path.substr(0, dot));
  return member == object.end() ? nullptr : AtPath(*member, Behind(path, dot));
}

// A config's numbers under the names of its family.
class ConfigScope {
 public:
  ConfigScope(const Family& family, const Json& config, const ConfigPlace& place)
      : family_(family), config_(config), place_(place), values_(family.Symbols()) {
    given_.resize(family.keys.size());
    for (std::size_t i = 0; i < family.keys.size(); ++i) FindKey(i);
  }

  // Of one of the family's formulas at a layer.
  double Evaluate(std::size_t formula, Count layer) {
    const BoundFormula& bound = family_.formulas[formula];
    return bound.formula.Evaluate<double>(
        [&](std::size_t name) { return Symbol(bound.symbols[name], layer); });
  }
  Count Whole(std::size_t formula, Count layer, const std::string& field, Count most) {
    const double value = Evaluate(formula, layer);
    if (!std::isfinite(value)) FailUndefined(formula, layer);
    if (value >= 0 && value <= AsReal(most) && value == std::floor(value))
      return static_cast<Count>(value);
    const std::string key = KeyOf(formula);
    Fail(key, fmt::format("makes {} = {} {:.6g}: must be a whole number from 0 to {}", field,
                          family_.formulas[formula].formula.text(), value, most));
  }
  bool Flag(std::size_t formula, Count layer) {
    const double value = Evaluate(formula, layer);
    if (std::isfinite(value)) return value != 0;
    FailUndefined(formula, layer);
  }

  // Of a formula without a value: by the key that would give it one, were it 1.
  [[noreturn]] void FailUndefined(std::size_t formula, Count layer) {
    const std::string what = fmt::format("makes {} undefined", family_.formulas[formula].formula.text());
    for (std::size_t key = 0; key < family_.keys.size(); ++key) {
      if (IsAbsent(given_[key])) continue;
      std::fill(values_.begin(), values_.end(), Known{});
      supposed_ = key;
      if (std::isfinite(Evaluate(formula, layer))) Fail(NameOf(key), what);
    }
    Fail(KeyOf(formula), what);
  }

  // The first key of a formula that the file has, else the first of all.
  std::string KeyOf(std::size_t formula) const {
    std::string first;
    for (const std::size_t symbol : family_.formulas[formula].symbols) {
      if (symbol < family_.keys.size()) {
        const std::string name = NameOf(symbol);
        if (!IsAbsent(given_[symbol])) return name;
        const auto& fallback = family_.keys[symbol].fallback;
        const std::string of_fallback = fallback ? KeyOf(*fallback) : "";
        if (!of_fallback.empty()) return of_fallback;
        if (first.empty()) first = name;
      } else if (symbol < family_.LayerSymbol()) {
        const std::string of_let = KeyOf(family_.lets[symbol - family_.keys.size()].formula);
        if (!of_let.empty()) return of_let;
      }
    }
    return first;
  }

  [[noreturn]] void Fail(const std::string& key, const std::string& rule) const {
    const Json* value = AtPath(config_, key);
    constexpr std::size_t kShown = 60;
    std::string shown = value == nullptr ? "" : value->dump(-1, ' ', false, Json::error_handler_t::replace);
    if (shown.size() > kShown) shown = shown.substr(0, kShown) + "...";
    throw InputError(place_.file, place_.PathOf(key), shown, rule);
  }

  // In the family's order of keys.
  void NoteDefaults() const {
    if (place_.defaults == nullptr) return;
    for (std::size_t i = 0; i < family_.keys.size(); ++i) {
      if (!used_defaults_[i].empty())
        place_.defaults->push_back(fmt::format("{} = {}", place_.PathOf(NameOf(i)), used_defaults_[i]));
    }
  }

  void SetDepth(Count layers) { layers_ = layers; }

 private:
  std::string NameOf(std::size_t key) const {
    return place_of_[key].empty() ? family_.keys[key].paths.front() : place_of_[key];
  }

  void FindKey(std::size_t i) {
    const FamilyKey& key = family_.keys[i];
    place_of_.resize(family_.keys.size());
    used_defaults_.resize(family_.keys.size());
    for (const std::string& path : key.paths) {
      const auto list = path.find("[].");
      const Json* value = AtPath(config_, list == std::string::npos ? path : path.substr(0, list));
      if (IsAbsent(value)) continue;
      if (given_[i] != nullptr && *given_[i] != *value)
        Fail(path, fmt::format("contradicts {} = {}", place_of_[i], given_[i]->dump()));
      if (given_[i] != nullptr) continue;
      given_[i] = value;
      place_of_[i] = list == std::string::npos ? path : path.substr(0, list);
      if (list != std::string::npos) item_path_[i] = path.substr(list + 3);
    }
  }

  double Symbol(std::size_t symbol, Count layer) {
    if (symbol == family_.LayerSymbol()) return AsReal(layer);
    if (symbol == supposed_) return 1;
    Known& known = values_[symbol];
    const Count at = family_.OfLayer(symbol) ? layer : 0;
    if (known.layer == at) return known.value;
    if (known.busy) Fail(symbol < family_.keys.size() ? NameOf(symbol) : "let", "is defined by itself");
    known.busy = true;
    const double value = symbol < family_.keys.size()
                             ? KeyValue(symbol, layer)
                             : Evaluate(family_.lets[symbol - family_.keys.size()].formula, layer);
    known = {at, value, false};
    return value;
  }

  double KeyValue(std::size_t i, Count layer) {
    const FamilyKey& key = family_.keys[i];
    const Json* value = given_[i];
    if (!IsAbsent(value) && key.shape == FamilyKey::Shape::kNumbered) return Numbered(i, layer);
    for (const std::string& list : key.length_of) {
      const Json* found = AtPath(config_, list);
      if (found != nullptr && found->is_array()) return AsReal(static_cast<Count>(found->size()));
      if (found != nullptr && found->is_string())
        return AsReal(static_cast<Count>(found->get_ref<const std::string&>().size()));
    }
    if (!IsAbsent(value) && key.shape != FamilyKey::Shape::kOne) {
      const auto path = item_path_.find(i);
      if (value->is_array()) {
        const Json& entry = Entry(i, layer);
        value = path == item_path_.end() ? &entry : AtPath(entry, path->second);
      } else if (value->is_object() && path != item_path_.end()) {
        value = OfNumber(*value, layer, path->second);
      } else if (value->is_string() && key.Word(value->get<std::string>()) == nullptr) {
        return Character(i, layer);
      }
    }
    if (IsAbsent(value)) return Default(i, layer);
    return Number(i, *value);
  }

  // Of a list with a value a layer.
  const Json& Entry(std::size_t i, Count layer) const {
    const Json& list = *given_[i];
    const Count size = static_cast<Count>(list.size());
    if (family_.keys[i].shape == FamilyKey::Shape::kRepeated && size > 0)
      return list[static_cast<std::size_t>(layer % size)];
    if (size < layers_)
      Fail(NameOf(i), fmt::format("has {} entries, must have one for each of the {} layers", size, layers_));
    return list[static_cast<std::size_t>(layer)];
  }

  // Of an object whose members are named by layers' numbers, with or without leading zeros; null where the layer has none.
  static const Json* OfNumber(const Json& object, Count layer, const std::string& path) {
    for (const auto& item : object.items()) {
      const std::string& name = item.key();
      const bool is_number = !name.empty() && name.size() < 10 &&
                             std::all_of(name.begin(), name.end(), [](unsigned char c) { return std::isdigit(c); });
      if (is_number && std::stoll(name) == layer) return AtPath(item.value(), path);
    }
    return nullptr;
  }

  double Default(std::size_t i, Count layer) {
    const FamilyKey& key = family_.keys[i];
    const bool is_null = AtPath(config_, key.paths.front()) != nullptr;
    if (key.absent && !is_null) return Used(i, *key.absent, layer);
    if (key.absent && key.fallback) return Evaluate(*key.fallback, layer);  // the file says null, so nothing is assumed
    if (!key.fallback) throw InputError(place_.file, place_.PathOf(key.paths.front()), "", "is missing");
    return Used(i, *key.fallback, layer);
  }

  double Used(std::size_t i, std::size_t fallback, Count layer) {
    const FamilyKey& key = family_.keys[i];
    const double value = Evaluate(fallback, layer);
    if (key.shape == FamilyKey::Shape::kOne && !key.real && (value != std::floor(value) || value < 0)) {
      Fail(KeyOf(fallback),
           fmt::format("makes {} = {} {:.6g}: must be a whole number, or give {}", key.name,
                       family_.formulas[fallback].formula.text(), value, key.name));
    }
    const BoundFormula& formula = family_.formulas[fallback];
    const std::string why = !key.why.empty()                    ? key.why
                            : formula.formula.names().empty() ? "class default"
                                                              : formula.formula.text();
    std::string& said = used_defaults_[i];
    if (said.empty() && key.shape == FamilyKey::Shape::kOne)
      said = fmt::format("{} ({})",
                         key.is_switch ? (value != 0 ? "true" : "false") : fmt::format("{:.12g}", value),
                         why);
    return value;
  }

  double Numbered(std::size_t i, Count layer) {
    const Json& list = *given_[i];
    if (!list.is_array()) Fail(NameOf(i), "must be a list of layers' numbers");
    for (const Json& entry : list) {
      if (!entry.is_number_integer()) Fail(NameOf(i), "must be a list of layers' numbers");
      const Count number = entry.get<Count>() - family_.keys[i].numbered_from;
      if (number < 0 || number >= layers_)
        Fail(NameOf(i), fmt::format("names layer {}, must be from {} to {}", entry.dump(),
                                    family_.keys[i].numbered_from,
                                    layers_ - 1 + family_.keys[i].numbered_from));
      if (number == layer) return 1;
    }
    return 0;
  }

  double Character(std::size_t i, Count layer) {
    const std::string text = given_[i]->get<std::string>();
    if (static_cast<Count>(text.size()) < layers_)
      Fail(NameOf(i), fmt::format("has {} characters, must have one for each of the {} layers",
                                  text.size(), layers_));
    return Word(i, std::string(1, text[static_cast<std::size_t>(layer)]));
  }

  double Word(std::size_t i, const std::string& word) const {
    if (const double* value = family_.keys[i].Word(word)) return *value;
    std::vector<std::string> known;
    for (const auto& [name, value] : family_.keys[i].words) known.push_back(name);
    if (known.empty()) Fail(NameOf(i), "must be a whole number");
    Fail(NameOf(i), fmt::format("\"{}\" is not known in this family: {}", word,
                                fmt::join(known, ", ")));
  }

  double Number(std::size_t i, const Json& value) const {
    const FamilyKey& key = family_.keys[i];
    if (value.is_string()) return Word(i, value.get<std::string>());
    if (value.is_boolean()) return value.get<bool>() ? 1 : 0;
    if (!value.is_number()) Fail(NameOf(i), key.real ? "must be a number" : "must be a whole number");
    const double number = value.get<double>();
    if (!std::isfinite(number)) Fail(NameOf(i), "must be finite");
    if (!key.real && (number != std::floor(number) || number < 0 || number > AsReal(kMaxWidth)))
      Fail(NameOf(i), fmt::format("must be a whole number from 0 to {}", kMaxWidth));
    return number;
  }

  struct Known {
    Count layer = -1;  // at which the value is known
    double value = 0;
    bool busy = false;
  };
  const Family& family_;
  const Json& config_;
  const ConfigPlace& place_;
  std::vector<Known> values_;
  std::vector<const Json*> given_;
  std::vector<std::string> place_of_, used_defaults_;
  std::map<std::size_t, std::string> item_path_;
  Count layers_ = 0;
  std::optional<std::size_t> supposed_;  // a key taken for 1, see FailUndefined
};

// Fills the fields of a block from its family's formulas.
class FieldValues {
 public:
  FieldValues(const FamilyBlock& block, ConfigScope& scope, Count layer)
      : block_(block), scope_(scope), layer_(layer) {}

  void Size(std::string_view name, Count& value, Count) { Set(name, value, kMaxWidth); }
  void Large(std::string_view name, Count& value) { Set(name, value, Count{1} << 60); }
  void Flag(std::string_view name, bool& value) {
    if (const FamilyField* field = Find(name)) value = scope_.Flag(field->formula, layer_);
  }
  template <class E, class Words>
  void Word(std::string_view name, E& value, const Words& words) {
    const FamilyField* field = Find(name);
    if (field == nullptr) return;
    value = static_cast<E>(scope_.Whole(field->formula, layer_, field->name,
                                        static_cast<Count>(words.size()) - 1));
  }
  const FamilyField* Find(std::string_view name) const {
    const auto at = std::find_if(block_.fields.begin(), block_.fields.end(),
                                 [&](const FamilyField& f) { return f.name == name; });
    return at == block_.fields.end() ? nullptr : &*at;
  }

 private:
  void Set(std::string_view name, Count& value, Count most) {
    if (const FamilyField* field = Find(name))
      value = scope_.Whole(field->formula, layer_, field->name, most);
  }

  const FamilyBlock& block_;
  ConfigScope& scope_;
  Count layer_;
};

class FamilyReader {
 public:
  FamilyReader(const Family& family, const Json& config, const ConfigPlace& place)
      : family_(family), config_(config), place_(place), scope_(family, config, place) {}

  Architecture Read() {
    CheckFixed();
    ReadWhole();
    for (Count layer = 0; layer < layers_; ++layer) {
      LayerKind kind = LayerAt(layer);
      const bool alike = !of_layer_;
      kind.count = 0;
      Put(kind, alike ? layers_ : 1);
      if (alike) break;
    }
    for (const FamilyBlock& part : family_.parts) {
      if (auto block = BlockAt(part, 0)) architecture_.parts.push_back(std::get<CustomPart>(*block));
    }
    if (order_.size() > 1 && !std::is_sorted(order_.begin(), order_.end()))
      architecture_.order = std::move(order_);
    if (const auto bad = Validate(architecture_)) Refuse(*bad);
    scope_.NoteDefaults();
    Note();
    return std::move(architecture_);
  }

 private:
  void CheckFixed() {
    for (const FamilyFixed& fixed : family_.fixed) {
      const Json* value = AtPath(config_, fixed.key);
      if (IsAbsent(value)) continue;
      const bool kept = fixed.formula ? value->is_number() && value->get<double>() ==
                                                                  scope_.Evaluate(*fixed.formula, 0)
                                      : *value == fixed.value;
      if (!kept) scope_.Fail(fixed.key, fixed.rule);
    }
  }

  void ReadWhole() {
    const auto whole = [&](const char* name, Count fallback, Count most) {
      const FamilyField* field = family_.Stack(name);
      return field == nullptr ? fallback : scope_.Whole(field->formula, 0, name, most);
    };
    const auto flag = [&](const char* name, bool fallback) {
      const FamilyField* field = family_.Stack(name);
      return field == nullptr ? fallback : scope_.Flag(field->formula, 0);
    };
    layers_ = whole("layers", 0, kMostConfigLayers);
    if (layers_ == 0) {
      const std::string key = scope_.KeyOf(family_.Stack("layers")->formula);
      scope_.Fail(key, fmt::format("must be a whole number from 1 to {}", kMostConfigLayers));
    }
    scope_.SetDepth(layers_);
    architecture_.hidden = whole("hidden", 0, kMaxWidth);
    architecture_.vocab = whole("vocab", 0, kMaxWidth);
    architecture_.tied_embeddings = flag("tied", false);
    architecture_.norm_bias = flag("norm_bias", false);
    architecture_.norm_weights = flag("norm_weights", true);
    architecture_.embedding_norm = flag("embedding_norm", false);
    architecture_.learned_positions = whole("learned_positions", 0, kMaxWidth);
    architecture_.lm_head_bias = flag("lm_head_bias", false);
    const auto depends = [&](std::size_t formula) { return family_.formulas[formula].of_layer; };
    const FamilyField* norms = family_.Stack("norms");
    of_layer_ = norms != nullptr && depends(norms->formula);
    for (const FamilyBlock& block : family_.blocks) {
      of_layer_ = of_layer_ || (block.when && depends(*block.when));
      for (const FamilyField& field : block.fields) of_layer_ = of_layer_ || depends(field.formula);
    }
  }

  std::optional<Block> BlockAt(const FamilyBlock& spec, Count layer) {
    if (spec.when && !scope_.Flag(*spec.when, layer)) return std::nullopt;
    Block block = BlockOfKind(spec.kind);
    FieldValues values(spec, scope_, layer);
    std::visit([&](auto& b) { VisitFields(b, values); }, block);
    if (auto* attention = std::get_if<SoftmaxAttention<Count>>(&block)) {
      if (attention->v_head_dim == 0) attention->v_head_dim = attention->head_dim;
    } else if (auto* experts = std::get_if<MoeFfn<Count>>(&block)) {
      const FamilyField* merged = values.Find("shared_width");
      if (merged != nullptr)
        SetShared(*experts, scope_.Whole(merged->formula, layer, merged->name, kMaxWidth));
      if (experts->shared_ffn == 0 && experts->shared > 0) experts->shared_ffn = experts->ffn;
      if (experts->shared == 0) experts->shared_gate = experts->shared_bias = false, experts->shared_ffn = experts->ffn;
    } else if (auto* part = std::get_if<CustomPart>(&block)) {
      std::strncpy(part->name.data(), spec.name.c_str(), part->name.size() - 1);
    }
    return block;
  }

  // Shared experts given as one merged width are as many of a routed one's where that goes in whole.
  static void SetShared(MoeFfn<Count>& experts, Count width) {
    const bool whole = experts.ffn > 0 && width % experts.ffn == 0;
    experts.shared = whole ? width / experts.ffn : width > 0 ? 1 : 0;
    experts.shared_ffn = whole ? experts.ffn : width;
  }

  LayerKind LayerAt(Count layer) {
    LayerKind kind;
    const FamilyField* norms = family_.Stack("norms");
    if (norms != nullptr) kind.norms = scope_.Whole(norms->formula, layer, "norms", 16);
    for (const FamilyBlock& spec : family_.blocks) {
      if (auto block = BlockAt(spec, layer)) kind.blocks.push_back(*block);
    }
    return kind;
  }

  void Put(LayerKind& kind, Count count) {
    auto same = architecture_.layers.begin();
    for (; same != architecture_.layers.end(); ++same) {
      if (same->norms == kind.norms && same->blocks == kind.blocks) break;
    }
    order_.push_back(static_cast<int>(same - architecture_.layers.begin()));
    if (same == architecture_.layers.end()) {
      architecture_.layers.push_back(std::move(kind));
      architecture_.layers.back().count = count;
    } else {
      same->count += count;
    }
  }

  // By the config's own key, where a formula of the field tells it.
  [[noreturn]] void Refuse(const Violation& bad) {
    const auto dot = bad.field.find('.');
    if (dot == std::string::npos) {
      const FamilyField* field = family_.Stack(bad.field);
      if (field == nullptr) throw InputError(place_.file, place_.PathOf(bad.field), bad.value, bad.rule);
      throw InputError(place_.file, place_.PathOf(scope_.KeyOf(field->formula)), bad.value, bad.rule);
    }
    const std::string kind = bad.field.substr(0, dot), name = bad.field.substr(dot + 1);
    for (const FamilyBlock& block : family_.blocks) {
      if (kBlockNames[block.kind].key != kind) continue;
      for (const FamilyField& field : block.fields) {
        if (field.name == name)
          throw InputError(place_.file, place_.PathOf(scope_.KeyOf(field.formula)), bad.value,
                           bad.rule);
      }
    }
    throw InputError(place_.file, place_.PathOf(bad.field), bad.value, bad.rule);
  }

  void Note() {
    if (place_.notes == nullptr) return;
    for (const FamilyNote& note : family_.notes) {
      if (note.when && !scope_.Flag(*note.when, 0)) continue;
      std::string text = note.text;
      for (const FamilyKey& key : family_.keys) {
        const std::string mark = "{" + key.name + "}";
        const auto at = text.find(mark);
        const Json* value = AtPath(config_, key.paths.front());
        if (at != std::string::npos && !IsAbsent(value)) text.replace(at, mark.size(), value->dump());
      }
      place_.notes->push_back(text);
    }
  }

  const Family& family_;
  const Json& config_;
  const ConfigPlace& place_;
  ConfigScope scope_;
  Architecture architecture_;
  std::vector<int> order_;
  Count layers_ = 0;
  bool of_layer_ = false;
};

}  // namespace

Architecture ReadFamily(const Family& family, const Json& config, const ConfigPlace& place) {
  return FamilyReader(family, config, place).Read();
}

std::set<std::string> KnownKeys(const Family& family) {
  std::set<std::string> known;
  const auto add = [&](const std::string& path) {
    known.insert(path);
    known.insert(path.substr(0, std::min(path.find('.'), path.find("[]."))));
  };
  for (const FamilyKey& key : family.keys) {
    for (const std::string& path : key.paths) add(path);
  }
  for (const FamilyFixed& fixed : family.fixed) add(fixed.key);
  for (const std::string& key : family.ignored) add(key);
  return known;
}

}  // namespace perflaw
