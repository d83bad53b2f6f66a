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
    value = static_cast<E>(
        scope_.Whole(field->formula, layer_, field->name, static_cast<Count>(words.size()) - 1));
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
      if (auto block = BlockAt(part, 0))
        architecture_.parts.push_back(std::get<CustomPart>(*block));
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
      if (experts->shared == 0)
        experts->shared_gate = experts->shared_bias = false, experts->shared_ffn = experts->ffn;
    } else if (auto* part = std::get_if<CustomPart>(&block)) {
      std::strncpy(part->name.data(), spec.name.c_str(), part->name.size() - 1);
    }
    return block;
  }

  // Shared experts given as one merged width are as many of a routed one's where that goes in whole; with biases they are one, for
  // the last of its matrices has but one.
  static void SetShared(MoeFfn<Count>& experts, Count width) {
    const bool whole = experts.ffn > 0 && width % experts.ffn == 0 && !experts.shared_bias;
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
      if (field == nullptr)
        throw InputError(place_.file, place_.PathOf(bad.field), bad.value, bad.rule);
      scope_.Refuse(field->formula, bad);
    }
    const std::string kind = bad.field.substr(0, dot), name = bad.field.substr(dot + 1);
    for (const FamilyBlock& block : family_.blocks) {
      if (kBlockNames[block.kind].key != kind) continue;
      for (const FamilyField& field : block.fields) {
        if (field.name == name) scope_.Refuse(field.formula, bad);
      }
    }
    throw InputError(place_.file, place_.PathOf(bad.field), bad.value, bad.rule);
  }

  // What the engine's formulas of FLOPs do not know.
  void NoteCustomMixers() {
    std::set<std::string> names;
    for (const LayerKind& kind : architecture_.layers) {
      for (const Block& block : kind.blocks) {
        const auto* part = std::get_if<CustomPart>(&block);
        if (part != nullptr && part->is_mixer && part->cache > 0) names.insert(part->name.data());
      }
    }
    for (const std::string& name : names)
      place_.notes->push_back(fmt::format("FLOPs of {} over the context are not counted", name));
  }

  void Note() {
    if (place_.notes == nullptr) return;
    NoteCustomMixers();
    for (const FamilyNote& note : family_.notes) {
      if (note.when && !scope_.Flag(*note.when, 0)) continue;
      std::string text = note.text;
      for (const FamilyKey& key : family_.keys) {
        const std::string mark = "{" + key.name + "}";
        const auto at = text.find(mark);
        const Json* value = AtPath(config_, key.paths.front());
        if (at != std::string::npos && !IsAbsent(value))
          text.replace(at, mark.size(), value->dump());
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
  std::set<std::string> known(family.ignored.begin(), family.ignored.end());
  for (const FamilyKey& key : family.keys) {
    known.insert(key.paths.begin(), key.paths.end());
    known.insert(key.length_of.begin(), key.length_of.end());
  }
  for (const FamilyFixed& fixed : family.fixed) known.insert(fixed.key);
  return known;
}

}  // namespace perflaw
