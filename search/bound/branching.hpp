// Splitting boxes: what the searches by branch and bound share.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "search/base/parallel.hpp"
#include "search/bound/box_bounds.hpp"

namespace perflaw {

// Boxes of at most so many points are swept.
inline constexpr Count kSweptPoints = 16;

// A box that may hold what is sought.
struct Node {
  const BoxBounds* bounds;
  Box box;
  BoxBound bound;
};

// A study's dense and MoE lattices with their bounds, and what no lattice holds.
struct Branches {
  explicit Branches(const ObjectiveFunction& objective);

  std::vector<std::unique_ptr<Lattice>> lattices;
  std::vector<std::unique_ptr<BoxBounds>> bounds;
  Cuts cuts;  // what cannot be built
};

// The entries in the middle of a box, and the index of that point of a node's box.
std::array<Count, kAxes> Middle(const Box& box);
Count MiddleOf(const Node& node);

// The lower and upper half of a box along an axis that has more than one value in it.
std::array<Box, 2> Halves(const Box& box, std::size_t axis);

// body(index) for every point of a box.
void ForEachIndex(const Lattice& lattice, const Box& box, const std::function<void(Count)>& body);

}  // namespace perflaw
