// The loop of branch and bound: boxes are split, best bound first, until none can hold a point better than the
// worst of the k best found.
#pragma once

#include <vector>

#include "search/base/control.hpp"
#include "search/bound/branching.hpp"
#include "search/sweep/tally.hpp"

namespace perflaw {

class BestFirst {
 public:
  // Looks for the `top` best points. Both must outlive this.
  BestFirst(const ObjectiveFunction& objective, const Branches& branches, Count top);

  // Adds the whole of a lattice to what is searched.
  void Add(Form form);
  // A point's merit to begin with: nothing worse is looked for.
  void Know(const Merit& merit) { top_.Add(merit); }
  // False when stopped early.
  bool Run(int threads, Control& control);

  const TopK& top() const { return top_; }
  // No point that was not found is better than this; index -1 when all were found.
  Merit MostLeft() const;
  // Points ruled out, and how many points and boxes were looked at for that.
  const Cuts& cuts() const { return cuts_; }
  struct Work {
    Count evaluated = 0, boxes = 0, swept_boxes = 0;
  };
  const Work& work() const { return work_; }

 private:
  // What became of a node.
  struct Expansion {
    std::vector<Node> children;
    std::vector<Merit> found;
    Cuts cuts;
    Work work;
  };
  std::vector<Node> TakeBatch();
  std::vector<Expansion> ExpandAll(const std::vector<Node>& batch, int threads,
                                   const Control& control) const;
  Expansion Expand(Node node, const Merit& to_beat, const std::atomic<bool>& stop) const;
  void Visit(Node node, const Merit& to_beat, Expansion& out) const;
  void Sweep(const Node& node, const Merit& to_beat, Expansion& out) const;
  void Merge(const Expansion& expansion);
  Merit ToBeat() const { return top_.Full() ? top_.Worst() : Merit{}; }
  bool Consider(Count index, Merit& best);
  void Climb(Count from);

  const ObjectiveFunction& objective_;
  const Branches& branches_;
  std::array<bool, 2> searched_{};  // by Form
  TopK top_;
  std::vector<Node> heap_;
  Cuts cuts_;
  Work work_;
};

// A changed study solved for its best point's merit: index -1 when there is none; at least as good as `known`, when that has an index.
// Throws as ObjectiveFunction does.
Merit BestOf(const Study& changed, int threads, Control& control, const Merit& known = {});

}  // namespace perflaw
