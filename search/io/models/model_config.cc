#include "search/io/models/model_config.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <set>

#include "search/base/error.hpp"
#include "search/io/models/family_reader.hpp"
#include "search/io/models/family_shelf.hpp"
#include "search/io/models/key_judgement.hpp"
#include "search/io/models/short_form.hpp"
#include "search/io/text/nearest.hpp"

namespace perflaw {
namespace {

constexpr std::string_view kTextParts[] = {"text_config",     "llm_config",
                                           "language_config", "language_model_config",
                                           "thinker_config",  "text_model_config"};

// What is no config at all, said in words.
void CheckIsJson(const std::string& text, const std::string& file) {
  const auto start = text.find_first_not_of(" \t\r\n\xEF\xBB\xBF");
  const std::string_view head =
      start == std::string::npos ? std::string_view() : std::string_view(text).substr(start, 400);
  const auto fail = [&](const char* rule) { throw InputError(file, "file", "", rule); };
  if (head.empty()) fail("is empty");
  if (head.starts_with("version https://git-lfs"))
    fail("is a Git LFS pointer, not the file itself: fetch it with `git lfs pull`");
  if (head.starts_with("<!") || head.starts_with("<html") || head.starts_with("<HTML"))
    fail("is an HTML page, not a config: download the raw file");
  if (head.find("restricted") != std::string_view::npos && head.front() != '{')
    fail("is a notice that the repository is gated: accept its terms and download the file");
  if (head.find("Repository not found") != std::string_view::npos ||
      head.starts_with("Entry not found"))
    fail("is a notice that the file was not found");
}

// Python writes NaN and Infinity, which JSON does not have: as texts they are read where they mean nothing.
std::string WithQuotedNumbers(const std::string& text) {
  std::string quoted;
  bool in_text = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (in_text && text[i] == '\\' && i + 1 < text.size()) {
      quoted += text.substr(i++, 2);
      continue;
    }
    if (text[i] == '"') in_text = !in_text;
    std::string_view rest = std::string_view(text).substr(i);
    const auto word = in_text                         ? std::string_view()
                      : rest.starts_with("-Infinity") ? rest.substr(0, 9)
                      : rest.starts_with("Infinity")  ? rest.substr(0, 8)
                      : rest.starts_with("NaN")       ? rest.substr(0, 3)
                                                      : std::string_view();
    if (word.empty()) {
      quoted += text[i];
    } else {
      quoted += '"' + std::string(word) + '"';
      i += word.size() - 1;
    }
  }
  return quoted;
}

std::string TextOr(const Json& object, const char* key) {
  const auto at = object.find(key);
  return at != object.end() && at->is_string() ? at->get<std::string>() : "";
}

// The first class that `architectures` names; "" for none.
std::string ClassOf(const Json& config) {
  const auto at = config.find("architectures");
  const bool named =
      at != config.end() && at->is_array() && !at->empty() && at->front().is_string();
  return named ? at->front().get<std::string>() : "";
}

bool HasLanguageModelHead(const std::string& name, const Family& family) {
  if (name.empty() ||
      std::find(family.classes.begin(), family.classes.end(), name) != family.classes.end())
    return true;
  for (const char* ending :
       {"ForSequenceClassification", "ForTokenClassification", "ForQuestionAnswering",
        "ForRewardModeling", "RewardModel", "ForEmbedding", "EmbeddingModel"}) {
    if (name.ends_with(ending)) return false;
  }
  return !name.ends_with("Model") || name.ends_with("LMHeadModel");
}

class ConfigReader {
 public:
  ConfigReader(const Json& root, std::string file, Inputs& inputs, const ModelOptions& options)
      : root_(root), file_(std::move(file)), shelf_(inputs, options.family) {
    for (std::size_t from = 0; from < options.ignore_keys.size();) {
      const std::size_t to =
          std::min(options.ignore_keys.find(',', from), options.ignore_keys.size());
      ignored_keys_.push_back(options.ignore_keys.substr(from, to - from));
      from = to + 1;
    }
  }

