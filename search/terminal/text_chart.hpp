// Small pictures of points, drawn with characters.
#pragma once

#include <array>
#include <string>
#include <vector>

namespace perflaw {

// Where text will be read.
struct TerminalScreen {
  bool colour = false;
  bool utf8 = false;         // else pictures are ASCII
  std::size_t columns = 80;  // of the terminal
};

// One direction of a picture: from the least value to the greatest over a row of cells, in logarithms where the
// values are positive and span more than a factor of 20.
class ChartAxis {
 public:
  // Values are finite and at least one; cells at least two.
  ChartAxis(const std::vector<double>& values, std::size_t cells);

  bool Logarithmic() const { return logarithmic_; }
  // The least value is in cell 0, the greatest in the last; a single value in the middle.
  std::size_t Cell(double value) const;
  double At(double share) const;  // the value at 0 (least) to 1 (greatest) of the way
  // The values at both ends and in the middle, each with as many digits as tell the three apart.
  std::array<std::string, 3> Labels() const;

 private:
  double Place(double value) const;  // 0 to 1

  double least_, greatest_;
  std::size_t cells_;
  bool logarithmic_;
};

struct ChartSeries {
  std::string name;
  std::vector<std::array<double, 2>> points;  // x, y; those that are not finite are left out
  bool line = false;                          // joined by straight lines; the points by rising x
};

// Later series are drawn over earlier ones.
struct TextChart {
  std::string x_title, y_title;
  std::vector<ChartSeries> series;
};

inline constexpr std::size_t kChartColumns = 60, kChartRows = 15;

// The picture in lines, no trailing blanks: kChartColumns x kChartRows cells, fewer columns where the screen is narrower;
// "" where no point is finite or fewer than 24 columns are left.
std::string FormatChart(const TextChart& chart, const TerminalScreen& screen);

}  // namespace perflaw
