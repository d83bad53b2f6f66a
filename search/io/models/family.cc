#include "search/io/models/family.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <functional>

#include "engine/block_fields.hpp"
#include "search/base/error.hpp"

namespace perflaw {
namespace {

// Text of a formula from a number, a switch or a text.
std::string FormulaText(const Json& value, const Fields& fields, const std::string& key) {
  if (value.is_boolean()) return value.get<bool>() ? "1" : "0";
  if (value.is_number()) return value.dump();
  if (value.is_string()) return value.get<std::string>();
  fields.Fail(key, "must be a formula, a number or a switch");
}

// Reads the fields of one block as they stand: words as their position.
class FieldSpecs {
 public:
  using Add = std::function<std::size_t(const Json&, const std::string&)>;
  FieldSpecs(Fields& fields, FamilyBlock& block, Add add)
      : fields_(fields), block_(block), add_(std::move(add)) {}

  void Size(std::string_view name, Count, Count) { Formula(std::string(name)); }
  void Large(std::string_view name, Count) { Formula(std::string(name)); }
  void Flag(std::string_view name, bool) { Formula(std::string(name)); }
  template <class E, class Words>
  void Word(std::string_view field, E, const Words& words) {
    const std::string name(field);
    if (!fields_.Has(name)) return;
    const Json& value = fields_.Get(name);
    const auto at = value.is_string()
                        ? std::find(words.begin(), words.end(), value.get<std::string>())
                        : words.end();
    const Json number = at == words.end() ? value : Json(at - words.begin());
    block_.fields.push_back({name, add_(number, name)});
  }
  void Formula(const std::string& name) {
    if (fields_.Has(name)) block_.fields.push_back({name, add_(fields_.Get(name), name)});
  }

 private:
  Fields& fields_;
  FamilyBlock& block_;
  Add add_;
};

class FamilyParser {
 public:
  FamilyParser(const Json& root, std::string model_type, std::string file)
      : root_(root), fields_(root, std::move(file), "") {
    family_.model_type = std::move(model_type);
  }

  Family Parse() {
    fields_.Skip("source");
    fields_.Skip("like");
    if (fields_.Has("title")) family_.title = fields_.Text("title");
    family_.classes = Texts(fields_, "classes");
    family_.ignored = Texts(fields_, "ignored");
    ReadKeys();
    ReadFixed();
    ReadLets();
    ReadStack();
    ReadNotes();
    fields_.Done();
    Bind();
    return std::move(family_);
  }

 private:
  static std::vector<std::string> Texts(Fields& fields, const std::string& key) {
    std::vector<std::string> texts;
    if (!fields.Has(key)) return texts;
    const Json& list = fields.Get(key);
    if (!list.is_array()) fields.Fail(key, "must be a list of texts");
    for (const Json& one : list) {
      if (!one.is_string()) fields.Fail(key, "must be a list of texts");
      texts.push_back(one.get<std::string>());
    }
    return texts;
  }

  std::size_t Add(const Json& value, const Fields& fields, const std::string& key) {
    try {
      family_.formulas.push_back(
          {Formula::Parse(FormulaText(value, fields, key), Formula::Dialect::kWhole), {}, false});
    } catch (const FormulaError& error) {
      fields.Fail(key, error.what());
    }
    places_.push_back(fields.PathOf(key));
    return family_.formulas.size() - 1;
  }

  void ReadKeys() {
    Fields keys = fields_.Object("keys");
    for (const auto& item : root_.at("keys").items()) {
      FamilyKey key;
      key.name = item.key();
      Fields spec = keys.Object(item.key());
      key.paths = {spec.Has("path") ? spec.Text("path") : item.key()};
      if (spec.Has("also")) {
        for (std::string& also : Texts(spec, "also")) key.paths.push_back(std::move(also));
      }
      if (spec.Has("each")) {
        const Json& each = spec.Get("each");
        if (each != true && each != "repeated") spec.Fail("each", "must be true or \"repeated\"");
        key.shape = each == true ? FamilyKey::Shape::kEach : FamilyKey::Shape::kRepeated;
      }
      if (spec.Has("length_of")) key.length_of = Texts(spec, "length_of");
      if (spec.Has("numbered")) {
        key.shape = FamilyKey::Shape::kNumbered;
        key.numbered_from = spec.Whole("numbered", 0, 1);
      }
      key.real = spec.Flag("real", false);
      if (spec.Has("words")) {
        const Json& words = spec.Get("words");
        if (!words.is_object()) spec.Fail("words", "must be an object of numbers by their words");
        for (const auto& word : words.items())
          key.words.emplace_back(word.key(),
                                 ToNumber(word.value(), spec.file(), spec.PathOf("words"), {}));
      }
      if (spec.Has("default")) {
        key.is_switch = spec.Get("default").is_boolean();
        key.fallback = Add(spec.Get("default"), spec, "default");
      }
      if (spec.Has("absent")) key.absent = Add(spec.Get("absent"), spec, "absent");
      if (spec.Has("why")) key.why = spec.Text("why");
      spec.Done();
      family_.keys.push_back(std::move(key));
    }
  }

