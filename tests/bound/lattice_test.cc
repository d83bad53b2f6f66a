#include "search/bound/lattice.hpp"

#include <gtest/gtest.h>

#include <map>

#include "tests/bound/bound_studies.hpp"

namespace perflaw {
namespace {

double ValueOf(const Space& space, std::size_t axis, Count index) {
  const auto position = static_cast<std::size_t>(space.Positions(index)[axis]);
  return axis == kFfnAxis && !space.ffn_times_hidden.empty()
             ? space.ffn_times_hidden[position]
             : static_cast<double>(space.Decode(index)[axis]);
}

TEST(Lattice, HoldsOnceWhatTheRulesLeave) {
  int studies = 0;
  Count kept = 0, left_out = 0;
  for (std::uint64_t seed = 0; studies < 60; ++seed) {
    StudyMaker maker(seed);
    const auto made = StudyOf(maker, 6000);
    if (!made) continue;
    const ObjectiveFunction objective(*made);
    ++studies;
    const Study& study = objective.study();
    std::vector<int> broken;
    for (Count index = 0; index < study.space.Size(); ++index)
      broken.push_back(objective.Evaluate(index).rule);
    for (const KeptRules rules :
         {KeptRules::kExperts, KeptRules::kExpertsAndHeads, KeptRules::kAllThatDivide}) {
      std::map<Count, int> times;
      for (const Form form : {Form::kDense, Form::kMoe}) {
        const Lattice lattice(study, form, rules);
        ASSERT_EQ(lattice.form(), form);
        const auto whole = lattice.Whole();
        ASSERT_EQ(lattice.Points(), whole ? whole->Points() : 0);
        if (!whole) continue;
        Entries at = whole->lo;
        do {
          const Count index = lattice.Index(at);
          ASSERT_GE(index, 0);
          ASSERT_LT(index, study.space.Size());
          ++times[index];
          ASSERT_EQ(study.space.Decode(index)[kExpertsAxis] > 1, form == Form::kMoe)
              << "seed " << seed;
          for (std::size_t i = 0; i < kAxes; ++i) {
            ASSERT_EQ(lattice.axis(i).Value(at[i]), ValueOf(study.space, i, index))
                << "seed " << seed << ", axis " << i;
            ASSERT_EQ(lattice.axis(i).Position(at[i]), study.space.Positions(index)[i]);
          }
        } while (Advance(*whole, at));
      }
      for (Count index = 0; index < study.space.Size(); ++index) {
        const int rule = broken[static_cast<std::size_t>(index)];
        const auto found = times.find(index);
        const int held = found == times.end() ? 0 : found->second;
        ASSERT_LE(held, 1);
        // A repeated FFN is told before parallelism is.
        const bool rejected = rule == kExpertsRule || rule == kHeadsRule || rule == kParallelRule ||
                              rule == kFfnRepeatRule;
        if (!rejected) {
          ASSERT_EQ(held, 1) << "seed " << seed << ", index " << index;
        }
        (held == 1 ? kept : left_out) += 1;
      }
    }
  }
  EXPECT_GT(kept, 10'000);
  EXPECT_GT(left_out, 10'000);
}

TEST(Lattice, ValuesAscendAndAreFound) {
  for (std::uint64_t seed = 0; seed < 400; ++seed) {
    StudyMaker maker(seed);
    std::vector<double> multipliers = {3, 0.5, 2, 3.01, 4};
    const Count from = maker.Pick(0, 40), step = maker.Pick(1, 12);
    const Axis range(from, from + maker.Pick(0, 300), step);
    const Axis list = AxisOf({64, 1, 8, 16, 5, 128, 12, 48});
    const Count divisor = maker.Pick(1, 12), least = maker.Pick(0, 60),
                most = least + maker.Pick(-5, 250);
    for (const Axis& axis : {range, list}) {
      std::vector<std::pair<Count, Count>> expected;  // values with their positions
      for (Count i = 0; i < axis.size(); ++i) {
        if (axis[i] % divisor == 0 && axis[i] >= least && axis[i] <= most)
          expected.emplace_back(axis[i], i);
      }
      std::sort(expected.begin(), expected.end());
      const LatticeAxis kept(axis, divisor, least, most);
      ASSERT_EQ(kept.size(), static_cast<Count>(expected.size())) << "seed " << seed;
      for (Count i = 0; i < kept.size(); ++i) {
        const auto [value, position] = expected[static_cast<std::size_t>(i)];
        ASSERT_EQ(kept.Value(i), static_cast<double>(value));
        ASSERT_EQ(kept.Position(i), position);
        Count lowest = position;
        for (Count j = i; j < kept.size(); ++j) {
          lowest = std::min(lowest, expected[static_cast<std::size_t>(j)].second);
          ASSERT_EQ(kept.LeastPosition(i, j), lowest);
        }
      }
      for (int n = 0; n < 20; ++n) {
        const double value =
            maker.Flip() ? static_cast<double>(maker.Pick(0, 350)) : maker.Uniform(-5, 400);
        Count under = 0, up_to = 0;
        for (const auto& [v, position] : expected) {
          under += static_cast<double>(v) < value ? 1 : 0;
          up_to += static_cast<double>(v) <= value ? 1 : 0;
        }
        ASSERT_EQ(kept.LowerBound(value), under);
        ASSERT_EQ(kept.UpperBound(value), up_to);
      }
    }
    const LatticeAxis times(multipliers);
    for (Count i = 0; i < times.size(); ++i) {
      ASSERT_EQ(times.Value(i), multipliers[static_cast<std::size_t>(times.Position(i))]);
      if (i > 0) {
        ASSERT_LT(times.Value(i - 1), times.Value(i));
      }
    }
  }
}

TEST(Lattice, LeastIndexIsNoMoreThanAnyOfABox) {
  int boxes = 0;
  for (std::uint64_t seed = 500; boxes < 1000; ++seed) {
    StudyMaker maker(seed);
    const auto made = StudyOf(maker, 1'000'000);
    if (!made) continue;
    const ObjectiveFunction objective(*made);
    for (const Form form : {Form::kDense, Form::kMoe}) {
      const Lattice lattice(objective.study(), form);
      const auto whole = lattice.Whole();
      for (int n = 0; whole && n < 8; ++n) {
        Box box;
        Count points = 1;
        for (std::size_t i = 0; i < kAxes; ++i) {
          box.lo[i] = maker.Pick(0, whole->hi[i]);
          box.hi[i] = maker.Pick(box.lo[i], std::min(whole->hi[i], box.lo[i] + 6));
          points *= box.hi[i] - box.lo[i] + 1;
        }
        ASSERT_EQ(box.Points(), points);
        const Count least = lattice.LeastIndex(box);
        Entries at = box.lo;
        do {
          ASSERT_LE(least, lattice.Index(at)) << "seed " << seed;
        } while (Advance(box, at));
        ++boxes;
      }
    }
  }
}

}  // namespace
}  // namespace perflaw
