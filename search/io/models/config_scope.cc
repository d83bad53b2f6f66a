#include "search/io/models/config_scope.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cmath>

#include "search/base/error.hpp"

namespace perflaw {

const Json* AtPath(const Json& object, const std::string& path) {
  if (!object.is_object()) return nullptr;
  if (const auto whole = object.find(path); whole != object.end()) return &*whole;
  const auto dot = path.find('.');
  if (dot == std::string::npos) return nullptr;
  const auto member = object.find(path.substr(0, dot));
  return member == object.end() ? nullptr : AtPath(*member, path.substr(dot + 1));
}

ConfigScope::ConfigScope(const Family& family, const Json& config, const ConfigPlace& place)
    : family_(family), config_(config), place_(place), values_(family.Symbols()) {
  given_.resize(family.keys.size());
  for (std::size_t i = 0; i < family.keys.size(); ++i) FindKey(i);
}

double ConfigScope::Evaluate(std::size_t formula, Count layer) {
  const BoundFormula& bound = family_.formulas[formula];
  return bound.formula.Evaluate<double>(
      [&](std::size_t name) { return Symbol(bound.symbols[name], layer); });
}

Count ConfigScope::Whole(std::size_t formula, Count layer, const std::string& field, Count most) {
  const double value = Evaluate(formula, layer);
  if (!std::isfinite(value)) FailUndefined(formula, layer);
  if (value >= 0 && value <= AsReal(most) && value == std::floor(value))
    return static_cast<Count>(value);
  std::string key = KeyOf(formula);
  if (key.empty()) key = field;
  Fail(key, fmt::format("makes {} = {} {:.6g}: must be a whole number from 0 to {}", field,
                        family_.formulas[formula].formula.text(), value, most));
}

bool ConfigScope::Flag(std::size_t formula, Count layer) {
  const double value = Evaluate(formula, layer);
  if (std::isfinite(value)) return value != 0;
  FailUndefined(formula, layer);
}

void ConfigScope::FailUndefined(std::size_t formula, Count layer) {
  const std::string what =
      fmt::format("makes {} undefined", family_.formulas[formula].formula.text());
  for (std::size_t key = 0; key < family_.keys.size(); ++key) {
    if (IsAbsent(given_[key])) continue;
    std::fill(values_.begin(), values_.end(), Known{});
    supposed_ = key;
    if (std::isfinite(Evaluate(formula, layer))) Fail(NameOf(key), what);
  }
  Fail(KeyOf(formula), what);
}

std::string ConfigScope::KeyOf(std::size_t formula) const {
  std::string first;
  for (const std::size_t symbol : family_.formulas[formula].symbols) {
    if (symbol < family_.keys.size()) {
      std::string name = NameOf(symbol);
      if (!IsAbsent(given_[symbol])) return name;
      const auto& fallback = family_.keys[symbol].fallback;
      std::string of_fallback = fallback ? KeyOf(*fallback) : "";
      if (!of_fallback.empty()) return of_fallback;
      if (first.empty()) first = name;
    } else if (symbol < family_.LayerSymbol()) {
      std::string of_let = KeyOf(family_.lets[symbol - family_.keys.size()].formula);
      if (!of_let.empty()) return of_let;
    }
  }
  return first;
}

void ConfigScope::Refuse(std::size_t formula, const Violation& bad) const {
  const auto& symbols = family_.formulas[formula].symbols;
  for (const std::size_t symbol : symbols) {
    if (symbol < family_.keys.size() && !IsAbsent(given_[symbol]) &&
        given_[symbol]->dump() == bad.value)
      Fail(NameOf(symbol), bad.rule);
  }
  // A key that is not there stands for its default.
  while (family_.formulas[formula].symbols.size() == 1) {
    const std::size_t symbol = family_.formulas[formula].symbols.front();
    if (symbol >= family_.keys.size() || !IsAbsent(given_[symbol]) ||
        !family_.keys[symbol].fallback)
      break;
    formula = *family_.keys[symbol].fallback;
    if (family_.formulas[formula].symbols.empty())
      Fail(NameOf(symbol), fmt::format("is not given, and its default {} {}", bad.value, bad.rule));
  }
  Fail(KeyOf(formula),
       fmt::format("makes {} = {} {}: {}", bad.field.substr(bad.field.find('.') + 1),
                   family_.formulas[formula].formula.text(), bad.value, bad.rule));
}

void ConfigScope::Fail(const std::string& key, const std::string& rule) const {
  const Json* value = AtPath(config_, key);
  throw InputError(place_.file, place_.PathOf(key), value == nullptr ? "" : Shown(*value), rule);
}

void ConfigScope::NoteDefaults() const {
  if (place_.defaults == nullptr) return;
  for (std::size_t i = 0; i < family_.keys.size(); ++i) {
    if (!used_defaults_[i].empty())
      place_.defaults->push_back(
          fmt::format("{} = {}", place_.PathOf(NameOf(i)), used_defaults_[i]));
  }
}

std::string ConfigScope::NameOf(std::size_t key) const {
  return place_of_[key].empty() ? family_.keys[key].paths.front() : place_of_[key];
}

void ConfigScope::FindKey(std::size_t i) {
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

double ConfigScope::Symbol(std::size_t symbol, Count layer) {
  if (symbol == family_.LayerSymbol()) return AsReal(layer);
  if (symbol == supposed_) return 1;
  Known& known = values_[symbol];
  const Count at = family_.OfLayer(symbol) ? layer : 0;
  if (known.layer == at) return known.value;
  const double value = symbol < family_.keys.size()
                           ? KeyValue(symbol, layer)
                           : Evaluate(family_.lets[symbol - family_.keys.size()].formula, layer);
  known = {at, value};
  return value;
}

double ConfigScope::KeyValue(std::size_t i, Count layer) {
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

const Json& ConfigScope::Entry(std::size_t i, Count layer) const {
  const Json& list = *given_[i];
  const Count size = static_cast<Count>(list.size());
  if (family_.keys[i].shape == FamilyKey::Shape::kRepeated && size > 0)
    return list[static_cast<std::size_t>(layer % size)];
  if (size < layers_)
    Fail(NameOf(i),
         fmt::format("has {} entries, must have one for each of the {} layers", size, layers_));
  // Of layers that predict further tokens, say.
  if (size > layers_ && layers_ > 0 && place_.notes != nullptr) {
    const std::string note = fmt::format("{} has {} entries: those of the first {} layers count",
                                         place_.PathOf(NameOf(i)), size, layers_);
    if (std::find(place_.notes->begin(), place_.notes->end(), note) == place_.notes->end())
      place_.notes->push_back(note);
  }
  return list[static_cast<std::size_t>(layer)];
}

const Json* ConfigScope::OfNumber(const Json& object, Count layer, const std::string& path) {
  for (const auto& item : object.items()) {
    const std::string& name = item.key();
    const bool is_number =
        !name.empty() && name.size() < 10 &&
        std::all_of(name.begin(), name.end(), [](unsigned char c) { return std::isdigit(c); });
    if (is_number && std::stoll(name) == layer) return AtPath(item.value(), path);
  }
  return nullptr;
}

double ConfigScope::Default(std::size_t i, Count layer) {
  const FamilyKey& key = family_.keys[i];
  const bool is_null = AtPath(config_, key.paths.front()) != nullptr;
  if (key.absent && !is_null) return Used(i, *key.absent, layer);
  if (!key.fallback)
    throw InputError(place_.file, place_.PathOf(key.paths.front()), "", "is missing");
  // Where the file says null and that is none, nothing is assumed.
  if (is_null && key.why.empty()) {
    const double value = Evaluate(*key.fallback, layer);
    if (value == 0 || key.absent) return value;
  }
  return Used(i, *key.fallback, layer);
}

double ConfigScope::Used(std::size_t i, std::size_t fallback, Count layer) {
  const FamilyKey& key = family_.keys[i];
  const double value = Evaluate(fallback, layer);
  if (key.shape == FamilyKey::Shape::kOne && !key.real &&
      (value != std::floor(value) || value < 0)) {
    Fail(KeyOf(fallback),
         fmt::format("makes {} = {} {:.6g}: must be a whole number, or give {}", key.name,
                     family_.formulas[fallback].formula.text(), value, key.name));
  }
  const BoundFormula& formula = family_.formulas[fallback];
  const std::string why = !key.why.empty()                  ? key.why
                          : formula.formula.names().empty() ? "class default"
                                                            : formula.formula.text();
  std::string& said = used_defaults_[i];
  if (said.empty() && key.shape == FamilyKey::Shape::kOne)
    said = fmt::format(
        "{} ({})", key.is_switch ? (value != 0 ? "true" : "false") : fmt::format("{:.12g}", value),
        why);
  return value;
}

double ConfigScope::Numbered(std::size_t i, Count layer) {
  // As a list, or as a text: "4,5,6".
  const Json list = given_[i]->is_string()
                        ? Json::parse("[" + given_[i]->get<std::string>() + "]", nullptr, false)
                        : *given_[i];
  if (!list.is_array()) Fail(NameOf(i), "must be a list of layers' numbers");
  for (const Json& entry : list) {
    if (!entry.is_number_integer()) Fail(NameOf(i), "must be a list of layers' numbers");
    const Count number = entry.get<Count>() - family_.keys[i].numbered_from;
    if (number < 0 || number >= layers_)
      Fail(NameOf(i),
           fmt::format("names layer {}, must be from {} to {}", entry.dump(),
                       family_.keys[i].numbered_from, layers_ - 1 + family_.keys[i].numbered_from));
    if (number == layer) return 1;
  }
  return 0;
}

double ConfigScope::Character(std::size_t i, Count layer) {
  const std::string text = given_[i]->get<std::string>();
  if (static_cast<Count>(text.size()) < layers_)
    Fail(NameOf(i), fmt::format("has {} characters, must have one for each of the {} layers",
                                text.size(), layers_));
  return Word(i, std::string(1, text[static_cast<std::size_t>(layer)]));
}

double ConfigScope::Word(std::size_t i, const std::string& word) const {
  if (const double* value = family_.keys[i].Word(word)) return *value;
  std::vector<std::string> known;
  for (const auto& [name, value] : family_.keys[i].words) known.push_back(name);
  if (known.empty()) Fail(NameOf(i), "must be a whole number");
  Fail(NameOf(i),
       fmt::format("\"{}\" is not known in this family: {}", word, fmt::join(known, ", ")));
}

double ConfigScope::Number(std::size_t i, const Json& value) const {
  const FamilyKey& key = family_.keys[i];
  if (value.is_string()) return Word(i, value.get<std::string>());
  // In a list, or beside words, a switch may say which kind a layer is.
  const bool plain = key.words.empty() && key.shape == FamilyKey::Shape::kOne;
  if (value.is_boolean() && !(plain && !key.is_switch)) return value.get<bool>() ? 1 : 0;
  if (key.is_switch && plain && value != 0 && value != 1) Fail(NameOf(i), "must be true or false");
  if (!value.is_number()) Fail(NameOf(i), key.real ? "must be a number" : "must be a whole number");
  const double number = value.get<double>();
  if (!std::isfinite(number)) Fail(NameOf(i), "must be finite");
  if (!key.real && (number != std::floor(number) || number < 0 || number > AsReal(kMaxWidth)))
    Fail(NameOf(i), fmt::format("must be a whole number from 0 to {}", kMaxWidth));
  return number;
}

}  // namespace perflaw
