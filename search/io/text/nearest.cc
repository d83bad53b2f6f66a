#include "search/io/text/nearest.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

namespace perflaw {

namespace {

// Of `a` to each beginning of `b`.
std::vector<std::size_t> DistancesToBeginnings(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t changed = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, changed});
    }
  }
  return row;
}

double Farness(std::string_view wanted, std::string_view name) {
  constexpr double kLetterBehind = 0.2;
  const std::vector<std::size_t> row = DistancesToBeginnings(wanted, name);
  double least = static_cast<double>(row.back());
  for (std::size_t j = 0; j < row.size(); ++j)
    least = std::min(
        least, static_cast<double>(row[j]) + kLetterBehind * static_cast<double>(name.size() - j));
  return least;
}

}  // namespace

std::size_t EditDistance(std::string_view a, std::string_view b) {
  return DistancesToBeginnings(a, b).back();
}

std::vector<std::string> NearestNames(std::string_view wanted, std::vector<std::string> names,
                                      std::size_t most) {
  const auto lower = [](std::string_view text) {
    std::string low(text);
    for (char& c : low) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    return low;
  };
  const std::string low = lower(wanted);
  std::stable_sort(names.begin(), names.end(), [&](const std::string& a, const std::string& b) {
    return Farness(low, lower(a)) < Farness(low, lower(b));
  });
  if (names.size() > most) names.resize(most);
  return names;
}

std::string OneOfNames(const std::string& kind, std::string_view wanted,
                       const std::vector<std::string>& names) {
  constexpr std::size_t kFew = 8, kNearest = 3;
  if (names.size() <= kFew) return fmt::format("one of the {}: {}", kind, fmt::join(names, ", "));
  return fmt::format("one of the {}; the nearest are {}, and `perflaw list {}` shows all", kind,
                     fmt::join(NearestNames(wanted, names, kNearest), ", "), kind);
}

}  // namespace perflaw
