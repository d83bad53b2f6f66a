#include "search/bound/best_first.hpp"

#include <algorithm>

#include "search/base/control.hpp"
#include "search/base/parallel.hpp"

namespace perflaw {
namespace {

// Nodes between two looks at the best found so far. Fixed, so that the search does not depend on threads.
constexpr std::size_t kBatch = 256;
constexpr Count kNodesPerBlock = 16;
// Past so many waiting boxes a node is followed to its end before the next, so that memory stays bounded.
constexpr std::size_t kMostWaiting = 500'000;

bool Worse(const Node& a, const Node& b) { return Better(b.bound.most, a.bound.most); }

}  // namespace

BestFirst::BestFirst(const ObjectiveFunction& objective, const Branches& branches, Count top)
    : objective_(objective), branches_(branches), top_(top), cuts_(branches.cuts) {}

void BestFirst::Add(Form form) {
  const auto kind = static_cast<std::size_t>(form);
  const BoxBounds& bounds = *branches_.bounds[kind];
  const auto whole = bounds.lattice().Whole();
  if (!whole) return;
  searched_[kind] = true;
  Expansion out;
  out.cuts.resize(cuts_.size());
  Visit({&bounds, *whole, {}}, {}, out);
  Merge(out);
}

Merit BestFirst::MostLeft() const { return heap_.empty() ? Merit{} : heap_.front().bound.most; }

std::vector<Node> BestFirst::TakeBatch() {
  std::vector<Node> batch;
  while (!heap_.empty() && batch.size() < kBatch && Better(heap_.front().bound.most, ToBeat())) {
    std::pop_heap(heap_.begin(), heap_.end(), Worse);
    batch.push_back(heap_.back());
    heap_.pop_back();
  }
  return batch;
}

std::vector<BestFirst::Expansion> BestFirst::ExpandAll(const std::vector<Node>& batch, int threads,
                                                       const Control& control) const {
  std::vector<Expansion> expansions(batch.size());
  const auto nodes = static_cast<Count>(batch.size());
  const Merit to_beat = ToBeat();
  ForEachBlock((nodes - 1) / kNodesPerBlock + 1, threads, control.stop, [&](Count block, int) {
    const Count end = std::min(nodes, (block + 1) * kNodesPerBlock);
    for (Count i = block * kNodesPerBlock; i < end; ++i) {
      const auto at = static_cast<std::size_t>(i);
      expansions[at] = Expand(batch[at], to_beat, control.stop);
    }
  });
  return expansions;
}

BestFirst::Expansion BestFirst::Expand(Node node, const Merit& to_beat,
                                       const std::atomic<bool>& stop) const {
  Expansion out;
  out.cuts.resize(cuts_.size());
  const auto split = [&](const Node& at, const Merit& beat) {
    for (const Box& half : Halves(at.box, at.bound.split))
      Visit({at.bounds, half, at.bound}, beat, out);
  };
  if (heap_.size() <= kMostWaiting) {
    split(node, to_beat);
    return out;
  }
  TopK found(top_.size_limit());
  std::vector<Node> waiting{node};
  while (!waiting.empty() && !stop.load(std::memory_order_relaxed)) {
    node = waiting.back();
    waiting.pop_back();
    const bool known = found.Full() && !Better(to_beat, found.Worst());
    split(node, known ? found.Worst() : to_beat);
    for (const Merit& merit : out.found) found.Add(merit);
    out.found.clear();
    waiting.insert(waiting.end(), out.children.begin(), out.children.end());
    out.children.clear();
  }
  out.found = found.Sorted();
  return out;
}

void BestFirst::Visit(Node node, const Merit& to_beat, Expansion& out) const {
  if (node.box.Points() > kSweptPoints) {
    ++out.work.boxes;
    const auto bound = node.bounds->Bound(node.box, node.bound.kept, to_beat, out.cuts);
    if (!bound) return;
    node.bound = *bound;
  }
  if (node.box.Points() > kSweptPoints) {
    out.children.push_back(node);
  } else {
    Sweep(node, to_beat, out);
  }
}

void BestFirst::Sweep(const Node& node, const Merit& to_beat, Expansion& out) const {
  ++out.work.swept_boxes;
  ForEachIndex(node.bounds->lattice(), node.box, [&](Count index) {
    const Outcome outcome = objective_.Evaluate(index);
    ++out.work.evaluated;
    if (outcome.rule != kNoRule) {
      ++out.cuts[static_cast<std::size_t>(outcome.rule)];
    } else if (Better(outcome.merit, to_beat)) {
      out.found.push_back(outcome.merit);
    }
  });
}

void BestFirst::Merge(const Expansion& expansion) {
  for (const Merit& merit : expansion.found) top_.Add(merit);
  for (const Node& child : expansion.children) {
    heap_.push_back(child);
    std::push_heap(heap_.begin(), heap_.end(), Worse);
  }
  for (std::size_t i = 0; i < cuts_.size(); ++i) cuts_[i] += expansion.cuts[i];
  work_.evaluated += expansion.work.evaluated;
  work_.boxes += expansion.work.boxes;
  work_.swept_boxes += expansion.work.swept_boxes;
}

bool BestFirst::Consider(Count index, Merit& best) {
  ++work_.evaluated;
  const Outcome outcome = objective_.Evaluate(index);
  if (outcome.rule != kNoRule || !searched_[static_cast<std::size_t>(outcome.form)]) return false;
  top_.Add(outcome.merit);
  if (!Better(outcome.merit, best)) return false;
  best = outcome.merit;
  return true;
}

// Looks around a point, far first, and moves where it is better, until no single axis leads up. What it finds
// only raises what has to be beaten.
void BestFirst::Climb(Count from) {
  const Space& space = objective_.study().space;
  Merit best;
  if (!Consider(from, best)) return;
  std::array<Count, kAxes> reach{};
  for (std::size_t i = 0; i < kAxes; ++i) reach[i] = space.axes[i].size() / 2;
  for (;;) {
    bool moved = false;
    for (std::size_t i = 0; i < kAxes; ++i) {
      for (const Count step : {-reach[i], reach[i]}) {
        auto at = space.Positions(best.index);
        at[i] += step;
        const bool inside = step != 0 && at[i] >= 0 && at[i] < space.axes[i].size();
        if (inside && Consider(space.IndexOf(at), best)) moved = true;
      }
    }
    if (moved) continue;
    if (*std::max_element(reach.begin(), reach.end()) <= 1) return;
    for (Count& r : reach) r = r > 1 ? r / 2 : r;
  }
}

bool BestFirst::Run(int threads, Control& control) {
  for (;;) {
    const std::vector<Node> batch = TakeBatch();
    if (batch.empty()) break;
    const std::vector<Expansion> expansions = ExpandAll(batch, threads, control);
    if (control.stop) {
      // Some of the batch may not have been looked at.
      for (const Node& node : batch) heap_.push_back(node);
      std::make_heap(heap_.begin(), heap_.end(), Worse);
      return false;
    }
    const Merit before = top_.Best();
    for (const Expansion& expansion : expansions) Merge(expansion);
    for (const Expansion& expansion : expansions) {
      for (const Node& child : expansion.children) {
        if (top_.Best().index < 0) Climb(MiddleOf(child));
      }
    }
    if (Better(top_.Best(), before)) Climb(top_.Best().index);
    control.done.store(work_.boxes, std::memory_order_relaxed);
  }
  for (const Node& node : heap_) cuts_.back() += node.box.Points();
  heap_.clear();
  return true;
}

Merit BestOf(const Study& changed, int threads, Control& control, const Merit& known) {
  const ObjectiveFunction objective(changed);
  const Branches branches(objective);
  BestFirst search(objective, branches, 1);
  if (known.index >= 0) search.Know(known);
  search.Add(Form::kDense);
  search.Add(Form::kMoe);
  search.Run(threads, control);
  return search.top().Best();
}

}  // namespace perflaw
