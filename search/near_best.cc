#include "search/near_best.hpp"

#include <algorithm>
#include <queue>

#include "search/bound.hpp"
#include "search/branching.hpp"

namespace perflaw {
namespace {

constexpr Count kMostBoxes = 20'000;

// Counts the feasible points of a study between two numbers.
class Counter {
 public:
  explicit Counter(const ObjectiveFunction& objective)
      : objective_(objective), branches_(objective), cuts_(branches_.cuts.size()) {
    const Study& study = objective.study();
    lattice_is_exact_ = study.space.ffn_times_hidden.empty() && !objective.NeedsServing() &&
                        (study.heads_fixed || !study.base.mla);
  }

  void Run(const Control& control, NearBest& near) {
    for (const auto& bounds : branches_.bounds) {
      if (const auto whole = bounds->lattice().Whole()) Visit({bounds.get(), *whole, {}});
    }
    for (Count boxes = 0; !waiting_.empty() && boxes < kMostBoxes && !control.stop; ++boxes) {
      const Node node = waiting_.top();
      waiting_.pop();
      for (const Box& half : Halves(node.box, node.bound.split))
        Visit({node.bounds, half, node.bound});
    }
    near.at_least = near.at_most = counted_;
    for (; !waiting_.empty(); waiting_.pop()) near.at_most += waiting_.top().box.Points();
  }

 private:
  void Visit(Node node) {
    const Lattice& lattice = node.bounds->lattice();
    if (node.box.Points() > kSweptPoints) {
      Screened screened;
      if (!node.bounds->Screen(node.box, node.bound.kept, cuts_, screened)) return;
      if (screened.forms && !node.bounds->TrimByRules(screened, node.box, cuts_)) return;
      if (IsWhollyFeasible(lattice, node.box, screened)) {
        counted_ += node.box.Points();
        return;
      }
      node.bound.kept = screened.kept;
      node.bound.split = screened.forms ? SplitOf(node, screened) : std::size_t{kSharedAxis};
    }
    if (node.box.Points() > kSweptPoints) {
      waiting_.push(node);
      return;
    }
    ForEachIndex(lattice, node.box, [this](Count index) {
      if (objective_.Evaluate(index).rule == kNoRule) ++counted_;
    });
  }

  bool IsWhollyFeasible(const Lattice& lattice, const Box& box, const Screened& screened) const {
    const double most_active = lattice.axis(kActiveAxis).Value(box.hi[kActiveAxis]);
    return lattice_is_exact_ && screened.forms && screened.slacks.empty() &&
           most_active <= lattice.axis(kExpertsAxis).Value(box.lo[kExpertsAxis]);
  }

  // What the open rules owe most to; without any, active experts against experts.
  static std::size_t SplitOf(const Node& node, const Screened& screened) {
    const Enclosure plane = screened.slacks.empty() ? Enclosure(0.0) : screened.slacks.front();
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
  Cuts cuts_;
  bool lattice_is_exact_;  // whether a lattice holds only what can be built, but for active experts
  std::priority_queue<Node, std::vector<Node>, Smaller> waiting_;
  Count counted_ = 0;
};

std::optional<Design> BestBy(Study study, Metric metric, int threads, Control& control) {
  study.objective = {Goal::kMetric, metric, false, ""};
  const ObjectiveFunction objective(study);
  const Merit best = BestMerit(objective, threads, control);
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
    Study near_study = study;
    near_study.front.clear();
    near_study.limits.push_back(
        {Metric::kMmlu, false, Bounded(study.law, summary.best.front().law.raw) - within});
    NearBest near;
    near.within = within;
    const ObjectiveFunction near_objective(near_study);
    Counter(near_objective).Run(control, near);
    const bool priced = near_objective.Defined(Metric::kTrainUsd);
    near.cheapest =
        BestBy(near_study, priced ? Metric::kTrainUsd : Metric::kTrainFlops, threads, control);
    near.shallowest = BestBy(near_study, Metric::kLayers, threads, control);
    near.smallest_kv = BestBy(near_study, Metric::kKvBytesPerToken, threads, control);
    if (control.stop) return {};
    all.push_back(near);
  }
  return all;
}

}  // namespace perflaw
