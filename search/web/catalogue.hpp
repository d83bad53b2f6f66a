// Everything that the server ever shows or reads, in memory: after the start it opens no file.
#pragma once

#include <filesystem>
#include <map>
#include <string>

#include "search/io/text/inputs.hpp"
#include "search/io/text/json.hpp"

namespace perflaw {

struct PageFile {
  std::string type;  // of the text, as browsers want it
  std::string text;
};

struct Catalogue {
  NamedTexts configs;                    // the preset files of configs/, for sealed inputs
  std::map<std::string, PageFile> page;  // by its path in the page's folder; always with index.html
  std::string answer;                    // to GET /api/catalog
};

// The files of a page's folder by their paths in it, as "tabs/search.js". Throws std::runtime_error when there is no page.
std::map<std::string, PageFile> ReadPage(const std::filesystem::path& page);

// Reads the folders `configs` and `page`. Throws std::runtime_error when there is no page.
Catalogue ReadCatalogue(const std::filesystem::path& configs, const std::filesystem::path& page);

// What there is to choose from: {"version", "git_revision", "laws", "hardware": {name: {"name", "memory_bytes", "usd_per_hour"}},
// "models", "benchmarks": [{"name", "min", "max": the scores seen, "with_active_ratio"}], "metrics": see MetricsJson, "studies", "cases": {name: object}}.
Json CatalogueJson(const NamedTexts& configs);

}  // namespace perflaw
