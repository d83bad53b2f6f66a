#include "search/bound_front.hpp"

#include <algorithm>
#include <cmath>

namespace perflaw {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
// Of the resolution, what boxes may lack against the points found. The rest is for thinning these.
constexpr double kBoxShare = 0.75;
constexpr Count kNodesPerBlock = 32;

// The points found so far, as boxes look at them: by how far, in the units of a metric's form, each covers.
class Archive {
 public:
  Archive(const std::vector<FrontPoint>& points, const std::vector<FrontMetric>& metrics,
          const std::array<bool, kMaxFrontMetrics>& is_log, const FrontValues& slack);

  bool Covers(const FrontValues& most, Count least_index) const;
  // With two metrics: the least over t in [lo, hi] of g + slope t, where points with a second form of t are
  // covered as far as a first form of g.
  double LeastAlong(double slope, double lo, double hi) const;

 private:
  struct Step {
    double first, second;
  };
  const std::vector<FrontPoint>& points_;
  FrontValues slack_;
  std::vector<Step> steps_;  // by rising second, so by falling first
};

double FormAt(double oriented, bool maximize, bool is_log) {
  if (!is_log) return oriented;
  if (maximize) return std::log(std::max(oriented, 0.0));
  return oriented < 0 ? -std::log(-oriented) : kInfinity;
}

Archive::Archive(const std::vector<FrontPoint>& points, const std::vector<FrontMetric>& metrics,
                 const std::array<bool, kMaxFrontMetrics>& is_log, const FrontValues& slack)
    : points_(points), slack_(slack) {
  if (metrics.size() != 2) return;
  // NonDominated falls in the first value, so it rises in the second.
  for (const FrontPoint& p : points) {
    steps_.push_back({FormAt(p.values[0] + slack[0], metrics[0].maximize, is_log[0]),
                      FormAt(p.values[1] + slack[1], metrics[1].maximize, is_log[1])});
  }
}

bool Archive::Covers(const FrontValues& most, Count least_index) const {
  const auto covers = [&](const FrontPoint& p) {
    return perflaw::Covers(p.values, most, slack_) &&
           (p.values != most || p.index <= least_index);
  };
  if (steps_.empty()) return std::any_of(points_.begin(), points_.end(), covers);
  // Of those with enough of the first value the last has most of the second.
  const auto end = std::partition_point(points_.begin(), points_.end(), [&](const FrontPoint& p) {
    return p.values[0] >= most[0] - slack_[0];
  });
  return end != points_.begin() && covers(*std::prev(end));
}

double Archive::LeastAlong(double slope, double lo, double hi) const {
  constexpr int kMostSteps = 256;
  auto step = std::partition_point(steps_.begin(), steps_.end(),
                                   [&](const Step& s) { return s.second < lo; });
  double least = kInfinity, from = lo;
  for (int i = 0; i < kMostSteps; ++i) {
    if (step == steps_.end()) return -kInfinity;
    least = std::min(least, step->first + slope * from);
    if (step->second >= hi) return least;
    from = step->second;
    ++step;
  }
  return -kInfinity;
}

struct Expansion {
  std::vector<Node> children;
  std::vector<FrontPoint> found;
  Cuts cuts;
  Count evaluated = 0, boxes = 0;
};

class FrontSearch {
 public:
  FrontSearch(const ObjectiveFunction& objective, const Branches& branches);
  FoundFront Run(int threads, Control& control);

 private:
  Expansion Expand(const Node& node, const Archive& archive) const;
  void Visit(Node node, const Archive& archive, Expansion& out) const;
  bool IsCovered(Screened& screened, const Archive& archive, Count least_index,
                 Enclosure& lacking) const;
  void Score(Count index, Expansion& out) const;

