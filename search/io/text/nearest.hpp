// Names that a reader may have meant.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace perflaw {

// The number of letters to change, add or take away.
std::size_t EditDistance(std::string_view a, std::string_view b);

// At most `most` of the names, the nearest first: by the letters to change, where those after what was wanted count a fifth.
std::vector<std::string> NearestNames(std::string_view wanted, std::vector<std::string> names,
                                      std::size_t most);

// "one of the models: a, b", of many names "one of the models; the nearest are a, b, c, and `perflaw list models` shows all".
std::string OneOfNames(const std::string& kind, std::string_view wanted,
                       const std::vector<std::string>& names);

}  // namespace perflaw