  void ReadFixed() {
    if (!fields_.Has("fixed")) return;
    const Json& all = fields_.Get("fixed");
    if (!all.is_object()) fields_.Fail("fixed", "must be an object of [value, \"rule\"] by key");
    for (const auto& item : all.items()) {
      const Json& rule = item.value();
      if (!rule.is_array() || rule.size() != 2 || !rule[1].is_string())
        fields_.Fail("fixed", "must hold [value, \"rule\"] for each key");
      FamilyFixed fixed{item.key(), rule[0], std::nullopt, rule[1].get<std::string>()};
      if (rule[0].is_string() && rule[0].get<std::string>().starts_with('='))
        fixed.formula = Add(rule[0].get<std::string>().substr(1), fields_, "fixed");
      family_.fixed.push_back(std::move(fixed));
    }
  }

  void ReadLets() {
    if (!fields_.Has("let")) return;
    Fields lets = fields_.Object("let");
    for (const auto& item : root_.at("let").items()) {
      family_.lets.push_back({item.key(), Add(item.value(), lets, item.key())});
      lets.Skip(item.key());
    }
  }

  void ReadStack() {
    Fields stack = fields_.Object("stack");
    for (const char* key : {"layers", "hidden", "vocab"})
      family_.stack.push_back({key, Add(stack.Get(key), stack, key)});
    for (const char* key : {"tied", "norms", "norm_bias", "norm_weights", "embedding_norm",
                            "learned_positions", "lm_head_bias"}) {
      if (stack.Has(key)) family_.stack.push_back({key, Add(stack.Get(key), stack, key)});
    }
    ReadBlocks(stack, "blocks", family_.blocks);
    ReadBlocks(stack, "parts", family_.parts);
    stack.Done();
  }

  void ReadBlocks(Fields& stack, const std::string& key, std::vector<FamilyBlock>& blocks) {
    if (!stack.Has(key)) return;
    const Json& list = stack.Get(key);
    if (!list.is_array()) stack.Fail(key, "must be a list of blocks");
    for (std::size_t i = 0; i < list.size(); ++i) {
      Fields entry(list[i], fields_.file(), stack.PathOf(fmt::format("{}[{}]", key, i)));
      FamilyBlock block;
      if (entry.Has("if")) block.when = Add(entry.Get("if"), entry, "if");
      const auto kind =
          std::find_if(kBlockNames.begin(), kBlockNames.end(),
                       [&](const BlockName& name) { return entry.Has(std::string(name.key)); });
      if (kind == kBlockNames.end()) stack.Fail(key, "holds an object without a block's name");
      block.kind = static_cast<std::size_t>(kind - kBlockNames.begin());
      Fields fields = entry.Object(std::string(kind->key));
      ReadFields(fields, block);
      entry.Done();
      blocks.push_back(std::move(block));
    }
  }

  void ReadFields(Fields& fields, FamilyBlock& block) {
    FieldSpecs specs(fields, block, [&](const Json& value, const std::string& key) {
      return Add(value, fields, key);
    });
    Block made = BlockOfKind(block.kind);
    std::visit([&](auto& b) { VisitFields(b, specs); }, made);
    if (std::holds_alternative<MoeFfn<Count>>(made)) specs.Formula("shared_width");
    if (const auto* part = std::get_if<CustomPart>(&made)) {
      block.name = fields.Text("name");
      if (block.name.size() >= part->name.size())
        fields.Fail("name", fmt::format("must have at most {} characters", part->name.size() - 1));
    }
    fields.Done();
  }

  void ReadNotes() {
    if (!fields_.Has("notes")) return;
    const Json& list = fields_.Get("notes");
    if (!list.is_array()) fields_.Fail("notes", "must be a list of notes");
    for (std::size_t i = 0; i < list.size(); ++i) {
      Fields note(list[i], fields_.file(), fmt::format("notes[{}]", i));
      FamilyNote read;
      if (note.Has("if")) read.when = Add(note.Get("if"), note, "if");
      read.text = note.Text("text");
      note.Done();
      family_.notes.push_back(std::move(read));
    }
  }

