#include "search/bound/box_bounds.hpp"

#include <gtest/gtest.h>

#include <numeric>

#include "tests/bound/bound_studies.hpp"

namespace perflaw {
namespace {

bool Holds(const Box& box, const Entries& at) {
  for (std::size_t i = 0; i < kAxes; ++i) {
    if (at[i] < box.lo[i] || at[i] > box.hi[i]) return false;
  }
  return true;
}

Box BoxIn(StudyMaker& maker, const Box& whole, Count most_points) {
  Box box = whole;
  for (std::size_t i = 0; i < kAxes; ++i) {
    if (maker.Pick(0, 2) == 0) continue;
    box.lo[i] = maker.Pick(whole.lo[i], whole.hi[i]);
    box.hi[i] = maker.Pick(box.lo[i], whole.hi[i]);
  }
  while (box.Points() > most_points) {
    for (std::size_t i = 0; i < kAxes; ++i) box.hi[i] = (box.lo[i] + box.hi[i]) / 2;
  }
  return box;
}

struct Feasible {
  Entries at;
  Merit merit;
};

std::vector<Feasible> AllFeasible(const ObjectiveFunction& objective, const Lattice& lattice,
                                  const Box& box) {
  std::vector<Feasible> all;
  Entries at = box.lo;
  do {
    const Outcome outcome = objective.Evaluate(lattice.Index(at));
    if (outcome.rule == kNoRule) all.push_back({at, outcome.merit});
  } while (Advance(box, at));
  return all;
}

// What Bound() leaves of a box, against every feasible point of it.
void Check(const BoxBounds& bounds, const ObjectiveFunction& objective, const Box& original,
           std::uint64_t kept, const std::vector<Feasible>& feasible, const Merit& to_beat,
           std::optional<BoxBound>* result = nullptr) {
  Box box = original;
  Cuts cuts(objective.Rules().size() + 1);
  const auto bound = bounds.Bound(box, kept, to_beat, cuts);
  if (result != nullptr) *result = bound;
  for (const Count cut : cuts) ASSERT_GE(cut, 0);
  ASSERT_EQ(std::accumulate(cuts.begin(), cuts.end(), Count{0}),
            original.Points() - (bound ? box.Points() : 0));
  if (to_beat.index < 0) {
    ASSERT_EQ(cuts.back(), 0);
  }
  for (const Feasible& point : feasible) {
    if (!Better(point.merit, to_beat)) continue;
    ASSERT_TRUE(bound) << "lost " << point.merit.index;
    ASSERT_TRUE(Holds(box, point.at)) << "trimmed " << point.merit.index;
    ASSERT_FALSE(Better(point.merit, bound->most))
        << point.merit.value << ", " << point.merit.tie << " beats " << bound->most.value << ", "
        << bound->most.tie;
  }
  if (!bound) return;
  for (std::size_t i = 0; i < kAxes; ++i) {
    ASSERT_GE(box.lo[i], original.lo[i]);
    ASSERT_LE(box.hi[i], original.hi[i]);
    ASSERT_LE(box.lo[i], box.hi[i]);
  }
  if (box.Points() > 1) {
    ASSERT_LT(bound->split, std::size_t{kAxes});
    ASSERT_LT(box.lo[bound->split], box.hi[bound->split]);
  }
}

TEST(BoxBounds, LosesNothingFeasibleAndBoundsItAll) {
  int boxes = 0, with_feasible = 0, ruled_out = 0;
  for (std::uint64_t seed = 0; boxes < 9000; ++seed) {
    StudyMaker maker(seed);
    const auto made = StudyOf(maker, std::numeric_limits<Count>::max(), [&](Study& study) {
      if (maker.Pick(0, 2) == 0) maker.Pattern(study);
      if (maker.Pick(0, 5) != 0) return;
      study.inside_domain = false;
      study.objective = {Goal::kNearestToDomain, Metric::kMmlu, false, "nearest"};
    });
    if (!made) continue;
    const ObjectiveFunction objective(*made);
    for (const Form form : {Form::kDense, Form::kMoe}) {
      const Lattice lattice(objective.study(), form);
      const auto whole = lattice.Whole();
      if (!whole) continue;
      const BoxBounds bounds(objective, lattice);
      for (int n = 0; n < 6; ++n, ++boxes) {
        const Box box = BoxIn(maker, *whole, n < 2 ? 1500 : 60);
        SCOPED_TRACE(
            fmt::format("seed {}, {} box {}", seed, form == Form::kMoe ? "MoE" : "dense", n));
        const auto feasible = AllFeasible(objective, lattice, box);
        std::optional<BoxBound> bound;
        Check(bounds, objective, box, 0, feasible, {}, &bound);
        if (HasFatalFailure()) return;
        with_feasible += feasible.empty() ? 0 : 1;
        ruled_out += bound ? 0 : 1;
        for (int k = 0; k < 3 && !feasible.empty(); ++k) {
          const auto pick = maker.Pick(0, static_cast<Count>(feasible.size()) - 1);
          Merit to_beat = feasible[static_cast<std::size_t>(pick)].merit;
          if (k == 2) to_beat.index = maker.Pick(0, objective.study().space.Size() - 1);
          Check(bounds, objective, box, 0, feasible, to_beat);
          if (HasFatalFailure()) return;
        }
        // What a box keeps, every box in it keeps.
        if (!bound) continue;
        const Box inner = BoxIn(maker, box, 60);
        Check(bounds, objective, inner, bound->kept, AllFeasible(objective, lattice, inner), {});
        if (HasFatalFailure()) return;
      }
    }
  }
  EXPECT_GT(with_feasible, 300);
  EXPECT_GT(ruled_out, 300);
}

TEST(BoxBounds, BestMultiplierIsLowestOfAllTried) {
  for (std::uint64_t seed = 0; seed < 3000; ++seed) {
    StudyMaker maker(seed);
    Enclosure plane(maker.Uniform(-3, 3)), other(maker.Uniform(-3, 3));
    for (std::size_t i = 0; i < kPlaneVariables; ++i) {
      if (maker.Flip()) plane = plane + Enclosure::Variable(i, 0, maker.Uniform(0, 2));
      if (maker.Flip()) other = other - Enclosure::Variable(i, 0, maker.Uniform(0, 2));
      if (maker.Flip()) other = other + Enclosure::Variable(i, 0, maker.Uniform(0, 2));
    }
    double reach = 0;
    for (const double s : other.slope) reach += std::abs(s);
    if (other.mid + reach <= 0) continue;  // then no multiplier is large enough
    const double best = BestMultiplier(plane, other);
    ASSERT_GE(best, 0);
    const auto height = [&](double multiplier) { return Highest(plane + multiplier * other); };
    for (const double tried : {0.0, 0.1, 0.5, 1.0, 2.0, 10.0, best * 0.9, best * 1.1, best + 0.01})
      ASSERT_LE(height(best), height(tried) + 1e-9) << "seed " << seed << ", " << tried;
  }
}

}  // namespace
}  // namespace perflaw
