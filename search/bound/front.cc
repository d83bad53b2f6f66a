#include "search/bound/front.hpp"

#include <algorithm>
#include <cmath>
#include <deque>

#include "search/base/control.hpp"
#include "search/base/parallel.hpp"
#include "search/bound/best_first.hpp"

namespace perflaw {
namespace {

// Of the resolution, what boxes may lack against the points found. The rest is for thinning these.
constexpr double kBoxShare = 0.1;
// Boxes split between two looks at the points found. Fixed, so that the search does not depend on threads.
constexpr std::size_t kFrontBatch = 4096;
constexpr std::size_t kFrontNodesPerBlock = 32;

// The points found so far, as boxes look at them: by how far, in the units of a metric's form, each covers.
class Archive {
 public:
  Archive(std::vector<FrontPoint> points, const std::vector<FrontMetric>& metrics,
          const FrontValues& slack);

  bool Covers(const FrontValues& most, Count least_index) const;
  // With two metrics: the least over t in [lo, hi] of g + slope t, where points with a second form of t are
  // covered as far as a first form of g.
  double LeastAlong(double slope, double lo, double hi) const;

 private:
  struct Step {
    double first, second;
  };
  std::vector<FrontPoint> points_;
  FrontValues slack_;
  std::vector<Step> steps_;  // by rising second, so by falling first
};

double FormAt(double oriented, bool maximize, bool is_log) {
  if (!is_log) return oriented;
  if (maximize) return std::log(std::max(oriented, 0.0));
  return oriented < 0 ? -std::log(-oriented) : kInfinity;
}

Archive::Archive(std::vector<FrontPoint> points, const std::vector<FrontMetric>& metrics,
                 const FrontValues& slack)
    : points_(std::move(points)), slack_(slack) {
  if (metrics.size() != 2) return;
  // NonDominated falls in the first value, so it rises in the second.
  for (const FrontPoint& p : points_) {
    steps_.push_back(
        {FormAt(p.values[0] + slack[0], metrics[0].maximize, IsLog(metrics[0].metric)),
         FormAt(p.values[1] + slack[1], metrics[1].maximize, IsLog(metrics[1].metric))});
  }
}

bool Archive::Covers(const FrontValues& most, Count least_index) const {
  const auto covers = [&](const FrontPoint& p) {
    return perflaw::Covers(p.values, most, slack_) && (p.values != most || p.index <= least_index);
  };
  if (steps_.empty()) return std::any_of(points_.begin(), points_.end(), covers);
  // Of those with enough of the first value the last has most of the second.
  const auto end = std::partition_point(points_.begin(), points_.end(), [&](const FrontPoint& p) {
    return p.values[0] >= most[0] - slack_[0];
  });
  return end != points_.begin() && covers(*std::prev(end));
}

double Archive::LeastAlong(double slope, double lo, double hi) const {
  auto step = std::partition_point(steps_.begin(), steps_.end(),
                                   [&](const Step& s) { return s.second < lo; });
  double least = kInfinity, from = lo;
  for (; step != steps_.end(); ++step) {
    least = std::min(least, step->first + slope * from);
    if (step->second >= hi) return least;
    from = step->second;
  }
  return -kInfinity;
}

// What became of a few boxes.
struct FrontExpansion {
  std::vector<Node> children;
  std::vector<FrontPoint> found;
  Cuts cuts;  // counted by the way; the search for the best reports its own
  Count evaluated = 0, boxes = 0;
};

// A plane that shows what a box has beyond the points found: where it lies under `least`, they cover the box.
struct Beyond {
  Enclosure plane;
  double least = -kInfinity;
  bool covered = false;
};

class FrontSearch {
 public:
  FrontSearch(const ObjectiveFunction& objective, const Branches& branches);
  FoundFront Run(int threads, Control& control);

