#include "search/bound/near_best.hpp"

#include <algorithm>
#include <queue>

#include "search/base/control.hpp"
#include "search/base/parallel.hpp"
#include "search/bound/best_first.hpp"
#include "search/bound/branching.hpp"

namespace perflaw {
namespace {

constexpr Count kMostBoxes = 200'000;
// Boxes split between two looks at which is the largest. Fixed, so that the counts do not depend on threads.
constexpr std::size_t kNearBestBatch = 1024;
constexpr std::size_t kNearBestNodesPerBlock = 32;

// What became of a few boxes.
struct NearBestExpansion {
  std::vector<Node> children;
  Cuts cuts;  // counted by the way
  Count feasible = 0;
};

// Counts the feasible points of a study between two numbers.
class Counter {
 public:
  explicit Counter(const ObjectiveFunction& objective)
      : objective_(objective), branches_(objective) {
    const Study& study = objective.study();
    lattice_is_exact_ = study.space.ffn_times_hidden.empty() && !objective.NeedsServing() &&
                        (study.heads_fixed || !study.base.mla) &&
                        (study.base.pattern.order.empty() || !study.training);
  }

  void Run(int threads, const Control& control, NearBest& near) {
    for (const auto& bounds : branches_.bounds) {
      const auto whole = bounds->lattice().Whole();
      if (!whole) continue;
      NearBestExpansion out = Nothing();
      Visit({bounds.get(), *whole, {}}, out);
      Keep(out);
    }
    for (Count boxes = 0; !waiting_.empty() && boxes < kMostBoxes && !control.stop;)
      boxes += SplitBatch(threads, control);
    near.at_least = near.at_most = counted_;
    for (; !waiting_.empty(); waiting_.pop()) near.at_most += waiting_.top().box.Points();
  }

 private:
  // The largest boxes; returns how many.
  Count SplitBatch(int threads, const Control& control) {
    std::vector<Node> batch;
    for (; !waiting_.empty() && batch.size() < kNearBestBatch; waiting_.pop())
      batch.push_back(waiting_.top());
    std::vector<NearBestExpansion> expansions((batch.size() - 1) / kNearBestNodesPerBlock + 1,
                                              Nothing());
    ForEachBlock(static_cast<Count>(expansions.size()), threads, control.stop, [&](Count b, int) {
      const auto block = static_cast<std::size_t>(b);
      const std::size_t end = std::min(batch.size(), (block + 1) * kNearBestNodesPerBlock);
      for (std::size_t i = block * kNearBestNodesPerBlock; i < end; ++i) {
        for (const Box& half : Halves(batch[i].box, batch[i].bound.split))
          Visit({batch[i].bounds, half, batch[i].bound}, expansions[block]);
      }
    });
    for (const NearBestExpansion& out : expansions) Keep(out);
    return static_cast<Count>(batch.size());
  }

  NearBestExpansion Nothing() const {
    NearBestExpansion out;
    out.cuts.resize(branches_.cuts.size());
    return out;
  }

  void Keep(const NearBestExpansion& out) {
    counted_ += out.feasible;
    for (const Node& child : out.children) waiting_.push(child);
  }

  void Visit(Node node, NearBestExpansion& out) const {
    const Lattice& lattice = node.bounds->lattice();
    if (node.box.Points() > kSweptPoints) {
      Screened screened;
      if (!node.bounds->Screen(node.box, node.bound.kept, out.cuts, screened)) return;
      if (screened.forms && !node.bounds->TrimByRules(screened, node.box, out.cuts)) return;
      if (IsWhollyFeasible(lattice, node.box, screened)) {
        out.feasible += node.box.Points();
        return;
      }
      node.bound.kept = screened.kept;
      node.bound.split = screened.forms ? SplitOf(node, screened) : std::size_t{kSharedAxis};
    }
    if (node.box.Points() > kSweptPoints) {
      out.children.push_back(node);
      return;
    }
    ForEachIndex(lattice, node.box, [&](Count index) {
      if (objective_.Evaluate(index).rule == kNoRule) ++out.feasible;
    });
  }

  bool IsWhollyFeasible(const Lattice& lattice, const Box& box, const Screened& screened) const {
    const double most_active = lattice.axis(kActiveAxis).Value(box.hi[kActiveAxis]);
    return lattice_is_exact_ && screened.forms && screened.slacks.empty() &&
           most_active <= lattice.axis(kExpertsAxis).Value(box.lo[kExpertsAxis]);
  }

  // What the open rules owe most to; without any, active experts against experts.
  std::size_t SplitOf(const Node& node, const Screened& screened) const {
    const bool open = !screened.slacks.empty();
    for (const std::size_t axis : {kActiveAxis, kExpertsAxis}) {
      if (!open && lattice_is_exact_ && node.box.lo[axis] < node.box.hi[axis]) return axis;
    }
    const Enclosure plane = open ? screened.slacks.front() : Enclosure(0.0);
    return node.bounds->SplitAxis(plane, *screened.forms, node.box);
  }

  struct Smaller {
    bool operator()(const Node& a, const Node& b) const {
      const Count x = a.box.Points(), y = b.box.Points();
      const auto index = [](const Node& n) { return n.bounds->lattice().LeastIndex(n.box); };
      return x != y ? x < y : index(a) > index(b);
    }
  };

  const ObjectiveFunction& objective_;
  Branches branches_;
  bool lattice_is_exact_;  // whether a lattice holds only what can be built, but for active experts
  std::priority_queue<Node, std::vector<Node>, Smaller> waiting_;
  Count counted_ = 0;
};

// How many of the designs listed the search itself found near the best.
Count Listed(const Law& law, const std::vector<Design>& best, double least) {
  return std::count_if(best.begin(), best.end(),
                       [&](const Design& design) { return Bounded(law, design.law.raw) >= least; });
}

std::optional<Design> BestBy(const ObjectiveFunction& objective, Metric metric, int threads,
                             Control& control) {
  Study study = objective.study();
  study.objective = {Goal::kMetric, metric, false, ""};
  const Merit best = BestOf(study, threads, control);
  return best.index < 0 ? std::nullopt : objective.Describe(best.index);
}

}  // namespace

std::vector<NearBest> FindNearBest(const ObjectiveFunction& objective, const SearchSummary& summary,
                                   int threads, Control& control) {
  const Study& study = objective.study();
  // With "least" tokens every design has the score that was asked for.
  if (!study.objective.IsScore() || summary.best.empty() ||
      study.space.token_rule == TokenRule::kLeast)
    return {};
  std::vector<NearBest> all;
  for (const double within : {0.1, 0.5, 1.0}) {
    const double least = Bounded(study.law, summary.best.front().law.raw) - within;
    Study near_study = study;
    near_study.front.clear();
    near_study.limits.push_back({Metric::kMmlu, false, least});
    NearBest near;
    near.within = within;
    const ObjectiveFunction near_objective(near_study);
    Counter(near_objective).Run(threads, control, near);
    near.at_least = std::max(near.at_least, Listed(study.law, summary.best, least));
    const bool priced = near_objective.Defined(Metric::kTrainUsd);
    near.cheapest =
        BestBy(near_objective, priced ? Metric::kTrainUsd : Metric::kTrainFlops, threads, control);
    near.shallowest = BestBy(near_objective, Metric::kLayers, threads, control);
    near.smallest_kv = BestBy(near_objective, Metric::kKvBytesPerToken, threads, control);
    if (control.stop) return {};
    all.push_back(near);
  }
  return all;
}

}  // namespace perflaw
