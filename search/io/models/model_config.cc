#include "search/io/models/model_config.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <set>

#include "search/base/error.hpp"
#include "search/io/models/config_text.hpp"
#include "search/io/models/family_reader.hpp"
#include "search/io/models/family_shelf.hpp"
#include "search/io/models/short_form.hpp"
#include "search/io/models/unknown_keys.hpp"
#include "search/io/text/nearest.hpp"

namespace perflaw {
namespace {

constexpr std::string_view kTextParts[] = {"text_config",     "llm_config",
                                           "language_config", "language_model_config",
                                           "thinker_config",  "text_model_config"};

std::string Trimmed(const std::string& text) {
  constexpr const char* kBlank = " \t\n";
  const auto first = text.find_first_not_of(kBlank);
  return first == std::string::npos ? ""
                                    : text.substr(first, text.find_last_not_of(kBlank) - first + 1);
}

std::string TextOr(const Json& object, const char* key) {
  const auto at = object.find(key);
  return at != object.end() && at->is_string() ? at->get<std::string>() : "";
}

// The classes that `architectures` names.
std::vector<std::string> ClassesOf(const Json& config) {
  std::vector<std::string> names;
  const auto at = config.find("architectures");
  if (at == config.end() || !at->is_array()) return names;
  for (const Json& name : *at) {
    if (name.is_string()) names.push_back(name.get<std::string>());
  }
  return names;
}

bool EndsWithAny(const std::string& name, std::initializer_list<const char*> endings) {
  return std::any_of(endings.begin(), endings.end(),
                     [&](const char* ending) { return name.ends_with(ending); });
}

bool HasLanguageModelHead(const std::string& name, const Family& family) {
  if (std::find(family.classes.begin(), family.classes.end(), name) != family.classes.end())
    return true;
  if (EndsWithAny(name,
                  {"ForSequenceClassification", "ForTokenClassification", "ForQuestionAnswering",
                   "ForRewardModeling", "RewardModel", "ForEmbedding", "EmbeddingModel"}))
    return false;
  return !name.ends_with("Model") || name.ends_with("LMHeadModel");
}

// Of a language model, or of one with towers beside it.
bool IsOfText(const std::string& name) {
  return EndsWithAny(name, {"ForCausalLM", "LMHeadModel", "ForConditionalGeneration",
                            "ForImageTextToText", "ForTextGeneration", "ForVision2Seq"});
}

// A head that drafts tokens for another model, or predicts some further ones.
bool IsDraft(const std::string& name) {
  return name.find("Eagle") != std::string::npos || name.find("Medusa") != std::string::npos ||
         name.ends_with("NextN") || name.ends_with("MTP");
}

class ConfigReader {
 public:
  ConfigReader(const Json& root, std::string file, Inputs& inputs, const ModelOptions& options)
      : root_(root), file_(std::move(file)), shelf_(inputs, options.family) {
    for (std::size_t from = 0; from < options.ignore_keys.size();) {
      const std::size_t to =
          std::min(options.ignore_keys.find(',', from), options.ignore_keys.size());
      const std::string key = Trimmed(options.ignore_keys.substr(from, to - from));
      if (!key.empty()) ignored_keys_.push_back(key);
      from = to + 1;
    }
  }

  void Read(Model& model) {
    Json root = root_;
    std::set<std::string> at_root;
    for (const std::string& key : ignored_keys_) {
      if (Erase(root, key)) at_root.insert(key);
    }
    const Json* text = &root;
    std::string path, outer_type;
    std::vector<const Json*> wrappers;
    UnknownKeys unknown(file_);
    while (const auto part = TextPart(*text, path)) {
      outer_type = TextOr(*text, "model_type");
      unknown.AddWrapper(*text, path, *part);
      wrappers.push_back(text);
      path += (path.empty() ? "" : ".") + *part;
      text = &text->at(*part);
    }
    Json config = *text;
    // Or as the text part has it.
    std::vector<std::string> ignored;
    for (const std::string& key : ignored_keys_) {
      const bool inside = !path.empty() && Erase(config, key);
      if (inside || at_root.contains(key)) {
        ignored.push_back(key);
      } else {
        model.notes.push_back(fmt::format("--ignore-keys {}: the config has no such key", key));
      }
    }
    for (const Json* wrapper : wrappers) JoinTie(*wrapper, config);
    const Family family = FamilyOf(config, path, outer_type);
    const ConfigPlace place{file_, path, &model.defaults, &model.notes};
    model.source = family.model_type;
    unknown.AddConfig(config, path, KnownKeys(family));
    unknown.Refuse();
    model.architecture = ReadFamily(family, config, place);
    for (const std::string& note : unknown.Notes()) model.notes.push_back(note);
    ReadHead(ClassesOf(config).empty() ? ClassesOf(root) : ClassesOf(config), family, model);
    std::string note;
    model.quantization = ReadQuantization(config.contains("quantization_config") ? config : root,
                                          file_, model.architecture, note);
    if (!note.empty()) model.notes.push_back(note);
    if (!ignored.empty())
      model.notes.push_back(
          fmt::format("ignored at the user's word: {}", fmt::join(ignored, ", ")));
  }

 private:
  // The key of the text part; nothing where the config is of text alone.
  std::optional<std::string> TextPart(const Json& config, const std::string& path) const {
    std::optional<std::string> found;
    for (const std::string_view name : kTextParts) {
      const std::string key(name);
      const auto at = config.find(key);
      if (at == config.end() || !at->is_object() || at->empty()) continue;
      if (found && *at != config.at(*found))
        throw InputError(file_, fmt::format("{}{}{}", path, path.empty() ? "" : ".", key), "",
                         fmt::format("is a second text part beside {}: name one with "
                                     "--ignore-keys",
                                     *found));
      found = found.value_or(key);
    }
    return found;
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

  // A head is tied where no level says that it is not.
  static void JoinTie(const Json& wrapper, Json& config) {
    const auto tie = wrapper.find("tie_word_embeddings");
    const bool given = tie != wrapper.end() && tie->is_boolean();
    if (given && config.value("tie_word_embeddings", Json(true)) != false)
      config["tie_word_embeddings"] = *tie;
  }

  Family FamilyOf(const Json& config, const std::string& path,
                  const std::string& outer_type) const {
    const std::string type = TextOr(config, "model_type");
    if (!type.empty()) {
      if (auto family = shelf_.Find(type)) return *std::move(family);
    } else if (const auto names = ClassesOf(config); !names.empty()) {
      const std::string& name = names.front();
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

  void ReadHead(const std::vector<std::string>& classes, const Family& family, Model& model) const {
    if (classes.empty()) return;
    for (const std::string& name : classes) {
      if (IsDraft(name))
        throw InputError(file_, "architectures", name,
                         "drafts tokens for another model, which is not counted");
    }
    const auto has_head = [&](const std::string& name) {
      return HasLanguageModelHead(name, family);
    };
    const std::string& name = classes.front();
    if (std::any_of(classes.begin(), classes.end(), has_head)) {
      if (!IsOfText(name))
        model.notes.push_back(
            fmt::format("{} is not known: counted as a language model of {}", name, family.title));
      return;
    }
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
  const Json root = ParseConfigText(text, file);
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
