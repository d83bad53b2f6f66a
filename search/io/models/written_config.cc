#include "search/io/models/written_config.hpp"

#include <algorithm>
#include <cmath>

namespace perflaw {
namespace {

// A value as the file has it: a switch, a word or a number.
Json Written(const FamilyKey& key, double value) {
  if (key.is_switch) return value != 0;
  for (const auto& [word, of] : key.words) {
    if (of == value) return word;
  }
  if (value == std::floor(value)) return static_cast<Count>(value);
  return value;
}

// At a dotted path of nested objects.
void Put(Json& object, const std::string& path, Json value) {
  const auto dot = path.find('.');
  if (dot == std::string::npos) {
    object[path] = std::move(value);
  } else {
    Put(object[path.substr(0, dot)], path.substr(dot + 1), std::move(value));
  }
}

bool IsUniform(const KeySolver::Values& values, std::size_t depth) {
  return values.size() == depth && std::all_of(values.begin(), values.end(), [&](const auto& one) {
           return one.second == values.begin()->second;
         });
}

}  // namespace

Json WrittenConfig(const Family& family, const KeySolver& keys, std::size_t depth,
                   const std::set<std::size_t>& left_out) {
  Json config = {{"model_type", family.model_type}};
  if (!family.classes.empty()) config["architectures"] = {family.classes.front()};
  for (std::size_t i = 0; i < family.keys.size(); ++i) {
    const FamilyKey& key = family.keys[i];
    const std::string& path = key.paths.front();
    const KeySolver::Values& values = keys.Of(i);
    const auto list = path.find("[].");
    if (values.empty() || left_out.contains(i)) continue;
    if (!keys.IsList(i)) {
      Put(config, path, Written(key, values.at(0)));
    } else if (key.shape == FamilyKey::Shape::kNumbered) {
      Json numbers = Json::array();
      for (const auto& [layer, value] : values) {
        if (value != 0) numbers.push_back(layer + key.numbered_from);
      }
      Put(config, path, std::move(numbers));
    } else if (list != std::string::npos) {
      for (const auto& [layer, value] : values)
        Put(config[path.substr(0, list)][static_cast<std::size_t>(layer)], path.substr(list + 3),
            Written(key, value));
    } else if (key.words.empty() && IsUniform(values, depth)) {
      Put(config, path, Written(key, values.begin()->second));
    } else {
      Json entries = Json::array();
      for (const auto& [layer, value] : values) entries.push_back(Written(key, value));
      Put(config, path, std::move(entries));
    }
  }
  return config;
}

}  // namespace perflaw
