#include "search/terminal/text_chart.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>
#include <set>
#include <sstream>

#include "search/terminal/utf8_text.hpp"

namespace perflaw {
namespace {

using Cells = std::set<std::pair<std::size_t, std::size_t>>;  // column, row from the bottom

// Where the picture of ASCII characters shows `mark`.
Cells Marked(const std::string& picture, char mark) {
  std::istringstream lines(picture);
  std::string title, line;
  std::getline(lines, title);  // of y, above the axis
  Cells cells;
  for (std::size_t row = kChartRows; row-- > 0;) {
    std::getline(lines, line);
    const std::size_t axis = title.find_first_not_of(' ');
    for (std::size_t i = axis + 1; i < line.size(); ++i) {
      if (line[i] == mark) cells.emplace(i - axis - 1, row);
    }
  }
  return cells;
}

std::size_t Expected(double value, double least, double greatest, std::size_t cells) {
  double share = (value - least) / (greatest - least);
  if (least > 0 && greatest / least > 20)
    share = std::log(value / least) / std::log(greatest / least);
  return static_cast<std::size_t>(std::lround(share * static_cast<double>(cells - 1)));
}

TEST(TextChart, EveryPointLandsInItsCellAndNothingElseDoes) {
  std::mt19937_64 random(7);
  for (int trial = 0; trial < 500; ++trial) {
    std::uniform_real_distribution<double> narrow(10, 100), exponent(-3, 15);
    std::uniform_int_distribution<int> size(2, 80);
    TextChart chart{"x", "y", {{"a", {}}}};
    auto& points = chart.series[0].points;
    const bool log_x = trial % 2 == 1, log_y = trial % 3 == 1;
    for (int i = size(random); i > 0; --i) {
      const double x = log_x ? std::pow(10, exponent(random)) : narrow(random);
      points.push_back({x, log_y ? std::pow(10, exponent(random)) : -narrow(random)});
    }
    double lo[2], hi[2];
    for (std::size_t d = 0; d < 2; ++d) {
      const auto [least, most] = std::minmax_element(
          points.begin(), points.end(), [d](const auto& a, const auto& b) { return a[d] < b[d]; });
      lo[d] = (*least)[d];
      hi[d] = (*most)[d];
    }
    Cells expected;
    for (const auto& [x, y] : points)
      expected.emplace(Expected(x, lo[0], hi[0], kChartColumns),
                       Expected(y, lo[1], hi[1], kChartRows));
    const Cells marked = Marked(FormatChart(chart, {}), '*');
    ASSERT_EQ(marked, expected) << FormatChart(chart, {});
    // The extremes are at the edges.
    for (const auto& [least, most] : {std::pair(marked.begin()->first, marked.rbegin()->first)}) {
      ASSERT_EQ(least, 0u);
      ASSERT_EQ(most, kChartColumns - 1);
    }
    const auto by_row = [](const auto& a, const auto& b) { return a.second < b.second; };
    ASSERT_EQ(std::min_element(marked.begin(), marked.end(), by_row)->second, 0u);
    ASSERT_EQ(std::max_element(marked.begin(), marked.end(), by_row)->second, kChartRows - 1);
  }
}

TEST(TextChart, LogarithmsBeyondAFactorOf20) {
  EXPECT_FALSE(ChartAxis({1, 20}, 60).Logarithmic());
  EXPECT_TRUE(ChartAxis({1, 20.1}, 60).Logarithmic());
  EXPECT_FALSE(ChartAxis({0, 1000}, 60).Logarithmic());
  EXPECT_FALSE(ChartAxis({-1, 1000}, 60).Logarithmic());
  EXPECT_TRUE(ChartAxis({1e-300, 1e300}, 60).Logarithmic());
  EXPECT_EQ(ChartAxis({1e-300, 1e300}, 61).Cell(1), 30u);
  EXPECT_EQ(ChartAxis({-1.7e308, 1.7e308}, 61).Cell(0), 30u);
}

TEST(TextChart, LabelsAreNumbersForPeopleThatDiffer) {
  EXPECT_EQ(ChartAxis({1e9, 3e9}, 60).Labels(),
            (std::array<std::string, 3>{"1.00B", "2.00B", "3.00B"}));
  EXPECT_EQ(ChartAxis({1e9, 1e11}, 60).Labels(),
            (std::array<std::string, 3>{"1.00B", "10.0B", "100B"}));
  EXPECT_EQ(ChartAxis({80.35, 80.39}, 60).Labels(),
            (std::array<std::string, 3>{"80.35", "80.37", "80.39"}));
  EXPECT_EQ(ChartAxis({7, 7}, 60).Labels(), (std::array<std::string, 3>{"", "7", ""}));
}

TEST(TextChart, OnePointIsInTheMiddle) {
  const TextChart chart{"x", "y", {{"a", {{3, 4}}}}};
  EXPECT_EQ(Marked(FormatChart(chart, {}), '*'), (Cells{{30, 7}}));
}

TEST(TextChart, ALineFillsEveryColumnBetweenItsPoints) {
  const TextChart chart{
      "x", "y", {{"expected", {{0, 0}, {30, 14}, {59, 7}}, true}, {"measured", {{30, 2}}}}};
  const Cells line = Marked(FormatChart(chart, {}), '.');
  for (std::size_t column = 0; column < 60; ++column) {
    const double y = column <= 30 ? 14.0 * static_cast<double>(column) / 30
                                  : 14 - 7.0 * (static_cast<double>(column) - 30) / 29;
    const auto row = static_cast<std::size_t>(std::lround(y));
    EXPECT_TRUE(line.contains({column, row})) << column;
  }
  EXPECT_EQ(line.size(), 60u);
}

TEST(TextChart, LaterSeriesAreOnTop) {
  const TextChart chart{"x", "y", {{"a", {{0, 0}, {1, 1}}}, {"b", {{0, 0}, {0.5, 0.5}}}}};
  const std::string picture = FormatChart(chart, {});
  EXPECT_EQ(Marked(picture, '*'), (Cells{{59, 14}}));
  EXPECT_EQ(Marked(picture, 'o'), (Cells{{0, 0}, {30, 7}}));
  EXPECT_NE(picture.find("* a   o b\n"), std::string::npos) << picture;
}

TEST(TextChart, WhatIsNotFiniteIsLeftOut) {
  const double nan = std::numeric_limits<double>::quiet_NaN(),
               inf = std::numeric_limits<double>::infinity();
  EXPECT_EQ(FormatChart({"x", "y", {}}, {}), "");
  EXPECT_EQ(FormatChart({"x", "y", {{"a", {{nan, 1}, {1, inf}}}}}, {}), "");
  EXPECT_EQ(
      Marked(FormatChart({"x", "y", {{"a", {{0, 0}, {nan, 1}, {1, 1}, {-inf, inf}}}}}, {}), '*')
          .size(),
      2u);
}

TEST(TextChart, AsciiIsAsciiAndUtf8FillsTheSamePlaces) {
  const TextChart chart{
      "tokens",
      "mmlu",
      {{"line", {{1, 1}, {100, 90}}, true}, {"a", {{3, 4}, {50, 60}}}, {"b", {{9, 9}}}}};
  const std::string ascii = FormatChart(chart, {}), utf8 = FormatChart(chart, {false, true, 80});
  EXPECT_TRUE(std::all_of(ascii.begin(), ascii.end(),
                          [](char c) { return c == '\n' || (c >= ' ' && c < 127); }));
  std::istringstream a(ascii), b(utf8);
  for (std::string one, other; std::getline(a, one);) {
    ASSERT_TRUE(std::getline(b, other));
    EXPECT_EQ(one.size(), DisplayWidth(other));
    EXPECT_EQ(Printable(other), other);
  }
}

TEST(TextChart, FitsTheScreenOrIsLeftOut) {
  const TextChart chart{"tokens", "mmlu", {{"a", {{1e9, 25}, {1e12, 80}}}}};
  for (std::size_t columns = 0; columns < 100; ++columns) {
    const std::string picture = FormatChart(chart, {false, false, columns});
    std::istringstream lines(picture);
    for (std::string line; std::getline(lines, line);) EXPECT_LE(line.size(), columns);
    EXPECT_EQ(picture.empty(), columns < 24 + 6) << columns;
  }
}

}  // namespace
}  // namespace perflaw
