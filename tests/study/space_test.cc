#include "search/study/space.hpp"

#include <gtest/gtest.h>

#include <limits>
#include <random>
#include <set>

#include "tests/studies.hpp"

namespace perflaw {
namespace {

constexpr Count kLargest = std::numeric_limits<Count>::max();

Count Pick(std::mt19937_64& random, Count least, Count most) {
  return std::uniform_int_distribution<Count>(least, most)(random);
}

Axis RandomAxis(std::mt19937_64& random, Count size) {
  if (Pick(random, 0, 1) == 0) {
    const Count from = Pick(random, 1, 1000), step = Pick(random, 1, 300);
    return {from, from + (size - 1) * step + Pick(random, 0, step - 1), step};
  }
  std::set<Count> seen;
  std::vector<Count> values;
  while (static_cast<Count>(values.size()) < size) {
    const Count value = Pick(random, 1, 1 << 20);
    if (seen.insert(value).second) values.push_back(value);
  }
  return Axis(values);
}

Space RandomSpace(std::mt19937_64& random, Count most_values) {
  Space space;
  for (Axis& axis : space.axes) axis = RandomAxis(random, Pick(random, 1, most_values));
  if (Pick(random, 0, 2) == 0) {
    // Hidden sizes of 100 and more keep 2, 2.5, 3, ... apart.
    space.axes[kHiddenAxis] = Axis(100, 1000, 90);
    space.ffn_times_hidden = {4, 2, 2.5, 3, 3.5};
    space.axes[kFfnAxis] = Axis(0, 4, 1);
  }
  return space;
}

TEST(Axis, RangeHoldsItsEndOnTheGridOnly) {
  for (Count from = 0; from < 5; ++from) {
    for (Count to = from; to < 20; ++to) {
      for (Count step = 1; step < 8; ++step) {
        std::vector<Count> expected;
        for (Count value = from; value <= to; value += step) expected.push_back(value);
        const Axis axis(from, to, step);
        ASSERT_EQ(axis.size(), static_cast<Count>(expected.size()));
        for (Count i = 0; i < axis.size(); ++i) {
          ASSERT_EQ(axis[i], expected[static_cast<std::size_t>(i)]);
        }
        ASSERT_EQ(axis.Max(), expected.back());
      }
    }
  }
}

TEST(Axis, FindsExactlyItsValues) {
  const Axis range(7, 40, 5), list = AxisOf({30, 2, 17});
  const std::set<Count> on_range{7, 12, 17, 22, 27, 32, 37}, on_list{30, 2, 17};
  for (Count value = -50; value < 100; ++value) {
    ASSERT_EQ(range.Find(value).has_value(), on_range.contains(value)) << value;
    ASSERT_EQ(list.Find(value).has_value(), on_list.contains(value)) << value;
    ASSERT_EQ(range[range.Find(value).value_or(0)], on_range.contains(value) ? value : 7);
    ASSERT_EQ(list[list.Find(value).value_or(0)], on_list.contains(value) ? value : 30);
  }
  EXPECT_EQ(list.Max(), 30);
}

TEST(Axis, HugeRangeIsNeverMaterialised) {
  const Axis axis(1, Count{1} << 62, 1);
  EXPECT_EQ(axis.size(), Count{1} << 62);
  EXPECT_EQ(axis.Max(), Count{1} << 62);
  EXPECT_EQ(axis.Find(123456789012345678), std::optional<Count>(123456789012345677));
}

TEST(Space, EncodeInvertsDecodeOnAllOfASmallSpace) {
  std::mt19937_64 random(1);
  for (int trial = 0; trial < 60; ++trial) {
    const Space space = RandomSpace(random, 4);
    for (Count index = 0; index < space.Size(); ++index) {
      ASSERT_EQ(space.Encode(space.Decode(index)), std::optional<Count>(index));
      ASSERT_FALSE(space.RepeatsFfn(index));
    }
  }
}

TEST(Space, EncodeInvertsDecodeAtRandomPointsOfLargeOnes) {
  std::mt19937_64 random(2);
  for (int trial = 0; trial < 200; ++trial) {
    const Space space = RandomSpace(random, 300);
    for (int i = 0; i < 20; ++i) {
      const Count index = Pick(random, 0, space.Size() - 1);
      ASSERT_EQ(space.Encode(space.Decode(index)), std::optional<Count>(index));
    }
  }
}

TEST(Space, AxesStandInTheirFixedOrderWithTheLastFastest) {
  Space space;
  for (std::size_t i = 0; i < kAxes; ++i) {
    space.axes[i] =
        Axis(std::vector<Count>{static_cast<Count>(10 * i + 1), static_cast<Count>(10 * i)});
  }
  Count index = 0;
  for (int bits = 0; bits < 128; ++bits, ++index) {
    const Point point = space.Decode(index);
    for (std::size_t i = 0; i < kAxes; ++i) {
      ASSERT_EQ(point[i], space.axes[i][(bits >> (kAxes - 1 - i)) & 1]);
    }
  }
  EXPECT_EQ(index, space.Size());
  const std::array<std::string_view, kAxes> order = {
      "layers", "hidden", "ffn", "experts", "experts_active", "experts_shared", "tokens"};
  EXPECT_EQ(kAxisNames, order);
}

TEST(Space, EncodeRefusesValuesOffAnAxis) {
  Space space;
  for (Axis& axis : space.axes) axis = Axis(10, 30, 10);
  const Point on = space.Decode(5);
  for (std::size_t i = 0; i < kAxes; ++i) {
    for (Count off : {Count{0}, Count{15}, Count{40}, Count{-10}}) {
      Point point = on;
      point[i] = off;
      ASSERT_EQ(space.Encode(point), std::nullopt);
    }
  }
}

// 2^63 - 1 = 7^2 x 73 x 127 x 337 x 92737 x 649657.
TEST(Space, SizeIsExactUpToTheLargestCount) {
  Space space;
  const std::array<Count, kAxes> sizes = {49, 73, 127, 337, 92737, 649657, 1};
  for (std::size_t i = 0; i < kAxes; ++i) space.axes[i] = Axis(1, sizes[i], 1);
  EXPECT_EQ(space.CheckedSize(), std::optional<Count>(kLargest));
  EXPECT_EQ(space.Encode(space.Decode(kLargest - 1)), std::optional<Count>(kLargest - 1));
  for (std::size_t i = 0; i < kAxes; ++i) {
    Space larger = space;
    larger.axes[i] = Axis(1, sizes[i] + 1, 1);
    EXPECT_EQ(larger.CheckedSize(), std::nullopt) << i;
  }
  Space power;
  for (std::size_t i = 0; i < 3; ++i) power.axes[i] = Axis(1, 1 << 21, 1);
  EXPECT_EQ(power.CheckedSize(), std::nullopt);
  power.axes[0] = Axis(1, (1 << 21) - 1, 1);
  EXPECT_EQ(power.CheckedSize(), std::optional<Count>(kLargest - (Count{1} << 42) + 1));
}

// The FFN that a user means: hidden x times as decimal numbers, rounded up to the multiple.
Count FfnByWholeNumbers(Count hidden, Count thousandths, Count multiple) {
  const Count step = 1000 * multiple;
  return (hidden * thousandths + step - 1) / step * multiple;
}

TEST(Space, TimesHiddenRoundsUpToTheMultipleOfTheDecimalProduct) {
  Space space;
  space.axes[kHiddenAxis] = Axis(64, 16384, 64);
  std::vector<Count> thousandths;
  for (Count t = 1000; t <= 6000; t += 100) thousandths.push_back(t);
  for (Count t : {2667, 2333, 1375, 3556}) thousandths.push_back(t);
  for (Count t : thousandths) space.ffn_times_hidden.push_back(static_cast<double>(t) / 1000);
  space.axes[kFfnAxis] = Axis(0, static_cast<Count>(thousandths.size()) - 1, 1);
  int wrong = 0;
  for (Count multiple : {1, 64, 128, 256}) {
    space.ffn_multiple_of = multiple;
    for (Count index = 0; index < space.Size(); ++index) {
      const Point point = space.Decode(index);
      const auto i = static_cast<std::size_t>(index % space.axes[kFfnAxis].size());
      const Count wanted = FfnByWholeNumbers(point[kHiddenAxis], thousandths[i], multiple);
      if (point[kFfnAxis] == wanted || ++wrong > 5) continue;
      ADD_FAILURE() << point[kHiddenAxis] << " x " << space.ffn_times_hidden[i]
                    << " in multiples of " << multiple << " is " << wanted << ", not "
                    << point[kFfnAxis];
    }
  }
  EXPECT_EQ(wrong, 0);
}

TEST(Space, TimesHiddenIsNeverNothing) {
  Space space;
  space.axes[kHiddenAxis] = Axis(1, 1000, 111);
  space.ffn_times_hidden = {1e-300, 1e-12, 1e-6};
  space.ffn_multiple_of = 64;
  space.axes[kFfnAxis] = Axis(0, 2, 1);
  for (Count i = 0; i < space.Size(); ++i) ASSERT_EQ(space.Decode(i)[kFfnAxis], 64);
}

TEST(Space, RepeatsFfnMarksAllButTheFirstOfEqualSizes) {
  Space space;
  space.axes[kLayersAxis] = AxisOf({2, 3});
  space.axes[kHiddenAxis] = AxisOf({128, 256, 1024});
  space.ffn_times_hidden = {4, 2, 2.5, 2.25, 2.01};
  space.ffn_multiple_of = 256;
  space.axes[kFfnAxis] = Axis(0, 4, 1);
  space.axes[kTokensAxis] = AxisOf({1, 2});
  std::set<Point> seen;
  Count repeats = 0;
  for (Count index = 0; index < space.Size(); ++index) {
    const Point point = space.Decode(index);
    const bool first = seen.insert(point).second;
    ASSERT_EQ(space.RepeatsFfn(index), !first) << index;
    ASSERT_EQ(space.Encode(point) == index, first);
    repeats += first ? 0 : 1;
  }
  EXPECT_GT(repeats, 0);
  EXPECT_LT(repeats, space.Size());
}

}  // namespace
}  // namespace perflaw
