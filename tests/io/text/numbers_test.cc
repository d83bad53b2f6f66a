#include "search/io/text/numbers.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <limits>
#include <random>

namespace perflaw {
namespace {

// The C library rounds the decimal exponent form correctly: the reference for "4.1T" is 4.1e12.
double Decimal(const std::string& digits, int exponent) {
  return std::strtod(fmt::format("{}e{}", digits, exponent).c_str(), nullptr);
}

TEST(ParseNumber, ReadsASuffixAsTheDecimalNumberThatItMeans) {
  const std::pair<const char*, int> suffixes[] = {{"", 0},   {"K", 3},  {"M", 6},
                                                  {"B", 9},  {"T", 12}, {"KB", 3},
                                                  {"MB", 6}, {"GB", 9}, {"TB", 12}};
  int wrong = 0;
  for (int tenths = 1; tenths < 2000; ++tenths) {
    const std::string digits = fmt::format("{}.{}", tenths / 10, tenths % 10);
    for (const auto& [suffix, exponent] : suffixes) {
      const auto number = ParseNumber(digits + suffix);
      ASSERT_TRUE(number) << digits << suffix;
      if (*number == Decimal(digits, exponent) || ++wrong > 5) continue;
      ADD_FAILURE() << digits << suffix << fmt::format(" is read as {:.17g}", *number);
    }
  }
  EXPECT_EQ(wrong, 0);
}

TEST(ParseNumber, ReadsPlainNumbers) {
  EXPECT_EQ(ParseNumber("15T"), 15e12);
  EXPECT_EQ(ParseNumber("405B"), 405e9);
  EXPECT_EQ(ParseNumber("80GB"), 80e9);
  EXPECT_EQ(ParseNumber("3.5e11"), 3.5e11);
  EXPECT_EQ(ParseNumber("0.4"), 0.4);
  EXPECT_EQ(ParseNumber("-2"), -2);
  EXPECT_EQ(ParseNumber("0"), 0);
  EXPECT_EQ(ParseNumber("1e3K"), 1e6);
  EXPECT_EQ(ParseNumber("1e+3K"), 1e6);
  EXPECT_EQ(ParseNumber("25E-1T"), 2.5e12);
  // Zero whatever its exponent, even where adding the suffix's would overflow.
  EXPECT_EQ(ParseNumber("0e2147483647T").value_or(0), 0);
}

TEST(ParseNumber, RefusesWhatIsNoFiniteNumberWithAKnownSuffix) {
  for (const char* text :
       {"",     " ",     "T",      "GB",       "nan",    "NaN",  "-nan", "inf",   "Infinity",
        "-inf", "1e400", "-1e400", "1e300TB0", "1e308T", "1 T",  " 1",   "1 ",    "1t",
        "1g",   "1Gb",   "1GiB",   "1P",       "1TT",    "1T5",  "0x10", "1,000", "1.2.3",
        "--1",  "+1",    "1_000",  "one",      "1B\n",   "infT", "nanB"}) {
    EXPECT_EQ(ParseNumber(text), std::nullopt) << '"' << text << '"';
  }
  EXPECT_EQ(ParseNumber(std::string_view("1\0B", 3)), std::nullopt);
}

TEST(ParseNumber, ReadsOnlyTheViewItIsGiven) {
  const std::string text = "12345T";
  EXPECT_EQ(ParseNumber(std::string_view(text).substr(0, 2)), 12);
}

TEST(TwelveDigits, IsTheNearestNumberOfTwelveDigitsAndStaysThere) {
  std::mt19937_64 random(3);
  std::uniform_real_distribution<double> mantissa(1, 10);
  std::uniform_int_distribution<int> exponent(-300, 300);
  for (int i = 0; i < 20000; ++i) {
    const double value = (i % 2 ? -1 : 1) * mantissa(random) * std::pow(10.0, exponent(random));
    const double rounded = TwelveDigits(value);
    ASSERT_LE(std::abs(rounded - value), 5.0001e-12 * std::abs(value));
    ASSERT_EQ(TwelveDigits(rounded), rounded);
    ASSERT_EQ(rounded, std::strtod(fmt::format("{:.11e}", value).c_str(), nullptr));
  }
}

TEST(TwelveDigits, HidesTheLastBitsAndKeepsWhatIsNoNumber) {
  EXPECT_EQ(TwelveDigits(0.1 + 0.2), 0.3);
  EXPECT_EQ(TwelveDigits(0), 0);
  EXPECT_EQ(TwelveDigits(71.97), 71.97);
  EXPECT_TRUE(std::isnan(TwelveDigits(NAN)));
  EXPECT_EQ(TwelveDigits(INFINITY), INFINITY);
  EXPECT_EQ(TwelveDigits(-INFINITY), -INFINITY);
}

TEST(HumanCount, ShowsThreeDigits) {
  EXPECT_EQ(HumanCount(70553706496.0), "70.6B");
  EXPECT_EQ(HumanCount(15e12), "15.0T");
  EXPECT_EQ(HumanCount(4.09e6), "4.09M");
  EXPECT_EQ(HumanCount(812), "812");
  EXPECT_EQ(HumanCount(0), "0");
  EXPECT_EQ(HumanCount(999.6e6), "1.00B");
  EXPECT_EQ(HumanCount(999.4e6), "999M");
  EXPECT_EQ(HumanCount(9.996e9), "10.0B");
  EXPECT_EQ(HumanCount(99.96e9), "100B");
  EXPECT_EQ(HumanCount(-70553706496.0), "-70.6B");
}

// Reading back what is shown stays within half a unit of its third digit.
TEST(HumanCount, ReadsBackWithinItsRounding) {
  std::mt19937_64 random(4);
  std::uniform_real_distribution<double> exponent(0, 14.9);
  for (int i = 0; i < 20000; ++i) {
    const double value = std::pow(10.0, exponent(random));
    const std::string text = HumanCount(value);
    const auto back = ParseNumber(text);
    ASSERT_TRUE(back) << text;
    ASSERT_NEAR(*back / value, 1, 0.00502) << text;
    ASSERT_LE(text.size(), 5u) << text;
  }
}

TEST(YearMonth, IsReadAndWritten) {
  EXPECT_DOUBLE_EQ(*ParseYearMonth("2024-06"), 2024 + 5 / 12.0);
  EXPECT_DOUBLE_EQ(*ParseYearMonth("2024-06-30"), 2024 + 5 / 12.0);
  EXPECT_DOUBLE_EQ(*ParseYearMonth("2024"), 2024.5);
  for (const char* wrong :
       {"", "24-06", "2024-00", "2024-13", "2024-6", "2024/06", "2024-06-", "+024"})
    EXPECT_FALSE(ParseYearMonth(wrong)) << wrong;
  for (const char* month : {"1999-12", "2024-01", "2024-06", "2030-11"})
    EXPECT_EQ(FormatYearMonth(*ParseYearMonth(month)), month);
}

}  // namespace
}  // namespace perflaw
