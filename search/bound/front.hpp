// Certified fronts: every feasible point is covered, up to the study's resolution, by a point found.
#pragma once

#include "search/base/control.hpp"
#include "search/bound/branching.hpp"
#include "search/study/pareto.hpp"

namespace perflaw {

struct FoundFront {
  std::vector<FrontPoint> points;  // as NonDominated orders them, no more than the resolution needs
  Count evaluated = 0, boxes = 0;
};

// Boxes are split, those first whose bound exceeds most what the points found cover, until each is covered. At
// resolution 0 the front is exact; a listed point then is the first of its equals.
// Three and four metrics lack the plane that joins two, and take long in large spaces. When control.stop,
// of the points found so far those that no other of them covers.
FoundFront BoundFront(const ObjectiveFunction& objective, const Branches& branches, int threads,
                      Control& control);

}  // namespace perflaw
