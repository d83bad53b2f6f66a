#include "search/statistics/basis.hpp"

#include <gtest/gtest.h>

namespace perflaw {
namespace {

TEST(Basis, LeavesWhatItsColumnsDoNotExplain) {
  const Basis basis({{1, 1, 1, 1}, {1, 2, 3, 4}, {3, 5, 7, 9}});  // the last is of the two before
  EXPECT_EQ(basis.Size(), 2u);
  const Column line = basis.Rest({5, 3, 1, -1}), square = basis.Rest({1, 4, 9, 16});
  for (std::size_t i = 0; i < 4; ++i) {
    EXPECT_NEAR(line[i], 0, 1e-12);
    EXPECT_NEAR(square[i], i % 3 == 0 ? 1 : -1, 1e-12);
  }
}

TEST(Basis, DropsWhatIsSmallInItsOwnUnitsOnly) {
  EXPECT_EQ(Basis({{1e9, 1e9, 1e9}, {1e-9, 0, 0}}).Size(), 2u);
  EXPECT_EQ(Basis({{1, 1, 1}, {1, 1, 1 + 1e-6}}).Size(), 1u);
  EXPECT_EQ(Basis({{0, 0, 0}}).Size(), 0u);
}

TEST(Basis, OfNothingExplainsNothing) {
  EXPECT_EQ(Basis().Size(), 0u);
  EXPECT_EQ(Basis().Rest({1, 2}), (Column{1, 2}));
}

}  // namespace
}  // namespace perflaw
