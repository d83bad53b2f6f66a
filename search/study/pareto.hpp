// The non-dominated set: the points that no other point beats in every metric at once.
#pragma once

#include <array>
#include <cstddef>
#include <vector>

#include "engine/units.hpp"

namespace perflaw {

inline constexpr std::size_t kMaxFrontMetrics = 4;

// One value a metric, turned so that larger is better; those past the front's metrics stay 0.
using FrontValues = std::array<double, kMaxFrontMetrics>;

struct FrontPoint {
  FrontValues values{};
  Count index = -1;
};

// True when a is at least b - slack in every metric.
bool Covers(const FrontValues& a, const FrontValues& b, const FrontValues& slack = {});

// The points that no other covers, by falling first, then second ... metric; of equal points the one with
// the smallest index. Two metrics take a sort and a scan, O(n log n); more take O(n x result).
std::vector<FrontPoint> NonDominated(std::vector<FrontPoint> points, std::size_t metrics);

// A part of a front, in NonDominated's order, that covers all of it up to `resolution` (>= 0 in each metric):
// with two metrics the smallest such part, in O(n).
std::vector<FrontPoint> Thin(const std::vector<FrontPoint>& front, const FrontValues& resolution,
                             std::size_t metrics);

// Gathers a front from points in any order; the result does not depend on it.
class FrontGatherer {
 public:
  explicit FrontGatherer(std::size_t metrics) : metrics_(metrics) {}
  void Add(const FrontPoint& point);
  void Merge(const FrontGatherer& other);
  std::vector<FrontPoint> Points() const;  // as NonDominated orders them
  void Compact();                          // keeps no more than the front; only speed depends on it

 private:
  std::size_t metrics_;
  std::size_t compact_at_ = kLeast;
  std::ptrdiff_t compacted_ = 0;  // so many of the points are a front in order
  std::vector<FrontPoint> points_;
  static constexpr std::size_t kLeast = 4096;
};

}  // namespace perflaw
