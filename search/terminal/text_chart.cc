#include "search/terminal/text_chart.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "search/io/text/numbers.hpp"
#include "search/terminal/utf8_text.hpp"

namespace perflaw {
namespace {

constexpr std::size_t kLeastColumns = 24;
constexpr double kLogarithmicFrom = 20;

struct Glyphs {
  std::vector<std::string> points;
  std::string line, side, tick, corner, base, mark;
};

const Glyphs& GlyphsOf(const TerminalScreen& screen) {
  static const Glyphs ascii{{"*", "o", "+", "x", "#", "@"}, ".", "|", "+", "+", "-", "+"};
  static const Glyphs utf8{{"●", "○", "▲", "△", "■", "□"}, "·", "│", "┤", "└", "─", "┴"};
  return screen.utf8 ? utf8 : ascii;
}

std::vector<ChartSeries> FiniteSeries(const TextChart& chart) {
  std::vector<ChartSeries> series = chart.series;
  for (ChartSeries& one : series) {
    std::erase_if(one.points,
                  [](const auto& p) { return !std::isfinite(p[0]) || !std::isfinite(p[1]); });
  }
  std::erase_if(series, [](const ChartSeries& one) { return one.points.empty(); });
  return series;
}

std::vector<double> Coordinates(const std::vector<ChartSeries>& series, std::size_t which) {
  std::vector<double> values;
  for (const ChartSeries& one : series) {
    for (const auto& point : one.points) values.push_back(point[which]);
  }
  return values;
}

// The cells of a picture: each holds what was drawn there last. Row 0 is at the bottom.
class Grid {
 public:
  Grid(const ChartAxis& x, const ChartAxis& y, std::size_t columns)
      : x_(x), y_(y), rows_(kChartRows, std::vector<std::string>(columns, " ")) {}

  void Points(const ChartSeries& series, const std::string& glyph) {
    for (const auto& [x, y] : series.points) rows_[y_.Cell(y)][x_.Cell(x)] = glyph;
  }

  // One cell a column between two points, so that nothing stands beside their x.
  void Line(const ChartSeries& series, const std::string& glyph) {
    Points(series, glyph);
    for (std::size_t i = 1; i < series.points.size(); ++i) {
      const auto &from = series.points[i - 1], &to = series.points[i];
      const std::size_t begin = x_.Cell(from[0]), end = x_.Cell(to[0]);
      const auto low = static_cast<double>(y_.Cell(from[1])),
                 high = static_cast<double>(y_.Cell(to[1]));
      for (std::size_t column = begin + 1; column < end; ++column) {
        const double share = static_cast<double>(column - begin) / static_cast<double>(end - begin);
        rows_[static_cast<std::size_t>(std::lround(low + (high - low) * share))][column] = glyph;
      }
    }
  }

  std::string Row(std::size_t row) const { return fmt::format("{}", fmt::join(rows_[row], "")); }