  const ObjectiveFunction& objective_;
  const Branches& branches_;
  FrontValues slack_{};
};

FrontSearch::FrontSearch(const ObjectiveFunction& objective, const Branches& branches)
    : objective_(objective), branches_(branches), slack_(objective.FrontResolution()) {
  for (double& s : slack_) s *= kBoxShare;
}

void FrontSearch::Score(Count index, Expansion& out) const {
  ++out.evaluated;
  const Outcome outcome = objective_.Evaluate(index);
  if (outcome.rule == kNoRule) out.found.push_back({outcome.front, index});
}

// Whether the archive covers every point of a box; if not, which plane shows most of what it lacks.
bool FrontSearch::IsCovered(Screened& screened, const Archive& archive, Count least_index,
                            Enclosure& lacking) const {
  const auto& metrics = objective_.study().front;
  std::array<Enclosure, kMaxFrontMetrics> forms;
  FrontValues most{};
  for (std::size_t i = 0; i < metrics.size(); ++i) {
    const auto [value, is_log] = screened.forms->Of(metrics[i].metric);
    forms[i] = metrics[i].maximize ? value : -value;
    const double highest = forms[i].range.hi;
    most[i] = RoundForOrder(!is_log               ? highest
                            : metrics[i].maximize ? std::exp(highest) * (1 + 1e-14)
                                                  : -std::exp(-highest) * (1 - 1e-14));
  }
  lacking = forms[0];
  if (archive.Covers(most, least_index)) return true;
  if (metrics.size() != 2) return false;
  const Enclosure& second = forms[1];
  const double slope = BestMultiplier(forms[0], second - Enclosure(second.mid));
  lacking = Relax(forms[0] + slope * second, screened.slacks);
  // By more than the rounding of values for their order can hide.
  const double highest = Highest(lacking), margin = 5e-9 + 5e-11 * std::abs(highest);
  return highest + margin <= archive.LeastAlong(slope, second.range.lo, second.range.hi);
}

void FrontSearch::Visit(Node node, const Archive& archive, Expansion& out) const {
  const Lattice& lattice = node.bounds->lattice();
  if (node.box.Points() > kSweptPoints) {
    ++out.boxes;
    Screened screened;
    if (!node.bounds->Screen(node.box, node.bound.kept, out.cuts, screened)) return;
    node.bound.kept = screened.kept;
    node.bound.split = kSharedAxis;
    if (screened.forms) {
      Enclosure lacking;
      if (IsCovered(screened, archive, lattice.LeastIndex(node.box), lacking)) return;
      if (!node.bounds->TrimByRules(screened, node.box, out.cuts)) return;
      node.bound.split = node.bounds->SplitAxis(lacking, *screened.forms, node.box);
    }
  }
  if (node.box.Points() > kSweptPoints) {
    Score(MiddleOf(node), out);
    out.children.push_back(node);
  } else {
    ForEachIndex(lattice, node.box, [&](Count index) { Score(index, out); });
  }
}

Expansion FrontSearch::Expand(const Node& node, const Archive& archive) const {
  Expansion out;
  out.cuts.resize(branches_.cuts.size());
  for (const Box& half : Halves(node.box, node.bound.split))
    Visit({node.bounds, half, node.bound}, archive, out);
  return out;
}

FoundFront FrontSearch::Run(int threads, Control& control) {
  const auto& metrics = objective_.study().front;
  FoundFront result;
  FrontGatherer found(metrics.size());
  std::vector<Node> level;
  std::array<bool, kMaxFrontMetrics> is_log{};
  const auto keep = [&](const Expansion& out) {
    for (const FrontPoint& point : out.found) found.Add(point);
    level.insert(level.end(), out.children.begin(), out.children.end());
    result.evaluated += out.evaluated;
    result.boxes += out.boxes;
  };
  for (const auto& bounds : branches_.bounds) {
    if (const auto whole = bounds->lattice().Whole()) {
      Expansion out;
      out.cuts.resize(branches_.cuts.size());
      Visit({bounds.get(), *whole, {}}, Archive({}, metrics, is_log, slack_), out);
      keep(out);
    }
  }
  for (std::size_t i = 0; i < metrics.size(); ++i) is_log[i] = IsLog(metrics[i].metric);
  while (!level.empty()) {
    const std::vector<FrontPoint> points = found.Points();
    const Archive archive(points, metrics, is_log, slack_);
    const auto nodes = static_cast<Count>(level.size());
    std::vector<Expansion> expansions(level.size());
    ForEachBlock((nodes - 1) / kNodesPerBlock + 1, threads, control.stop, [&](Count block, int) {
      const Count end = std::min(nodes, (block + 1) * kNodesPerBlock);
      for (Count i = block * kNodesPerBlock; i < end; ++i) {
        const auto at = static_cast<std::size_t>(i);
        expansions[at] = Expand(level[at], archive);
      }
    });
    level.clear();
    for (const Expansion& out : expansions) keep(out);
    if (getenv("DBG2")) fprintf(stderr, "front level %zu nodes, archive %zu, boxes %ld\n", level.size(), points.size(), result.boxes);
    if (control.stop) {
      result.whole = false;
      break;
    }
  }
  result.points = found.Points();
  return result;
}

}  // namespace

FoundFront BoundFront(const ObjectiveFunction& objective, const Branches& branches, int threads,
                      Control& control) {
  return FrontSearch(objective, branches).Run(threads, control);
}

}  // namespace perflaw