  void Read(Model& model) {
    const Json* text = &root_;
    std::string path, outer_type;
    while (const auto part = TextPart(*text)) {
      outer_type = TextOr(*text, "model_type");
      JudgeOuter(*text, path, *part, model);
      path += (path.empty() ? "" : ".") + *part;
      text = &text->at(*part);
    }
    Json config = *text;
    InheritTie(config, text != &root_);
    const Family family = FamilyOf(config, path, outer_type);
    const ConfigPlace place{file_, path, &model.defaults, &model.notes};
    std::vector<std::string> ignored;
    for (const std::string& key : ignored_keys_) {
      const std::string own =
          path.empty() || !key.starts_with(path + ".") ? key : key.substr(path.size() + 1);
      if (Erase(config, own) || root_.contains(key)) ignored.push_back(key);
    }
    model.source = family.model_type;
    std::vector<std::string> notes;
    Suspects(config, path, family, notes);
    model.architecture = ReadFamily(family, config, place);
    for (const std::string& note : notes) model.notes.push_back(note);
    ReadHead(config, family, model);
    std::string note;
    model.quantization =
        ReadQuantization(config.contains("quantization_config") ? config : root_, note);
    if (!note.empty()) model.notes.push_back(note);
    if (!ignored.empty())
      model.notes.push_back(
          fmt::format("ignored at the user's word: {}", fmt::join(ignored, ", ")));
  }

 private:
  static std::optional<std::string> TextPart(const Json& config) {
    for (const std::string_view key : kTextParts) {
      const auto at = config.find(std::string(key));
      if (at != config.end() && at->is_object() && !at->empty()) return std::string(key);
    }
    return std::nullopt;
  }

  // What stands beside a text part is of towers; sizes that are not are refused as everywhere.
  void JudgeOuter(const Json& config, const std::string& path, const std::string& part,
                  Model& model) const {
    std::vector<std::string> suspects;
    std::string values;
    std::set<std::string> towers;
    for (const auto& item : config.items()) {
      const std::string& key = item.key();
      const bool config_part = key.ends_with("_config") && item.value().is_object();
      if (key == part || key.starts_with("tie_") || config.at(part).contains(key) || IsIgnored(key))
        continue;
      const KeyMeaning meaning = Judge(key, item.value());
      if (config_part && key != "quantization_config" && meaning != KeyMeaning::kNothing)
        towers.insert(key.substr(0, key.find('_')));
      if (meaning != KeyMeaning::kMayCarrySize || config_part) continue;
      suspects.push_back(fmt::format("{}{}{}", path, path.empty() ? "" : ".", key));
      values += (values.empty() ? "" : ", ") + item.value().dump().substr(0, 40);
    }
    if (!suspects.empty()) RefuseSuspects(suspects, values);
    for (const std::string& tower : towers)
      model.notes.push_back(fmt::format("the {} tower is not counted", tower));
  }

  // Takes out the value at a dotted path.
  static bool Erase(Json& object, const std::string& path) {
    if (!object.is_structured()) return false;
    if (object.is_object() && object.erase(path) > 0) return true;
    const auto dot = path.find('.');
    if (dot == std::string::npos) return false;
    const std::string first = path.substr(0, dot), rest = path.substr(dot + 1);
    if (object.is_object() && object.contains(first)) return Erase(object[first], rest);
    for (auto& item : object.items()) {
      if (item.key() == first) return Erase(item.value(), rest);
    }
    return false;
  }

  bool IsIgnored(const std::string& key) const {
    return std::find(ignored_keys_.begin(), ignored_keys_.end(), key) != ignored_keys_.end();
  }

  // Wrapped, the head is tied where neither the wrapper nor its text part says that it is not.
  void InheritTie(Json& config, bool wrapped) const {
    if (!wrapped) return;
    const auto tie = root_.find("tie_word_embeddings");
    const bool given = tie != root_.end() && tie->is_boolean();
    if (given && config.value("tie_word_embeddings", Json(true)) != false)
      config["tie_word_embeddings"] = *tie;
  }

  Family FamilyOf(const Json& config, const std::string& path,
                  const std::string& outer_type) const {
    const std::string type = TextOr(config, "model_type");
    if (!type.empty()) {
      if (auto family = shelf_.Find(type)) return *std::move(family);
    } else if (const std::string name = ClassOf(config); !name.empty()) {
      if (auto family = shelf_.FindByClass(name)) return *std::move(family);
      if (outer_type.empty())
        throw InputError(file_, "architectures", name,
                         "is not a class of any family, and there is no model_type");
    }
    for (const std::string& inner : {outer_type + "_text", outer_type}) {
      if (outer_type.empty() || !type.empty()) break;
      if (auto family = shelf_.Find(inner)) return *std::move(family);
    }
    const std::string key = path.empty() ? "model_type" : path + ".model_type";
    if (type.empty() && outer_type.empty())
      throw InputError(
          file_, key, "",
          "is missing: neither a Hugging Face config nor the short form (\"layers\", ...)");
    const std::string& wanted = type.empty() ? outer_type : type;
    throw InputError(
        file_, key, '"' + wanted + '"',
        fmt::format("is not a family this program counts; the nearest are {}; `perflaw list "
                    "families` shows all, --family adds one",
                    fmt::join(NearestNames(wanted, shelf_.Names(), 3), ", ")));
  }

