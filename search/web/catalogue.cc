#include "search/web/catalogue.hpp"

#include <stdexcept>

#include "perflaw_version.hpp"
#include "search/io/inputs/size_file.hpp"
#include "search/io/outputs/design.hpp"
#include "search/io/text/files.hpp"

namespace perflaw {
namespace {

namespace fs = std::filesystem;

const std::map<std::string, std::string> kPageTypes = {{".html", "text/html; charset=utf-8"},
                                                       {".js", "text/javascript; charset=utf-8"},
                                                       {".mjs", "text/javascript; charset=utf-8"},
                                                       {".css", "text/css; charset=utf-8"},
                                                       {".json", "application/json; charset=utf-8"},
                                                       {".svg", "image/svg+xml"},
                                                       {".png", "image/png"},
                                                       {".ico", "image/x-icon"}};

NamedTexts ReadConfigs(const fs::path& configs) {
  NamedTexts texts;
  for (const std::string kind :
       {"laws", "hardware", "families", "models", "priors", "sizes", "studies", "cases"}) {
    for (const auto& entry : fs::directory_iterator(configs / kind)) {
      if (entry.path().extension() != ".json") continue;
      texts[kind + "/" + entry.path().filename().string()] = ReadFile(entry.path().string());
    }
  }
  return texts;
}

// visit(name, object) for each file of a folder of configs/.
template <typename Visit>
void ForEachPreset(const NamedTexts& configs, const std::string& kind, const Visit& visit) {
  const std::string folder = kind + "/";
  for (auto at = configs.lower_bound(folder); at != configs.end(); ++at) {
    if (!at->first.starts_with(folder)) return;
    visit(fs::path(at->first).stem().string(), ParseJson(at->second, at->first));
  }
}

Json NamesJson(const NamedTexts& configs, const std::string& kind) {
  Json names = Json::array();
  ForEachPreset(configs, kind,
                [&](const std::string& name, const Json&) { names.push_back(name); });
  return names;
}

Json PresetsJson(const NamedTexts& configs, const std::string& kind) {
  Json presets = Json::object();
  ForEachPreset(configs, kind,
                [&](const std::string& name, const Json& preset) { presets[name] = preset; });
  return presets;
}

Json HardwareJson(const NamedTexts& configs) {
  Json hardware = Json::object();
  ForEachPreset(configs, "hardware", [&](const std::string& name, const Json& file) {
    Json& one = hardware[name];
    for (const char* key : {"name", "memory_bytes", "usd_per_hour"}) one[key] = file.at(key);
  });
  return hardware;
}

Json BenchmarksJson(const NamedTexts& configs) {
  Inputs inputs(configs);
  Json benchmarks = Json::array();
  const SizePresets presets = LoadSizePresets(inputs);
  for (const PublishedSizeLine& line : presets.lines) {
    const bool with_ratio = line.law.features.size() > 1;
    if (with_ratio) continue;
    const std::string& name = line.law.features.front();
    const auto is_its_twin = [&](const PublishedSizeLine& other) {
      return other.law.features == std::vector<std::string>{name, kActiveRatio};
    };
    const auto& [least, most] = line.law.range.front();
    benchmarks.push_back({{"name", name},
                          {"min", least},
                          {"max", most},
                          {"with_active_ratio",
                           std::any_of(presets.lines.begin(), presets.lines.end(), is_its_twin)}});
  }
  return benchmarks;
}

}  // namespace

std::map<std::string, PageFile> ReadPage(const fs::path& page) {
  std::map<std::string, PageFile> files;
  std::error_code absent;
  for (const auto& entry : fs::recursive_directory_iterator(page, absent)) {
    const auto type = kPageTypes.find(entry.path().extension().string());
    if (type == kPageTypes.end() || !entry.is_regular_file()) continue;
    files[entry.path().lexically_relative(page).string()] = {type->second,
                                                             ReadFile(entry.path().string())};
  }
  if (!files.contains("index.html"))
    throw std::runtime_error(page.string() + ": has no index.html; build again (./dev build)");
  return files;
}

Catalogue ReadCatalogue(const fs::path& configs, const fs::path& page) {
  Catalogue catalogue;
  catalogue.page = ReadPage(page);
  catalogue.configs = ReadConfigs(configs);
  catalogue.answer = CatalogueJson(catalogue.configs).dump();
  return catalogue;
}

Json CatalogueJson(const NamedTexts& configs) {
  return {{"version", kVersion},
          {"git_revision", kGitRevision},
          {"laws", NamesJson(configs, "laws")},
          {"hardware", HardwareJson(configs)},
          {"models", NamesJson(configs, "models")},
          {"benchmarks", BenchmarksJson(configs)},
          {"metrics", MetricsJson()},
          {"studies", PresetsJson(configs, "studies")},
          {"cases", PresetsJson(configs, "cases")}};
}

}  // namespace perflaw
