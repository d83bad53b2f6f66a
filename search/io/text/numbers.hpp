// Numbers as people write and read them. Units are decimal.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "engine/units.hpp"

namespace perflaw {

// "15T", "405B", "80GB", "3.5e11", "0.4": a finite number, with one of the suffixes K M B T KB MB
// GB TB or none.
std::optional<double> ParseNumber(std::string_view text);

// The real rounded to 12 significant digits, as results print it: the last bits differ between
// CPUs.
double TwelveDigits(double value);

// "2024-06", or a day of that month, as years: 2024 + 5/12; "2024" is its middle.
std::optional<double> ParseYearMonth(std::string_view text);
std::string FormatYearMonth(double years);

// "70.6B", "15.0T", "4.09M", "812", "7.23e+23"; three significant digits.
std::string HumanCount(double value);

}  // namespace perflaw
