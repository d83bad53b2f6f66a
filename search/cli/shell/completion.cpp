#include "search/cli/shell/completion.hpp"

#include <algorithm>
#include <array>
#include <filesystem>

#include "search/io/text/files.hpp"

namespace perflaw {
namespace {

// Names that a shell takes as they are; there is no reason for others.
bool IsPlain(const std::string& name) {
  return !name.empty() && std::all_of(name.begin(), name.end(), [](unsigned char c) {
    return std::isalnum(c) != 0 || c == '.' || c == '_' || c == '-';
  });
}

std::vector<std::string> Presets(const std::string& kind) {
  std::vector<std::string> names;
  std::error_code absent;
  for (const auto& entry : std::filesystem::directory_iterator(ConfigsFolder() / kind, absent)) {
    const std::filesystem::path& path = entry.path();
    if (path.extension() == ".json" && IsPlain(path.stem().string()))
      names.push_back(path.stem().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace

ValueCompletion CompletionOf(const OptionDescription& option) {
  constexpr std::array<std::pair<const char*, const char*>, 3> kKinds = {
      {{kTakesLaw, "laws"}, {kTakesModel, "models"}, {kTakesAccelerator, "hardware"}}};
  if (!option.choices.empty()) return {option.choices};
  for (const auto& [value, kind] : kKinds) {
    if (option.value == value) return {Presets(kind), true};
  }
  return {{}, option.value == kTakesFile, option.value == kTakesFolder};
}

}  // namespace perflaw
