// tests/golden/family_counts.jsonl: what the public modelling code makes of configs of each family.
#pragma once

#include <optional>
#include <sstream>
#include <string>
#include <vector>

#include "search/io/text/files.hpp"
#include "search/io/text/json.hpp"

namespace perflaw {

struct GoldenFamily {
  std::string name;  // a model_type, or "other " and one
  Count total = 0;
  bool tied = false;
  std::optional<double> growth, constant;  // cached values a token, a sequence
  Json config;
};

inline std::vector<GoldenFamily> GoldenFamilies() {
  std::vector<GoldenFamily> families;
  const std::string path = "tests/golden/family_counts.jsonl";
  std::istringstream lines(ReadFile(path));
  for (std::string line; std::getline(lines, line);) {
    const Json row = ParseJson(line, path);
    if (row.contains("source")) continue;
    GoldenFamily& family = families.emplace_back();
    family.name = row.at("case").get<std::string>();
    family.total = row.at("total").get<Count>();
    family.tied = row.at("tied").get<bool>();
    family.config = row.at("config");
    if (!row.contains("growth")) continue;
    family.growth = row.at("growth").get<double>();
    family.constant = row.at("constant").get<double>();
  }
  return families;
}

}  // namespace perflaw