 private:
  void FindEnds(int threads, Control& control);
  void SplitBatch(int threads, Control& control);
  void Visit(Node node, const Archive& archive, FrontExpansion& out) const;
  Beyond BeyondOf(Screened& screened, const Archive& archive, Count least_index) const;
  // Whether the point is feasible and none found before covers it.
  bool Score(Count index, const Archive& archive, FrontExpansion& out) const;
  void ScoreAround(const Node& node, const Archive& archive, FrontExpansion& out) const;
  void Keep(const FrontExpansion& out);
  FrontExpansion Nothing() const;

  const ObjectiveFunction& objective_;
  const Branches& branches_;
  const std::vector<FrontMetric>& metrics_;
  FrontValues slack_{};
  double best_second_ = kInfinity;  // the form of the second metric at its best
  FrontGatherer found_;
  std::deque<Node> waiting_;  // the largest first: halves go behind
  FoundFront result_;
};

FrontSearch::FrontSearch(const ObjectiveFunction& objective, const Branches& branches)
    : objective_(objective),
      branches_(branches),
      metrics_(objective.study().front),
      slack_(objective.FrontResolution()),
      found_(metrics_.size()) {
  for (double& s : slack_) s *= kBoxShare;
}

FrontExpansion FrontSearch::Nothing() const {
  FrontExpansion out;
  out.cuts.resize(branches_.cuts.size());
  return out;
}

bool FrontSearch::Score(Count index, const Archive& archive, FrontExpansion& out) const {
  ++out.evaluated;
  const Outcome outcome = objective_.Evaluate(index);
  if (outcome.rule != kNoRule || archive.Covers(outcome.front, index)) return false;
  out.found.push_back({outcome.front, index});
  return true;
}

// The middle of a box and, where that is news, the points next to it: what is found early need not be bounded.
void FrontSearch::ScoreAround(const Node& node, const Archive& archive, FrontExpansion& out) const {
  const Lattice& lattice = node.bounds->lattice();
  std::array<Count, kAxes> at = Middle(node.box);
  if (!Score(lattice.Index(at), archive, out)) return;
  for (std::size_t i = 0; i < kAxes; ++i) {
    const Count middle = at[i];
    for (at[i] = middle - 1; at[i] <= middle + 1; at[i] += 2) {
      if (at[i] >= 0 && at[i] < lattice.axis(i).size()) Score(lattice.Index(at), archive, out);
    }
    at[i] = middle;
  }
}

void FrontSearch::Keep(const FrontExpansion& out) {
  for (const FrontPoint& point : out.found) found_.Add(point);
  waiting_.insert(waiting_.end(), out.children.begin(), out.children.end());
  result_.evaluated += out.evaluated;
  result_.boxes += out.boxes;
}

// The best of each metric alone: where the front ends.
void FrontSearch::FindEnds(int threads, Control& control) {
  for (std::size_t i = 0; i < metrics_.size(); ++i) {
    const auto [metric, maximize, resolution] = metrics_[i];
    Study study = objective_.study();
    study.objective = {Goal::kMetric, metric, maximize, ""};
    const Merit end = BestOf(study, threads, control);
    if (end.index < 0 || control.stop) return;
    FrontExpansion out = Nothing();
    Score(end.index, Archive({}, metrics_, slack_), out);
    Keep(out);
    if (i == 1) best_second_ = FormAt(out.found.front().values[1], maximize, IsLog(metric));
  }
}

Beyond FrontSearch::BeyondOf(Screened& screened, const Archive& archive, Count least_index) const {
  std::array<Enclosure, kMaxFrontMetrics> forms;
  FrontValues most{};
  for (std::size_t i = 0; i < metrics_.size(); ++i) {
    const Enclosure value = screened.forms->Of(metrics_[i].metric);
    forms[i] = metrics_[i].maximize ? value : -value;
    const double highest = forms[i].Both().hi;
    most[i] = RoundForOrder(!IsLog(metrics_[i].metric) ? highest
                            : metrics_[i].maximize     ? std::exp(highest) * (1 + 1e-14)
                                                       : -std::exp(-highest) * (1 - 1e-14));
  }
  Beyond beyond{forms[0], -kInfinity, archive.Covers(most, least_index)};
  if (beyond.covered || metrics_.size() != 2) return beyond;
  const Enclosure& second = forms[1];
  const double slope = BestMultiplier(forms[0], second - Enclosure(second.mid));
  beyond.plane = Relax(forms[0] + slope * second, screened.slacks);
  const auto [lo, hi] = second.Both();
  // By more than the rounding of values for their order can hide.
  const double highest = Highest(beyond.plane), margin = 5e-9 + 5e-11 * std::abs(highest);
  beyond.least =
      archive.LeastAlong(slope, std::min(lo, best_second_), std::min(hi, best_second_)) - margin;
  beyond.covered = highest <= beyond.least;
  return beyond;
}

void FrontSearch::Visit(Node node, const Archive& archive, FrontExpansion& out) const {
  const Lattice& lattice = node.bounds->lattice();
  const Count before = node.box.Points();
  if (before > kSweptPoints) {
    ++out.boxes;
    Screened screened;
    if (!node.bounds->Screen(node.box, node.bound.kept, out.cuts, screened)) return;
    node.bound.kept = screened.kept;
    node.bound.split = kSharedAxis;
    if (screened.forms) {
      const Beyond beyond = BeyondOf(screened, archive, lattice.LeastIndex(node.box));
      if (beyond.covered) return;
      if (!node.bounds->TrimByRules(screened, node.box, out.cuts)) return;
      if (beyond.least > -kInfinity &&
          !node.bounds->Trim(beyond.plane, beyond.least, *screened.forms, node.box)) {
        return;
      }
      if (node.box.Points() < before / 2) return Visit(node, archive, out);
      node.bound.split = node.bounds->SplitAxis(beyond.plane, *screened.forms, node.box);
    }
  }
  if (node.box.Points() > kSweptPoints) {
    ScoreAround(node, archive, out);
    out.children.push_back(node);
  } else {
    ForEachIndex(lattice, node.box, [&](Count index) { Score(index, archive, out); });
  }
}

void FrontSearch::SplitBatch(int threads, Control& control) {
  found_.Compact();
  const Archive archive(found_.Points(), metrics_, slack_);
  const std::size_t nodes = std::min(waiting_.size(), kFrontBatch);
  std::vector<FrontExpansion> expansions((nodes - 1) / kFrontNodesPerBlock + 1, Nothing());
  ForEachBlock(static_cast<Count>(expansions.size()), threads, control.stop, [&](Count b, int) {
    const auto block = static_cast<std::size_t>(b);
    const std::size_t end = std::min(nodes, (block + 1) * kFrontNodesPerBlock);
    for (std::size_t i = block * kFrontNodesPerBlock; i < end; ++i) {
      const Node& node = waiting_[i];
      for (const Box& half : Halves(node.box, node.bound.split))
        Visit({node.bounds, half, node.bound}, archive, expansions[block]);
    }
  });
  waiting_.erase(waiting_.begin(), waiting_.begin() + static_cast<std::ptrdiff_t>(nodes));
  for (const FrontExpansion& out : expansions) Keep(out);
}

FoundFront FrontSearch::Run(int threads, Control& control) {
  FindEnds(threads, control);
  for (const auto& bounds : branches_.bounds) {
    const auto whole = bounds->lattice().Whole();
    if (!whole) continue;
    FrontExpansion out = Nothing();
    Visit({bounds.get(), *whole, {}}, Archive({}, metrics_, slack_), out);
    Keep(out);
  }
  while (!waiting_.empty() && !control.stop) {
    SplitBatch(threads, control);
    control.done.store(result_.boxes, std::memory_order_relaxed);
  }
  FrontValues rest = objective_.FrontResolution();
  for (std::size_t i = 0; i < kMaxFrontMetrics; ++i) rest[i] -= slack_[i];
  result_.points = Thin(found_.Points(), rest, metrics_.size());
  return result_;
}

}  // namespace

FoundFront BoundFront(const ObjectiveFunction& objective, const Branches& branches, int threads,
                      Control& control) {
  return FrontSearch(objective, branches).Run(threads, control);
}

}  // namespace perflaw
