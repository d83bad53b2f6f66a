// Where families are found.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "search/io/models/family.hpp"
#include "search/io/text/inputs.hpp"

namespace perflaw {

// The families that are shipped, and those that the user added.
class FamilyShelf {
 public:
  // `inputs` must outlive it. `own` is a family file or a folder of them, which come first; "" for none.
  explicit FamilyShelf(Inputs& inputs, const std::string& own = "");

  std::optional<Family> Find(const std::string& model_type) const;
  // Of the first family that has the class.
  std::optional<Family> FindByClass(const std::string& name) const;
  // Every model_type, in alphabetical order.
  std::vector<std::string> Names() const;

 private:
  // With what it is like; null where there is none.
  Json Merged(const std::string& model_type, bool shipped_only, int depth, std::string& file) const;
  Inputs* inputs_;
  std::map<std::string, std::string> own_;  // texts by model_type
  std::map<std::string, std::string> own_files_;
  mutable std::map<std::string, std::optional<Family>> read_;  // those that were asked for
};

}  // namespace perflaw
