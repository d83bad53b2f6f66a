#include "search/bound.hpp"

#include <algorithm>
#include <chrono>

#include "search/branching.hpp"
#include "search/tally.hpp"

namespace perflaw {
namespace {

constexpr std::size_t kBatch = 256;  // nodes split between two looks at the best found so far
constexpr Count kNodesPerBlock = 16;

bool WorseNode(const Node& a, const Node& b) { return Better(b.bound.most, a.bound.most); }

// What became of a node.
struct Expansion {
  std::vector<Node> children;
  std::vector<Merit> found;
  Cuts cuts;
  Count evaluated = 0, swept_boxes = 0, boxes = 0;
};

class BestFirst {
 public:
  BestFirst(const ObjectiveFunction& objective, Count top) : objective_(objective), top_(top), cuts_(objective.Rules().size() + 1) {}

  void Add(const BoxBounds& bounds, const Box& box) { heap_.push_back({&bounds, box, {{INFINITY, INFINITY, 0}, 0, kAxes}}); }
  // False when stopped early.
  bool Run(int threads, Control& control);

  const TopK& top() const { return top_; }

  const ObjectiveFunction& objective_;
  TopK top_;
  Cuts cuts_;
  std::vector<Node> heap_;
  Count evaluated_ = 0, swept_boxes_ = 0, boxes_ = 0, feasible_ = 0;

 private:
  Merit ToBeat() const { return top_.Full() ? top_.Worst() : Merit{}; }
  Expansion Expand(const Node& node, const Merit& to_beat) const;
  void Visit(Box box, const Node& parent, const Merit& to_beat, Expansion& out) const;
  void Sweep(const Lattice& lattice, const Box& box, const Merit& to_beat, Expansion& out) const;
  void Merge(const Expansion& expansion);
};

void BestFirst::Sweep(const Lattice& lattice, const Box& box, const Merit& to_beat, Expansion& out) const {
  ++out.swept_boxes;
  ForEachIndex(lattice, box, [&](Count index) {
    const Outcome outcome = objective_.Evaluate(index);
    ++out.evaluated;
    if (outcome.rule != kNoRule) {
      ++out.cuts[static_cast<std::size_t>(outcome.rule)];
    } else if (Better(outcome.merit, to_beat)) {
      out.found.push_back(outcome.merit);
    }
  });
}

void BestFirst::Visit(Box box, const Node& parent, const Merit& to_beat, Expansion& out) const {
  if (box.Points() > kSweptPoints) {
    ++out.boxes;
    const auto bound = parent.bounds->Bound(box, parent.bound.kept, to_beat, out.cuts);
    if (!bound) return;
    if (box.Points() > kSweptPoints) {
      out.children.push_back({parent.bounds, box, *bound});
      return;
    }
  }
  Sweep(parent.bounds->lattice(), box, to_beat, out);
}

Expansion BestFirst::Expand(const Node& node, const Merit& to_beat) const {
  Expansion out;
  out.cuts.resize(cuts_.size());
  if (node.bound.split == kAxes) {
    Visit(node.box, node, to_beat, out);
  } else {
    for (const Box& half : Halves(node.box, node.bound.split)) Visit(half, node, to_beat, out);
  }
  return out;
}

void BestFirst::Merge(const Expansion& expansion) {
  for (const Merit& merit : expansion.found) top_.Add(merit);
  for (const Node& child : expansion.children) {
    heap_.push_back(child);
    std::push_heap(heap_.begin(), heap_.end(), WorseNode);
  }
  for (std::size_t i = 0; i < cuts_.size(); ++i) cuts_[i] += expansion.cuts[i];
  evaluated_ += expansion.evaluated;
  swept_boxes_ += expansion.swept_boxes;
  boxes_ += expansion.boxes;
}

bool BestFirst::Run(int threads, Control& control) {
  std::vector<Node> batch;
  std::vector<Expansion> expansions;
  while (!heap_.empty() && !control.stop) {
    const Merit to_beat = ToBeat();
    batch.clear();
    while (!heap_.empty() && batch.size() < kBatch && Better(heap_.front().bound.most, to_beat)) {
      std::pop_heap(heap_.begin(), heap_.end(), WorseNode);
      batch.push_back(heap_.back());
      heap_.pop_back();
    }
    if (batch.empty()) break;
    expansions.assign(batch.size(), {});
    const auto nodes = static_cast<Count>(batch.size());
    ForEachBlock((nodes - 1) / kNodesPerBlock + 1, threads, control.stop, [&](Count block, int) {
      for (Count i = block * kNodesPerBlock; i < std::min(nodes, (block + 1) * kNodesPerBlock); ++i) {
        const auto at = static_cast<std::size_t>(i);
        expansions[at] = Expand(batch[at], to_beat);
      }
    });
    for (const Expansion& expansion : expansions) Merge(expansion);
  }
  if (control.stop) return false;
  for (const Node& node : heap_) cuts_.back() += node.box.Points();
  heap_.clear();
  return true;
}

}  // namespace

SearchSummary Bound(const ObjectiveFunction& objective, const SearchOptions& options,
                    Control& control) {
  const auto begin = std::chrono::steady_clock::now();
  SearchSummary summary;
  summary.method = "certified";
  summary.space_points = objective.study().space.Size();
  const Branches branches(objective);
  BestFirst search(objective, objective.study().top + 1);
  search.cuts_ = branches.cuts;
  for (const auto& bounds : branches.bounds) {
    if (const auto whole = bounds->lattice().Whole()) search.Add(*bounds, *whole);
  }
  search.Run(options.threads, control);
  summary.evaluated = search.evaluated_;
  ListTop(objective, search.top_.Sorted(), summary);
  summary.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  if (getenv("DBG")) fprintf(stderr, "boxes %ld swept %ld evaluated %ld heap %zu %.4f s\n", search.boxes_, search.swept_boxes_, search.evaluated_, search.heap_.size(), summary.seconds);
  summary.status = summary.best.empty() ? Status::kInfeasible : Status::kOptimal;
  return summary;
}

}  // namespace perflaw
