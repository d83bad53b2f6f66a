#include "search/bound_front.hpp"

#include <algorithm>
#include <cmath>

#include "search/bound.hpp"

namespace perflaw {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
// Of the resolution, what boxes may lack against the points found. The rest is for thinning these.
constexpr double kBoxShare = 0.1;
constexpr std::size_t kLeastBatch = 512;  // nodes split between two looks at the points found
constexpr Count kNodesPerBlock = 32;

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

// A box with how far its bound exceeds what the points found cover.
struct Waiting {
  Node node;
  double lack = kInfinity;
};

// The most lacking first; of equals the one with the smallest index, so the order is total.
bool Later(const Waiting& a, const Waiting& b) {
  return a.lack != b.lack ? a.lack < b.lack : a.node.bound.most.index > b.node.bound.most.index;
}

struct Expansion {
  std::vector<Waiting> children;
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
  std::vector<Waiting> TakeBatch();
  void ExpandAll(const std::vector<Waiting>& batch, int threads, Control& control);
  void Visit(Waiting waiting, const Archive& archive, Expansion& out) const;
  Beyond BeyondOf(Screened& screened, const Archive& archive, Count least_index) const;
  void Score(Count index, Expansion& out) const;
  void Keep(const Expansion& out);
  Expansion Nothing() const;

  const ObjectiveFunction& objective_;
  const Branches& branches_;
  const std::vector<FrontMetric>& metrics_;
  FrontValues slack_{};
  double best_second_ = kInfinity;  // the form of the second metric at its best
  FrontGatherer found_;
  std::vector<Waiting> heap_;
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

Expansion FrontSearch::Nothing() const {
  Expansion out;
  out.cuts.resize(branches_.cuts.size());
  return out;
}

void FrontSearch::Score(Count index, Expansion& out) const {
  ++out.evaluated;
  const Outcome outcome = objective_.Evaluate(index);
  if (outcome.rule == kNoRule) out.found.push_back({outcome.front, index});
}

void FrontSearch::Keep(const Expansion& out) {
  for (const FrontPoint& point : out.found) found_.Add(point);
  for (const Waiting& child : out.children) {
    heap_.push_back(child);
    std::push_heap(heap_.begin(), heap_.end(), Later);
  }
  result_.evaluated += out.evaluated;
  result_.boxes += out.boxes;
}

// The best of each metric alone: where the front ends.
void FrontSearch::FindEnds(int threads, Control& control) {
  for (std::size_t i = 0; i < metrics_.size(); ++i) {
    const auto [metric, maximize, resolution] = metrics_[i];
    Study study = objective_.study();
    study.objective = {Goal::kMetric, metric, maximize, ""};
    const Merit end = BestMerit(ObjectiveFunction(study), threads, control);
    if (end.index < 0 || control.stop) return;
    Expansion out = Nothing();
    Score(end.index, out);
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

void FrontSearch::Visit(Waiting waiting, const Archive& archive, Expansion& out) const {
  Node& node = waiting.node;
  const Lattice& lattice = node.bounds->lattice();
  const Count before = node.box.Points();
  if (before > kSweptPoints) {
    ++out.boxes;
    Screened screened;
    if (!node.bounds->Screen(node.box, node.bound.kept, out.cuts, screened)) return;
    node.bound.kept = screened.kept;
    node.bound.split = kSharedAxis;
    node.bound.most.index = lattice.LeastIndex(node.box);
    if (screened.forms) {
      const Beyond beyond = BeyondOf(screened, archive, node.bound.most.index);
      if (beyond.covered) return;
      if (!node.bounds->TrimByRules(screened, node.box, out.cuts)) return;
      if (beyond.least > -kInfinity &&
          !node.bounds->Trim(beyond.plane, beyond.least, *screened.forms, node.box)) {
        return;
      }
      if (node.box.Points() < before / 2) return Visit(waiting, archive, out);
      waiting.lack = Highest(beyond.plane) - beyond.least;
      node.bound.split = node.bounds->SplitAxis(beyond.plane, *screened.forms, node.box);
    }
  }
  if (node.box.Points() > kSweptPoints) {
    Score(MiddleOf(node), out);
    out.children.push_back(waiting);
  } else {
    ForEachIndex(lattice, node.box, [&](Count index) { Score(index, out); });
  }
}

std::vector<Waiting> FrontSearch::TakeBatch() {
  // Looking takes time with the number of points found, so the more waits the more is split at once.
  const std::size_t size = std::max(kLeastBatch, heap_.size() / 4);
  std::vector<Waiting> batch;
  while (!heap_.empty() && batch.size() < size) {
    std::pop_heap(heap_.begin(), heap_.end(), Later);
    batch.push_back(heap_.back());
    heap_.pop_back();
  }
  return batch;
}

void FrontSearch::ExpandAll(const std::vector<Waiting>& batch, int threads, Control& control) {
  found_.Compact();
  const Archive archive(found_.Points(), metrics_, slack_);
  const auto nodes = static_cast<Count>(batch.size());
  std::vector<Expansion> expansions(batch.size(), Nothing());
  ForEachBlock((nodes - 1) / kNodesPerBlock + 1, threads, control.stop, [&](Count block, int) {
    const Count end = std::min(nodes, (block + 1) * kNodesPerBlock);
    for (Count i = block * kNodesPerBlock; i < end; ++i) {
      const auto at = static_cast<std::size_t>(i);
      const Node& node = batch[at].node;
      for (const Box& half : Halves(node.box, node.bound.split))
        Visit({{node.bounds, half, node.bound}}, archive, expansions[at]);
    }
  });
  for (const Expansion& out : expansions) Keep(out);
}

FoundFront FrontSearch::Run(int threads, Control& control) {
  FindEnds(threads, control);
  for (const auto& bounds : branches_.bounds) {
    const auto whole = bounds->lattice().Whole();
    if (!whole) continue;
    Expansion out = Nothing();
    Visit({{bounds.get(), *whole, {}}}, Archive({}, metrics_, slack_), out);
    Keep(out);
  }
  while (!heap_.empty() && !control.stop) ExpandAll(TakeBatch(), threads, control);
  FrontValues rest = objective_.FrontResolution();
  for (std::size_t i = 0; i < kMaxFrontMetrics; ++i) rest[i] -= slack_[i];
  result_.points = Thin(found_.Points(), rest);
  return result_;
}

}  // namespace

FoundFront BoundFront(const ObjectiveFunction& objective, const Branches& branches, int threads,
                      Control& control) {
  return FrontSearch(objective, branches).Run(threads, control);
}

}  // namespace perflaw
