#include "search/study/pareto.hpp"

#include <algorithm>

namespace perflaw {
namespace {

bool Before(const FrontPoint& a, const FrontPoint& b) {
  return a.values != b.values ? a.values > b.values : a.index < b.index;
}

// Of points in Before's order, where one can only be covered by an earlier one.
std::vector<FrontPoint> Uncovered(const std::vector<FrontPoint>& points, std::size_t metrics) {
  std::vector<FrontPoint> front;
  for (const FrontPoint& point : points) {
    const auto covers = [&](const FrontPoint& kept) { return Covers(kept.values, point.values); };
    // With two metrics the last kept point has the best second value so far.
    const bool covered = metrics <= 2 ? !front.empty() && covers(front.back())
                                      : std::any_of(front.begin(), front.end(), covers);
    if (!covered) front.push_back(point);
  }
  return front;
}

}  // namespace

bool Covers(const FrontValues& a, const FrontValues& b, const FrontValues& slack) {
  for (std::size_t i = 0; i < kMaxFrontMetrics; ++i) {
    if (a[i] < b[i] - slack[i]) return false;
  }
  return true;
}

std::vector<FrontPoint> NonDominated(std::vector<FrontPoint> points, std::size_t metrics) {
  std::sort(points.begin(), points.end(), Before);
  return Uncovered(points, metrics);
}

std::vector<FrontPoint> Thin(const std::vector<FrontPoint>& front, const FrontValues& resolution,
                             std::size_t metrics) {
  if (resolution == FrontValues{}) return front;
  std::vector<FrontPoint> thin;
  for (auto point = front.begin(); point != front.end(); ++point) {
    const auto covers = [&](const FrontPoint& kept) {
      return Covers(kept.values, point->values, resolution);
    };
    // With two metrics the last kept point has the best second value, and enough of the first one where any has.
    const bool covered = metrics <= 2 ? !thin.empty() && covers(thin.back())
                                      : std::any_of(thin.rbegin(), thin.rend(), covers);
    if (covered) continue;
    // The farthest that still covers this one covers most of what follows.
    auto farthest = point;
    for (auto next = point; next != front.end(); ++next) {
      if (next->values[0] < point->values[0] - resolution[0]) break;
      if (covers(*next)) farthest = next;
    }
    thin.push_back(*farthest);
  }
  std::sort(thin.begin(), thin.end(), Before);
  return thin;
}

void FrontGatherer::Add(const FrontPoint& point) {
  points_.push_back(point);
  if (points_.size() >= compact_at_) Compact();
}

void FrontGatherer::Merge(const FrontGatherer& other) {
  for (const FrontPoint& point : other.points_) Add(point);
}

std::vector<FrontPoint> FrontGatherer::Points() const {
  FrontGatherer compact = *this;
  compact.Compact();
  return std::move(compact.points_);
}

void FrontGatherer::Compact() {
  // What was compacted before is in order already.
  const auto added = points_.begin() + compacted_;
  std::sort(added, points_.end(), Before);
  std::inplace_merge(points_.begin(), added, points_.end(), Before);
  points_ = Uncovered(points_, metrics_);
  compacted_ = static_cast<std::ptrdiff_t>(points_.size());
  compact_at_ = std::max(kLeast, 2 * points_.size());
}

}  // namespace perflaw