  // Finds the symbol behind each name, and what depends on the layer.
  void Bind() {
    FindSymbols();
    std::vector<char> state(family_.Symbols(), kNew);
    for (std::size_t symbol = 0; symbol < family_.LayerSymbol(); ++symbol)
      RefuseCircle(symbol, state);
    FindLayers();
  }

  void FindSymbols() {
    std::map<std::string, std::size_t> symbols;
    for (std::size_t i = 0; i < family_.keys.size(); ++i) symbols[family_.keys[i].name] = i;
    for (std::size_t i = 0; i < family_.lets.size(); ++i) {
      if (!symbols.emplace(family_.lets[i].name, family_.keys.size() + i).second)
        fields_.Fail("let", fmt::format("{} is a key, too", family_.lets[i].name));
    }
    if (!symbols.emplace("layer", family_.LayerSymbol()).second)
      fields_.Fail("keys", "layer is the number of a layer: give the key another name and a path");
    for (std::size_t f = 0; f < family_.formulas.size(); ++f) {
      BoundFormula& formula = family_.formulas[f];
      for (const std::string& name : formula.formula.names()) {
        const auto at = symbols.find(name);
        if (at == symbols.end())
          throw InputError(fields_.file(), places_[f], name,
                           "is neither a key of this family nor named by `let`");
        formula.symbols.push_back(at->second);
      }
    }
  }

  // What stands for itself, by its defaults or by `let`, has no value.
  enum : char { kNew, kOpen, kDone };
  void RefuseCircle(std::size_t symbol, std::vector<char>& state) const {
    if (symbol == family_.LayerSymbol() || state[symbol] == kDone) return;
    const bool is_key = symbol < family_.keys.size();
    const std::string& name =
        is_key ? family_.keys[symbol].name : family_.lets[symbol - family_.keys.size()].name;
    if (state[symbol] == kOpen)
      fields_.Fail(is_key ? "keys" : "let", fmt::format("{} is defined by itself", name));
    state[symbol] = kOpen;
    std::vector<std::optional<std::size_t>> formulas;
    if (is_key) {
      formulas = {family_.keys[symbol].fallback, family_.keys[symbol].absent};
    } else {
      formulas = {family_.lets[symbol - family_.keys.size()].formula};
    }
    for (const auto& formula : formulas) {
      if (!formula) continue;
      for (const std::size_t other : family_.formulas[*formula].symbols) RefuseCircle(other, state);
    }
    state[symbol] = kDone;
  }

  void FindLayers() {
    auto& of_layer = family_.symbol_of_layer;
    of_layer.assign(family_.Symbols(), false);
    of_layer.back() = true;
    for (std::size_t i = 0; i < family_.keys.size(); ++i)
      of_layer[i] = family_.keys[i].shape != FamilyKey::Shape::kOne;
    for (std::size_t round = 0; round < family_.Symbols(); ++round) {
      for (BoundFormula& formula : family_.formulas)
        formula.of_layer = std::any_of(formula.symbols.begin(), formula.symbols.end(),
                                       [&](std::size_t s) { return of_layer[s]; });
      for (std::size_t i = 0; i < family_.keys.size(); ++i) {
        const auto& fallback = family_.keys[i].fallback;
        of_layer[i] = of_layer[i] || (fallback && family_.formulas[*fallback].of_layer);
      }
      for (std::size_t i = 0; i < family_.lets.size(); ++i)
        of_layer[family_.keys.size() + i] = family_.formulas[family_.lets[i].formula].of_layer;
    }
  }

  const Json& root_;
  Fields fields_;
  Family family_;
  std::vector<std::string> places_;  // of the formulas
};

}  // namespace

const double* FamilyKey::Word(const std::string& word) const {
  const auto at = std::find_if(words.begin(), words.end(),
                               [&](const auto& known) { return known.first == word; });
  return at == words.end() ? nullptr : &at->second;
}

const FamilyField* Family::Stack(const std::string& name) const {
  const auto at = std::find_if(stack.begin(), stack.end(),
                               [&](const FamilyField& f) { return f.name == name; });
  return at == stack.end() ? nullptr : &*at;
}

Family ParseFamily(const Json& root, const std::string& model_type, const std::string& file) {
  return FamilyParser(root, model_type, file).Parse();
}

}  // namespace perflaw
