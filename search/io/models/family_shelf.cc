#include "search/io/models/family_shelf.hpp"

#include <algorithm>
#include <cctype>
#include <filesystem>

#include "search/base/error.hpp"

namespace perflaw {
namespace {

namespace fs = std::filesystem;

constexpr const char* kFolder = "families/";

}  // namespace

FamilyShelf::FamilyShelf(Inputs& inputs, const std::string& own) : inputs_(&inputs) {
  if (own.empty()) return;
  std::vector<std::string> files = {own};
  if (fs::is_directory(own)) {
    files.clear();
    for (const auto& entry : fs::directory_iterator(own)) {
      if (entry.path().extension() == ".json") files.push_back(entry.path().string());
    }
    std::sort(files.begin(), files.end());
  }
  for (const std::string& file : files) {
    const std::string name = fs::path(file).stem().string();
    own_[name] = inputs.Read(file);
    own_files_[name] = file;
  }
}

Json FamilyShelf::Merged(const std::string& model_type, bool shipped_only, int depth,
                         std::string& file) const {
  const auto own = shipped_only ? own_.end() : own_.find(model_type);
  const std::string path = kFolder + model_type + ".json";
  std::string text;
  if (own != own_.end()) {
    text = own->second;
    file = own_files_.at(model_type);
  } else {
    const auto shipped = inputs_->Shipped(path);
    if (!shipped) return nullptr;
    text = *shipped;
    file = "configs/" + path;
  }
  Json root = ParseJson(text, file);
  if (!root.is_object()) throw InputError(file, "file", "", "must be an object: a family");
  if (!root.contains("like")) return root;
  constexpr int kDeepest = 4;
  const std::string like = root.at("like").is_string() ? root.at("like").get<std::string>() : "";
  std::string like_file;
  // What is like its own name changes the shipped one.
  const bool own_name = like == model_type;
  Json base = depth < kDeepest && !(own_name && shipped_only)
                  ? Merged(like, own_name, depth + 1, like_file)
                  : Json(nullptr);
  if (base.is_null()) throw InputError(file, "like", root.at("like").dump(), "is not a family");
  for (const auto& item : root.items()) {
    Json& old = base[item.key()];
    if (old.is_object() && item.value().is_object()) {
      for (const auto& member : item.value().items()) {
        if (member.value().is_null()) {
          old.erase(member.key());
        } else {
          old[member.key()] = member.value();
        }
      }
    } else if (item.key() == "ignored" && old.is_array()) {
      old.insert(old.end(), item.value().begin(), item.value().end());
    } else {
      old = item.value();
    }
  }
  return base;
}

std::optional<Family> FamilyShelf::Find(const std::string& model_type) const {
  const auto plain = [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '-' || c == '.';
  };
  if (model_type.empty() || model_type.front() == '.' ||
      !std::all_of(model_type.begin(), model_type.end(), plain))
    return std::nullopt;
  const auto [known, is_new] = read_.try_emplace(model_type);
  if (is_new) {
    std::string file;
    const Json root = Merged(model_type, false, 0, file);
    if (!root.is_null()) known->second = ParseFamily(root, model_type, file);
  }
  return known->second;
}

std::optional<Family> FamilyShelf::FindByClass(const std::string& name) const {
  for (const std::string& model_type : Names()) {
    const auto own = own_.find(model_type);
    // A file's own classes: those of what it is like are of that.
    const Json root =
        own != own_.end()
            ? ParseJson(own->second, own_files_.at(model_type))
            : ParseJson(*inputs_->Shipped(kFolder + model_type + ".json"), kFolder + model_type);
    if (!root.is_object() || !root.contains("classes")) continue;
    const Json& classes = root.at("classes");
    if (std::find(classes.begin(), classes.end(), name) != classes.end()) return Find(model_type);
  }
  return std::nullopt;
}

std::vector<std::string> FamilyShelf::Names() const {
  std::vector<std::string> names = inputs_->ShippedNames("families");
  for (const auto& [name, text] : own_) names.push_back(name);
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return names;
}

}  // namespace perflaw
