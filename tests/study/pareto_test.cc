#include "search/study/pareto.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <random>

namespace perflaw {
namespace {

using Points = std::vector<FrontPoint>;

class Maker {
 public:
  explicit Maker(std::uint64_t seed) : random_(seed) {}
  Count Pick(Count least, Count most) {
    return std::uniform_int_distribution<Count>(least, most)(random_);
  }
  // Few values, so that many tie; indices in no order.
  Points Some(Count points, std::size_t metrics, Count values) {
    Points some;
    for (Count i = 0; i < points; ++i) {
      FrontPoint point;
      for (std::size_t k = 0; k < metrics; ++k)
        point.values[k] = static_cast<double>(Pick(-values, values));
      point.index = i;
      some.push_back(point);
    }
    Shuffle(some);
    return some;
  }
  void Shuffle(Points& points) { std::shuffle(points.begin(), points.end(), random_); }

 private:
  std::mt19937_64 random_;
};

bool AtLeast(const FrontValues& a, const FrontValues& b, const FrontValues& slack = {}) {
  for (std::size_t k = 0; k < kMaxFrontMetrics; ++k) {
    if (a[k] < b[k] - slack[k]) return false;
  }
  return true;
}

Points BruteForce(const Points& points) {
  Points front;
  for (const FrontPoint& p : points) {
    const bool beaten = std::any_of(points.begin(), points.end(), [&](const FrontPoint& q) {
      return AtLeast(q.values, p.values) && (q.values != p.values || q.index < p.index);
    });
    if (!beaten) front.push_back(p);
  }
  std::sort(front.begin(), front.end(),
            [](const FrontPoint& a, const FrontPoint& b) { return a.values > b.values; });
  return front;
}

std::vector<Count> Indices(const Points& points) {
  std::vector<Count> indices;
  for (const FrontPoint& p : points) indices.push_back(p.index);
  return indices;
}

TEST(Pareto, CoversMeansNoWorseAnywhere) {
  Maker maker(1);
  const Points points = maker.Some(200, 4, 2), slacks = maker.Some(200, 4, 2);
  int yes = 0;
  for (std::size_t i = 0; i + 1 < points.size(); ++i) {
    FrontValues slack = slacks[i].values;
    for (double& s : slack) s = std::abs(s);
    const auto &a = points[i].values, &b = points[i + 1].values;
    EXPECT_EQ(Covers(a, b, slack), AtLeast(a, b, slack));
    EXPECT_EQ(Covers(a, b), AtLeast(a, b));
    EXPECT_TRUE(Covers(a, a));
    yes += Covers(a, b, slack) ? 1 : 0;
  }
  EXPECT_GT(yes, 10);
}

TEST(Pareto, KeepsWhatBruteForceKeeps) {
  for (std::uint64_t seed = 0; seed < 1500; ++seed) {
    Maker maker(seed);
    const auto metrics = static_cast<std::size_t>(maker.Pick(2, 4));
    const Points points = maker.Some(maker.Pick(0, 80), metrics, maker.Pick(0, 12));
    ASSERT_EQ(Indices(NonDominated(points, metrics)), Indices(BruteForce(points)))
        << "seed " << seed << ", " << metrics << " metrics";
  }
}

TEST(Pareto, GatheringDoesNotDependOnOrder) {
  for (std::uint64_t seed = 0; seed < 12; ++seed) {
    Maker maker(seed);
    const std::size_t metrics = 2 + seed % 3;
    // More than a gatherer holds before it drops what is covered.
    Points points = maker.Some(9000, metrics, metrics == 2 ? 3000 : 20);
    const auto expected = Indices(NonDominated(points, metrics));
    for (int order = 0; order < 3; ++order) {
      maker.Shuffle(points);
      std::vector<FrontGatherer> parts(static_cast<std::size_t>(maker.Pick(1, 4)),
                                       FrontGatherer(metrics));
      for (const FrontPoint& p : points) {
        parts[static_cast<std::size_t>(maker.Pick(0, static_cast<Count>(parts.size()) - 1))].Add(p);
      }
      FrontGatherer all(metrics);
      for (const FrontGatherer& part : parts) all.Merge(part);
      ASSERT_EQ(Indices(all.Points()), expected) << "seed " << seed;
    }
  }
}

// The fewest points of a front that cover it: all subsets are tried.
int FewestThatCover(const Points& front, const FrontValues& resolution) {
  std::vector<unsigned> covered(front.size(), 0);
  for (std::size_t i = 0; i < front.size(); ++i) {
    for (std::size_t j = 0; j < front.size(); ++j)
      covered[i] |= AtLeast(front[i].values, front[j].values, resolution) ? 1U << j : 0U;
  }
  const unsigned whole = (1U << front.size()) - 1;
  int fewest = static_cast<int>(front.size());
  for (unsigned chosen = 0; chosen <= whole; ++chosen) {
    unsigned reached = 0;
    for (std::size_t i = 0; i < front.size(); ++i)
      reached |= (chosen >> i & 1U) != 0 ? covered[i] : 0U;
    if (reached == whole) fewest = std::min(fewest, __builtin_popcount(chosen));
  }
  return fewest;
}

TEST(Pareto, ThinCoversAndIsLeastForTwoMetrics) {
  int thinner = 0;
  for (std::uint64_t seed = 0; seed < 1500; ++seed) {
    Maker maker(seed);
    const auto metrics = static_cast<std::size_t>(maker.Pick(2, 4));
    const Points front =
        NonDominated(maker.Some(maker.Pick(1, 40), metrics, maker.Pick(1, 15)), metrics);
    FrontValues resolution{};
    for (std::size_t k = 0; k < metrics; ++k)
      resolution[k] = static_cast<double>(maker.Pick(0, 12)) / 2;
    const Points thin = Thin(front, resolution, metrics);
    for (const FrontPoint& p : front) {
      ASSERT_TRUE(
          std::any_of(thin.begin(), thin.end(),
                      [&](const FrontPoint& q) { return AtLeast(q.values, p.values, resolution); }))
          << "seed " << seed;
    }
    // A part of the front, in its order.
    auto at = front.begin();
    for (const FrontPoint& p : thin) {
      at = std::find_if(at, front.end(), [&](const FrontPoint& q) { return q.index == p.index; });
      ASSERT_NE(at, front.end()) << "seed " << seed;
      ++at;
    }
    thinner += thin.size() < front.size() ? 1 : 0;
    if (metrics == 2 && front.size() <= 12) {
      ASSERT_EQ(static_cast<int>(thin.size()), FewestThatCover(front, resolution))
          << "seed " << seed;
    }
    ASSERT_EQ(Indices(Thin(front, {}, metrics)), Indices(front));
  }
  EXPECT_GT(thinner, 500);
}

// Looking at all kept points for each takes minutes here.
TEST(Pareto, ThinsALargeFrontOfTwoMetricsInOnePass) {
  constexpr Count kPoints = 200'000;
  Points front;
  for (Count i = 0; i < kPoints; ++i)
    front.push_back({{static_cast<double>(kPoints - i), static_cast<double>(i)}, i});
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_EQ(Thin(front, {}, 2).size(), front.size());
  EXPECT_EQ(Thin(front, {0.25, 0.25}, 2).size(), front.size());
  EXPECT_EQ(Thin(front, {1, 1}, 2).size(), (front.size() + 2) / 3);
  EXPECT_LT(std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count(), 2);
}

}  // namespace
}  // namespace perflaw
