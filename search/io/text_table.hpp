// Aligned tables for people.
#pragma once

#include <string>
#include <vector>

namespace perflaw {

class TextTable {
 public:
  explicit TextTable(std::vector<std::string> header) : rows_{std::move(header)} {}
  void Add(std::vector<std::string> cells) {
    rows_.push_back(std::move(cells));
  }  // as wide as the header
  // Two blanks between columns; the first column left-aligned, the others right-aligned; no
  // trailing blanks.
  std::string Format() const;

 private:
  std::vector<std::vector<std::string>> rows_;
};

}  // namespace perflaw
