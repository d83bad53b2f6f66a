#include "search/bound/branching.hpp"

#include <gtest/gtest.h>

#include <set>

#include "tests/bound/bound_studies.hpp"

namespace perflaw {
namespace {

bool IsIn(const Box& box, const Entries& at) {
  for (std::size_t i = 0; i < kAxes; ++i) {
    if (at[i] < box.lo[i] || at[i] > box.hi[i]) return false;
  }
  return true;
}

Box SomeBox(StudyMaker& maker) {
  Box box;
  for (std::size_t i = 0; i < kAxes; ++i) {
    box.lo[i] = maker.Pick(0, 3);
    box.hi[i] = box.lo[i] + maker.Pick(0, 3);
  }
  return box;
}

TEST(Branching, HalvesPartABox) {
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    StudyMaker maker(seed);
    const Box box = SomeBox(maker);
    EXPECT_TRUE(IsIn(box, Middle(box)));
    for (std::size_t axis = 0; axis < kAxes; ++axis) {
      if (box.lo[axis] == box.hi[axis]) continue;
      const auto halves = Halves(box, axis);
      EXPECT_EQ(halves[0].Points() + halves[1].Points(), box.Points());
      EXPECT_GT(halves[0].Points(), 0);
      EXPECT_GT(halves[1].Points(), 0);
      Entries at = box.lo;
      do {
        ASSERT_NE(IsIn(halves[0], at), IsIn(halves[1], at)) << "seed " << seed;
      } while (Advance(box, at));
    }
  }
}

// A box is split until it is swept, whatever its planes are worth.
TEST(Branching, SplitAxisHasMoreThanOneValue) {
  int checked = 0;
  for (std::uint64_t seed = 0; checked < 100; ++seed) {
    StudyMaker maker(seed);
    const auto study = StudyOf(maker, 40'000);
    if (!study) continue;
    const ObjectiveFunction objective(*study);
    const Branches branches(objective);
    for (const auto& bounds : branches.bounds) {
      auto box = bounds->lattice().Whole();
      if (!box || box->Points() == 1) continue;
      Screened screened;
      Cuts cuts(branches.cuts.size());
      if (!bounds->Screen(*box, 0, cuts, screened) || !screened.forms || box->Points() == 1)
        continue;
      constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
      Enclosure bad(0.0);
      bad.slope.fill(kNan);
      bad.above = kNan;
      for (const Enclosure& plane : {screened.forms->Raw(), Enclosure(0.0), bad}) {
        const std::size_t axis = bounds->SplitAxis(plane, *screened.forms, *box);
        ASSERT_LT(axis, kAxes) << "seed " << seed;
        ASSERT_LT(box->lo[axis], box->hi[axis]) << "seed " << seed;
      }
      ++checked;
    }
  }
}

TEST(Branching, LatticesAndCutsHoldEveryPointOnce) {
  int checked = 0;
  for (std::uint64_t seed = 0; checked < 50; ++seed) {
    StudyMaker maker(seed);
    const auto study = StudyOf(maker, 20'000);
    if (!study) continue;
    ++checked;
    const ObjectiveFunction objective(*study);
    const Branches branches(objective);
    std::set<Count> seen;
    Count points = 0;
    for (const auto& lattice : branches.lattices) {
      const auto whole = lattice->Whole();
      points += lattice->Points();
      if (!whole) continue;
      EXPECT_EQ(
          MiddleOf({branches.bounds[static_cast<std::size_t>(lattice->form())].get(), *whole, {}}),
          lattice->Index(Middle(*whole)));
      ForEachIndex(*lattice, *whole, [&](Count index) { seen.insert(index); });
    }
    EXPECT_EQ(static_cast<Count>(seen.size()), points) << "seed " << seed;
    for (const Count cut : branches.cuts) points += cut;
    EXPECT_EQ(points, study->space.Size()) << "seed " << seed;
  }
}

}  // namespace
}  // namespace perflaw
