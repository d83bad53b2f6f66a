#include "search/io/models/unknown_keys.hpp"

#include <fmt/format.h>

#include "search/base/error.hpp"
#include "search/io/models/key_judgement.hpp"

namespace perflaw {
namespace {

std::string Before(const std::string& path) { return path.empty() ? "" : path + "."; }

}  // namespace

void UnknownKeys::AddWrapper(const Json& wrapper, const std::string& path,
                             const std::string& part) {
  const Json& text = wrapper.at(part);
  for (const auto& item : wrapper.items()) {
    const std::string& key = item.key();
    const Json& value = item.value();
    const KeyMeaning meaning = Judge(key, value);
    if (key.starts_with("tie_") || meaning == KeyMeaning::kNothing || value == text) continue;
    if (NamesTower(key)) {
      if (value.is_object()) towers_.insert(key.substr(0, key.find('_')));
      continue;
    }
    if (meaning != KeyMeaning::kMayCarrySize) continue;
    const auto inner = text.find(key);
    if (inner == text.end()) {
      AddSuspect(Before(path) + key, value);
    } else if (!inner->is_null() && *inner != value) {
      throw InputError(
          file_, Before(path) + key, Shown(value),
          fmt::format("contradicts {}{}.{} = {}", Before(path), part, key, Shown(*inner)));
    }
  }
}

void UnknownKeys::AddConfig(const Json& config, const std::string& path,
                            const std::set<std::string>& known) {
  Look(config, "", Before(path), known);
}

void UnknownKeys::Refuse() const {
  if (suspects_.empty()) return;
  const bool many = suspects_.size() > 1;
  throw InputError(
      file_, fmt::format("{}", fmt::join(suspects_, ", ")), values_,
      fmt::format("may carry a size that this family does not know; where {} not, name {} with "
                  "--ignore-keys",
                  many ? "they do" : "it does", many ? "them" : "it"));
}

// Into an object, whose members are known by their paths from `pattern` on and shown from `shown` on.
void UnknownKeys::Look(const Json& object, const std::string& pattern, const std::string& shown,
                       const std::set<std::string>& known) {
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
          Look(entry.value(), key + "[].", place + "." + entry.key() + ".", known);
      }
    } else if (item.value().is_object() && holds(key + ".")) {
      Look(item.value(), key + ".", place + ".", known);
    } else {
      Add(item.key(), place, item.value());
    }
  }
}

void UnknownKeys::Add(const std::string& key, const std::string& place, const Json& value) {
  switch (Judge(key, value)) {
    case KeyMeaning::kNothing:
      break;
    case KeyMeaning::kUnused:
      unused_.push_back(place + " is not used");
      // What has members may carry sizes in them.
      if (!value.is_structured()) break;
      for (const auto& item : value.items()) {
        if (item.value().is_structured() || value.is_object())
          Add(value.is_object() ? item.key() : key, place + "." + item.key(), item.value());
      }
      break;
    case KeyMeaning::kTower:
      if (value.is_object()) towers_.insert(key.substr(0, key.find('_')));
      break;
    case KeyMeaning::kMayCarrySize:
      AddSuspect(place, value);
      break;
  }
}

void UnknownKeys::AddSuspect(const std::string& place, const Json& value) {
  suspects_.push_back(place);
  values_ += (values_.empty() ? "" : ", ") + Shown(value);
}

std::vector<std::string> UnknownKeys::Notes() const {
  std::vector<std::string> notes;
  for (const std::string& tower : towers_)
    notes.push_back(fmt::format("the {} tower is not counted", tower));
  notes.insert(notes.end(), unused_.begin(), unused_.end());
  return notes;
}

}  // namespace perflaw