  // Keys that the family does not know, by what they may change.
  struct Unknown {
    std::vector<std::string> suspects, notes;
    std::string values;
  };

  void Suspects(const Json& config, const std::string& path, const Family& family,
                std::vector<std::string>& notes) const {
    Unknown unknown;
    Look(config, "", path.empty() ? "" : path + ".", KnownKeys(family), unknown);
    if (!unknown.suspects.empty()) RefuseSuspects(unknown.suspects, unknown.values);
    notes.insert(notes.end(), unknown.notes.begin(), unknown.notes.end());
  }

  // Into an object, whose members are known by their paths from `pattern` on and shown from `shown` on.
  void Look(const Json& object, const std::string& pattern, const std::string& shown,
            const std::set<std::string>& known, Unknown& unknown) const {
    for (const auto& item : object.items()) {
      const std::string key = pattern + item.key(), place = shown + item.key();
      if (known.contains(key)) continue;
      const auto holds = [&](const std::string& beginning) {
        const auto at = known.lower_bound(beginning);
        return at != known.end() && at->starts_with(beginning);
      };
      if (item.value().is_structured() && holds(key + "[].")) {
        // A list with an object a layer, or an object with one for some.
        for (const auto& entry : item.value().items()) {
          if (entry.value().is_object())
            Look(entry.value(), key + "[].", place + "." + entry.key() + ".", known, unknown);
        }
      } else if (item.value().is_object() && holds(key + ".")) {
        Look(item.value(), key + ".", place + ".", known, unknown);
      } else {
        Note(item.key(), place, item.value(), unknown);
      }
    }
  }

  static void Note(const std::string& key, const std::string& place, const Json& value,
                   Unknown& unknown) {
    switch (Judge(key, value)) {
      case KeyMeaning::kNothing:
        break;
      case KeyMeaning::kUnused:
        unknown.notes.push_back(place + " is not used");
        break;
      case KeyMeaning::kTower:
        if (value.is_object())
          unknown.notes.push_back(
              fmt::format("the {} tower is not counted", key.substr(0, key.find('_'))));
        break;
      case KeyMeaning::kMayCarrySize:
        unknown.suspects.push_back(place);
        unknown.values += (unknown.values.empty() ? "" : ", ") + value.dump().substr(0, 40);
        break;
    }
  }

  [[noreturn]] void RefuseSuspects(const std::vector<std::string>& keys,
                                   const std::string& values) const {
    throw InputError(
        file_, fmt::format("{}", fmt::join(keys, ", ")), values,
        fmt::format("may carry a size that this family does not know; where {} not, name {} with "
                    "--ignore-keys",
                    keys.size() > 1 ? "they do" : "it does", keys.size() > 1 ? "them" : "it"));
  }

  void ReadHead(const Json& config, const Family& family, Model& model) const {
    const std::string name = ClassOf(config).empty() ? ClassOf(root_) : ClassOf(config);
    if (HasLanguageModelHead(name, family)) return;
    model.architecture.lm_head = false;
    model.architecture.lm_head_bias = false;
    model.notes.push_back(
        fmt::format("{} has no language-model head; a head of another task is not counted", name));
  }

  const Json& root_;
  std::string file_;
  std::vector<std::string> ignored_keys_;
  FamilyShelf shelf_;
};

}  // namespace

Model ParseModel(const std::string& text, const std::string& file, Inputs& inputs,
                 const ModelOptions& options) {
  CheckIsJson(text, file);
  const Json root = ParseJson(WithQuotedNumbers(text), file);
  Fields fields(root, file, "");
  Model model;
  const std::filesystem::path path(file);
  model.name = path.filename() == "config.json" && path.has_parent_path()
                   ? path.parent_path().filename().string()
                   : path.stem().string();
  if (model.name.empty()) model.name = path.stem().string();
  if (fields.Has("layers") && !fields.Has("model_type") && !fields.Has("architectures")) {
    model.source = "short form";
    model.architecture = ToStack(ReadShortForm(fields));
  } else {
    ConfigReader(root, file, inputs, options).Read(model);
  }
  return model;
}

}  // namespace perflaw
