// A model family as data: how the config.json of one model_type spells an architecture. Files are configs/families/<model_type>.json;
// docs/families.md writes one step by step. A family's members:
//   title, source       for people
//   like                another family, whose members stand where this file has none; objects are merged by member
//   classes             Hugging Face's classes of its language models, the first of which is written
//   keys                what is read, by the name that formulas use: {} a whole number that must be there;
//     default             a formula for where it is absent or null, `why` the words for it; `absent` for where it is not null
//     also                other names of the same number; path: where it stands, as "attn_config.kv_n_heads" or, in a list with an
//                         object a layer or an object with one for some layers' numbers, "block_configs[].ffn.ffn_mult"
//     length_of           lists, or texts of a character a layer: the length of the first that is there is the number
//     words               {"text": number} of a key that is a text
//     each                true: a value a layer, as a list, or one character a layer; or one value for all. "repeated": a shorter
//                         list goes on from its start
//     numbered            0 or 1: a list of layers' numbers from there, or a text of them with commas, and so 1 for the layers in it
//                         and 0 for others
//     real                true: may be any number
//   fixed               {"key": [value, "rule"]}: must be that, where it is there; "=formula" is the formula's value
//   ignored             keys that change nothing here
//   notes               [{"if": formula, "text": "{key} ..."}]: what is not counted
//   let                 {"name": formula}
//   stack               layers, hidden, vocab; tied, norms, norm_bias, norm_weights, embedding_norm, learned_positions, lm_head_bias;
//                       blocks: [{"<block of block_fields.hpp>": {field: formula}, "if": formula}]; parts: custom blocks
// Formulas are of engine/formula's whole numbers. They know the keys, what `let` names, and `layer`, from 0.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "engine/architecture.hpp"
#include "engine/formula.hpp"
#include "search/io/text/json.hpp"

namespace perflaw {

// A formula with the symbols behind its names.
struct BoundFormula {
  Formula formula;
  std::vector<std::size_t> symbols;
  bool of_layer = false;  // its value may differ from layer to layer
};

struct FamilyKey {
  std::string name;
  std::vector<std::string> paths;  // where it may stand, dotted
  enum class Shape { kOne, kEach, kRepeated, kNumbered } shape = Shape::kOne;
  std::vector<std::string> length_of;
  Count numbered_from = 0;
  bool real = false, is_switch = false;  // a switch has a default of true or false
  std::vector<std::pair<std::string, double>>
      words;  // in the file's order: the first of a value is written
  const double* Word(const std::string& word) const;  // null where it is not known
  std::optional<std::size_t> fallback;                // of Family::formulas
  std::optional<std::size_t> absent;  // in its place where the key is not there at all
  std::string why;
};

// A key that must have one value, where it is there: `value`, or that of a formula.
struct FamilyFixed {
  std::string key;
  Json value;
  std::optional<std::size_t> formula;
  std::string rule;
};

struct FamilyField {
  std::string name;
  std::size_t formula = 0;  // of Family::formulas
};

struct FamilyBlock {
  std::size_t kind = 0;  // of kBlockNames
  std::string name;      // of a custom block
  std::optional<std::size_t> when;
  std::vector<FamilyField> fields;
};

struct FamilyNote {
  std::optional<std::size_t> when;
  std::string text;
};

struct Family {
  std::string model_type, title;
  std::vector<std::string> classes;
  std::vector<FamilyKey> keys;
  std::vector<FamilyFixed> fixed;
  std::vector<std::string> ignored;
  std::vector<FamilyNote> notes;
  std::vector<FamilyField> lets;
  std::vector<FamilyField> stack;
  std::vector<FamilyBlock> blocks, parts;
  std::vector<BoundFormula> formulas;

  // Symbols: first the keys, then the lets, then `layer`.
  std::size_t Symbols() const { return keys.size() + lets.size() + 1; }
  std::size_t LayerSymbol() const { return keys.size() + lets.size(); }
  bool OfLayer(std::size_t symbol) const { return symbol_of_layer[symbol]; }
  std::vector<bool> symbol_of_layer;
  // The formula of a member of `stack`; null where the family has none.
  const FamilyField* Stack(const std::string& name) const;
};

// Reads a family's file. Throws InputError naming the file and the member that is wrong.
Family ParseFamily(const Json& root, const std::string& model_type, const std::string& file);

}  // namespace perflaw