 private:
  const ChartAxis &x_, &y_;
  std::vector<std::vector<std::string>> rows_;
};

// The three labels under the ends and the middle of the columns.
std::string LabelsBelow(const std::array<std::string, 3>& labels, std::size_t columns) {
  std::string line(columns, ' ');
  const std::size_t middle = (columns - 1) / 2, half = labels[1].size() / 2;
  line.replace(columns - labels[2].size(), labels[2].size(), labels[2]);
  const std::size_t begin = middle - std::min(middle, half);
  const std::size_t end = begin + labels[1].size();
  // On a narrow screen the ends matter more.
  if (begin > labels[0].size() && end < columns - labels[2].size())
    line.replace(begin, labels[1].size(), labels[1]);
  line.replace(0, labels[0].size(), labels[0]);
  return line;
}

std::string Titled(const std::string& title, const ChartAxis& axis) {
  return Printable(title) + (axis.Logarithmic() ? " (log)" : "");
}

std::string Legend(const std::vector<ChartSeries>& series, const std::vector<std::string>& glyphs) {
  std::string legend;
  for (std::size_t i = 0; i < series.size(); ++i)
    legend += fmt::format("{}{} {}", i == 0 ? "" : "   ", glyphs[i], Printable(series[i].name));
  return legend;
}

std::string Joined(const std::vector<std::string>& lines) {
  std::string text;
  for (const std::string& line : lines)
    text += line.substr(0, line.find_last_not_of(' ') + 1) + '\n';
  return text;
}

}  // namespace

ChartAxis::ChartAxis(const std::vector<double>& values, std::size_t cells)
    : least_(*std::min_element(values.begin(), values.end())),
      greatest_(*std::max_element(values.begin(), values.end())),
      cells_(cells),
      logarithmic_(least_ > 0 && greatest_ / kLogarithmicFrom > least_) {}

double ChartAxis::Place(double value) const {
  if (least_ == greatest_) return 0.5;
  if (logarithmic_)
    return (std::log(value) - std::log(least_)) / (std::log(greatest_) - std::log(least_));
  // Halves, for the span of two large numbers may be no double.
  return (value / 2 - least_ / 2) / (greatest_ / 2 - least_ / 2);
}

std::size_t ChartAxis::Cell(double value) const {
  const double last = static_cast<double>(cells_ - 1);
  return static_cast<std::size_t>(std::clamp(std::round(Place(value) * last), 0.0, last));
}

double ChartAxis::At(double share) const {
  if (logarithmic_) return std::exp(std::log(least_) * (1 - share) + std::log(greatest_) * share);
  return least_ * (1 - share) + greatest_ * share;
}

std::array<std::string, 3> ChartAxis::Labels() const {
  const std::array<double, 3> values = {least_, At(0.5), greatest_};
  std::array<std::string, 3> labels;
  for (std::size_t i = 0; i < 3; ++i) labels[i] = HumanCount(values[i]);
  for (int digits = 4; digits <= 12; ++digits) {
    if (std::set(labels.begin(), labels.end()).size() == 3) break;
    for (std::size_t i = 0; i < 3; ++i) labels[i] = fmt::format("{:.{}g}", values[i], digits);
  }
  if (least_ == greatest_) return {"", HumanCount(least_), ""};
  return labels;
}

std::string FormatChart(const TextChart& chart, const TerminalScreen& screen) {
  const std::vector<ChartSeries> series = FiniteSeries(chart);
  if (series.empty()) return "";
  const ChartAxis y(Coordinates(series, 1), kChartRows);
  const auto y_labels = y.Labels();
  std::size_t margin = 0;
  for (const std::string& label : y_labels) margin = std::max(margin, label.size());
  const std::size_t beside = margin + 2;  // blanks and the axis
  if (screen.columns < beside + kLeastColumns) return "";
  const std::size_t columns = std::min(kChartColumns, screen.columns - beside);
  const ChartAxis x(Coordinates(series, 0), columns);
  const Glyphs& glyphs = GlyphsOf(screen);

  Grid grid(x, y, columns);
  std::vector<std::string> used;
  std::size_t next = 0;
  for (const ChartSeries& one : series) {
    used.push_back(one.line ? glyphs.line : glyphs.points[next++ % glyphs.points.size()]);
    one.line ? grid.Line(one, used.back()) : grid.Points(one, used.back());
  }

  const std::string indent(margin + 2, ' ');
  std::vector<std::string> lines = {std::string(margin + 1, ' ') + Titled(chart.y_title, y)};
  for (std::size_t row = kChartRows; row-- > 0;) {
    const bool ticked = row % (kChartRows / 2) == 0;
    lines.push_back(fmt::format("{:>{}} {}{}", ticked ? y_labels[row / (kChartRows / 2)] : "",
                                margin, ticked ? glyphs.tick : glyphs.side, grid.Row(row)));
  }
  std::string base;
  for (std::size_t i = 0; i < columns; ++i) {
    base += i == 0 || i == (columns - 1) / 2 || i == columns - 1 ? glyphs.mark : glyphs.base;
  }
  lines.push_back(std::string(margin + 1, ' ') + glyphs.corner + base);
  lines.push_back(indent + LabelsBelow(x.Labels(), columns));
  const std::string title = Titled(chart.x_title, x);
  lines.push_back(indent +
                  std::string((columns - std::min(columns, DisplayWidth(title))) / 2, ' ') + title);
  if (series.size() > 1) lines.push_back(indent + Legend(series, used));
  return Joined(lines);
}

}  // namespace perflaw
