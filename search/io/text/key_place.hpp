// Where the values of a question were given, so that an error names them as the asker wrote them.
#pragma once

#include <algorithm>
#include <string>

#include "search/io/text/json.hpp"

namespace perflaw {

// Of "active_params": "command line: --active-params", or "request: active_params".
struct KeyPlace {
  std::string file = "command line";
  bool is_flags = true;

  std::string Key(std::string name) const {
    if (!is_flags) return name;
    std::replace(name.begin(), name.end(), '_', '-');
    return "--" + name;
  }
  // The value of a key that takes plain numbers or suffixes (15T). Throws InputError.
  double Number(const std::string& name, const std::string& text, Range range) const {
    return ToNumber(Json(text), file, Key(name), range);
  }
  Count Whole(const std::string& name, const std::string& text, Count least, Count most) const {
    return ToWhole(Json(text), file, Key(name), least, most);
  }
};

inline constexpr Range kGammaRange{0, 1000, true}, kTokensRange{0, 1e30, true},
    kSizeRange{0, 1e30, true};

}  // namespace perflaw
