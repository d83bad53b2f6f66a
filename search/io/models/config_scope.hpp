// A config's numbers under the names of its family.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "search/io/models/family.hpp"

namespace perflaw {

// Where the config stands, and what the reader noticed there.
struct ConfigPlace {
  std::string file, path;              // of the object in the file; "" for its root
  std::vector<std::string>* defaults;  // null: nobody asks
  std::vector<std::string>* notes;

  std::string PathOf(const std::string& key) const { return path.empty() ? key : path + "." + key; }
};

// The value at a dotted path of nested objects; null where any part is missing.
const Json* AtPath(const Json& object, const std::string& path);
inline bool IsAbsent(const Json* value) { return value == nullptr || value->is_null(); }

// All three must outlive it.
class ConfigScope {
 public:
  ConfigScope(const Family& family, const Json& config, const ConfigPlace& place);

  // Of one of the family's formulas at a layer. Whole and Flag throw InputError where it is no such value.
  double Evaluate(std::size_t formula, Count layer);
  Count Whole(std::size_t formula, Count layer, const std::string& field, Count most);
  bool Flag(std::size_t formula, Count layer);

  // The first key of a formula that the file has, else the first of all.
  std::string KeyOf(std::size_t formula) const { return KeyBehind(formula, family_.Symbols()); }

  // By the key of the formula that has the value, else by what the formula makes of its keys.
  [[noreturn]] void Refuse(std::size_t formula, const Violation& bad) const;

  // By a key as it stands in the config.
  [[noreturn]] void Fail(const std::string& key, const std::string& rule) const;

  // In the family's order of keys.
  void NoteDefaults() const;

  // How many layers the lists must have entries for.
  void SetDepth(Count layers) { layers_ = layers; }

 private:
  // Of a formula without a value: by the key that would give it one, were it 1.
  [[noreturn]] void FailUndefined(std::size_t formula, Count layer);
  // Through at most so many defaults and names, for some may lead back to themselves.
  std::string KeyBehind(std::size_t formula, std::size_t most) const;
  std::string NameOf(std::size_t key) const;
  void FindKey(std::size_t i);
  double Symbol(std::size_t symbol, Count layer);
  double KeyValue(std::size_t i, Count layer);

  // Of a list with a value a layer.
  const Json& Entry(std::size_t i, Count layer) const;

  // Of an object whose members are named by layers' numbers, with or without leading zeros; null where the layer has none.
  static const Json* OfNumber(const Json& object, Count layer, const std::string& path);
  double Default(std::size_t i, Count layer);
  double Used(std::size_t i, std::size_t fallback, Count layer);
  double Numbered(std::size_t i, Count layer);
  double Character(std::size_t i, Count layer);
  double Word(std::size_t i, const std::string& word) const;
  double Number(std::size_t i, const Json& value) const;

  struct Known {
    Count layer = -1;  // at which the value is known
    double value = 0;
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

}  // namespace perflaw
