#include "search/io/text/numbers.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <utility>

namespace perflaw {

std::optional<double> ParseNumber(std::string_view text) {
  constexpr std::array<std::pair<std::string_view, int>, 9> kSuffixes = {{{"", 0},
                                                                          {"K", 3},
                                                                          {"M", 6},
                                                                          {"B", 9},
                                                                          {"T", 12},
                                                                          {"KB", 3},
                                                                          {"MB", 6},
                                                                          {"GB", 9},
                                                                          {"TB", 12}}};
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || !std::isfinite(value)) return std::nullopt;
  const std::string_view number = text.substr(0, static_cast<std::size_t>(end - text.data()));
  for (const auto& [name, exponent] : kSuffixes) {
    if (text.substr(number.size()) != name) continue;
    if (exponent == 0) return value;
    // "4.1B" is the double nearest to 4.1e9, which 4.1 x 1e9 is not; so the exponents are added as
    // text.
    const std::size_t e = std::min(number.find_first_of("eE"), number.size());
    int own = 0;
    const std::size_t digits = e + 1 < number.size() && number[e + 1] == '+' ? e + 2 : e + 1;
    if (e < number.size())
      std::from_chars(number.data() + digits, number.data() + number.size(), own);
    // So far out only 0 is finite.
    if (std::abs(own) > 1000) return value;
    const std::string scaled = fmt::format("{}e{}", number.substr(0, e), own + exponent);
    const auto last = scaled.data() + scaled.size();
    const auto parsed = std::from_chars(scaled.data(), last, value);
    return parsed.ec == std::errc() && parsed.ptr == last ? std::optional(value) : std::nullopt;
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
  if (std::abs(value) >= 0.9995e15) return fmt::format("{:.3g}", value);
  for (const auto& [unit, name] : kUnits) {
    // 999.6M reads as 1.00B, not as 1e+03M.
    if (std::abs(value) >= 0.9995 * unit) {
      const double scaled = value / unit;
      return fmt::format("{:.{}f}{}", scaled,
                         std::abs(scaled) < 9.995   ? 2
                         : std::abs(scaled) < 99.95 ? 1
                                                    : 0,
                         name);
    }
  }
  return fmt::format("{:.3g}", value);
}

std::optional<double> ParseYearMonth(std::string_view text) {
  // The form first: from_chars alone would take "+1" and "2024-6-".
  const auto fits = [&](std::string_view form) {
    return text.size() == form.size() &&
           std::equal(text.begin(), text.end(), form.begin(),
                      [](char c, char f) { return f == '0' ? c >= '0' && c <= '9' : c == f; });
  };
  int year = 0, month = 0;
  if (!fits("0000") && !fits("0000-00") && !fits("0000-00-00")) return std::nullopt;
  std::from_chars(text.data(), text.data() + 4, year);
  if (text.size() == 4) return year + 0.5;
  std::from_chars(text.data() + 5, text.data() + 7, month);
  if (month < 1 || month > 12) return std::nullopt;
  return year + (month - 1) / 12.0;
}

std::string FormatYearMonth(double years) {
  const auto months = static_cast<int>(std::lround(12 * years));
  return fmt::format("{:04}-{:02}", months / 12, months % 12 + 1);
}

}  // namespace perflaw
