#include "search/io/text/inputs.hpp"

#include <fmt/format.h>

#include <filesystem>

#include "search/base/error.hpp"
#include "search/io/text/files.hpp"
#include "search/io/text/nearest.hpp"

namespace perflaw {
namespace {

constexpr std::string_view kEnding = ".json";

}  // namespace

std::string Inputs::Find(const std::string& kind, const std::string& name_or_path,
                         const std::string& file, const std::string& key) const {
  if (added_.contains(name_or_path)) return name_or_path;
  if (configs_ == nullptr) return FindConfig(kind, name_or_path, file, key);
  const std::string folder = kind + "/";
  std::string path = folder + name_or_path + std::string(kEnding);
  if (configs_->contains(path)) return path;
  throw InputError(file, key, '"' + name_or_path + '"',
                   "must be " + OneOfNames(kind, name_or_path, ShippedNames(kind)));
}

std::string Inputs::TextOf(const std::string& path) const {
  if (const auto at = added_.find(path); at != added_.end()) return at->second;
  if (configs_ == nullptr) return ReadFile(path);
  const auto at = configs_->find(path);
  if (at == configs_->end()) throw InputError(path, "file", "", "is not known here");
  return at->second;
}

std::string Inputs::Read(const std::string& path) {
  std::string text = TextOf(path);
  read_ += fmt::format("{}:", text.size()) + text;
  return text;
}

std::optional<std::string> Inputs::Shipped(const std::string& path) const {
  if (configs_ != nullptr) {
    const auto at = configs_->find(path);
    return at == configs_->end() ? std::nullopt : std::optional(at->second);
  }
  const std::filesystem::path file = ConfigsFolder() / path;
  std::error_code ignored;
  if (!std::filesystem::is_regular_file(file, ignored)) return std::nullopt;
  return ReadFile(file.string());
}

std::vector<std::string> Inputs::ShippedNames(const std::string& kind) const {
  if (configs_ == nullptr) return ConfigNames(kind);
  std::vector<std::string> names;
  const std::string folder = kind + "/";
  for (auto at = configs_->lower_bound(folder);
       at != configs_->end() && at->first.starts_with(folder); ++at)
    names.push_back(
        at->first.substr(folder.size(), at->first.size() - folder.size() - kEnding.size()));
  return names;
}

std::string Inputs::Sha256() const { return perflaw::Sha256(read_); }

}  // namespace perflaw
