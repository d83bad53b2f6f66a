#include "search/io/text.hpp"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <cmath>
#include <utility>

namespace perflaw {

std::optional<double> ParseNumber(std::string_view text) {
  constexpr std::array<std::pair<std::string_view, double>, 9> kSuffixes = {{{"", 1},
                                                                             {"K", 1e3},
                                                                             {"M", 1e6},
                                                                             {"B", 1e9},
                                                                             {"T", 1e12},
                                                                             {"KB", 1e3},
                                                                             {"MB", 1e6},
                                                                             {"GB", 1e9},
                                                                             {"TB", 1e12}}};
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || !std::isfinite(value)) return std::nullopt;
  const std::string_view suffix = text.substr(static_cast<std::size_t>(end - text.data()));
  for (const auto& [name, factor] : kSuffixes) {
    if (suffix == name && std::isfinite(value * factor)) return value * factor;
  }
  return std::nullopt;
}

double TwelveDigits(double value) {
  if (!std::isfinite(value)) return value;
  double rounded = value;
  const std::string text = fmt::format("{:.12g}", value);
  std::from_chars(text.data(), text.data() + text.size(), rounded);
  return rounded;
}

std::string HumanCount(double value) {
  constexpr std::array<std::pair<double, std::string_view>, 4> kUnits = {
      {{1e12, "T"}, {1e9, "B"}, {1e6, "M"}, {1e3, "K"}}};
  for (const auto& [unit, name] : kUnits) {
    // 999.6M reads as 1.00B, not as 1e+03M.
    if (std::abs(value) >= 0.9995 * unit) {
      const double scaled = value / unit;
      return fmt::format("{:.{}f}{}", scaled, scaled < 9.995 ? 2 : scaled < 99.95 ? 1 : 0, name);
    }
  }
  return fmt::format("{:.3g}", value);
}

}  // namespace perflaw
