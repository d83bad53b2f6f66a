#include "search/invert/ranges.hpp"

#include <gtest/gtest.h>

#include "tests/invert/inversion_cases.hpp"

namespace perflaw {
namespace {

// The ends of a range lie where the posterior has fallen by what the 90 % point of chi-squared says: for a Gaussian 1.645 sigma.
TEST(FindRanges, AreThoseOfAGaussianWithoutAScore) {
  ClosedCase closed = OpenCase();
  closed.kind = Form::kMoe;
  closed.known[kDateTrait] = Limits{2025, 2025};
  const KindPosterior kind(closed, Form::kMoe);
  // The share of MoE depends on the date alone, which is known.
  for (const ProfileRange& range : FindRanges(closed, 1, 2, kGoOn)) {
    const double middle = kind.gaussian().mean[range.trait];
    const double reach = 1.6448536269514722 * kind.gaussian().Deviation(range.trait);
    EXPECT_NEAR(std::log(range.lo), middle - reach, 1e-3) << TraitName(range.trait);
    EXPECT_NEAR(std::log(range.hi), middle + reach, 1e-3) << TraitName(range.trait);
  }
}

TEST(FindRanges, KeepWhatIsKnownOfATrait) {
  ClosedCase closed = OpenCase();
  closed.kind = Form::kDense;
  closed.score = Mmlu(80);
  closed.known[kTotalTrait] = Limits{std::log(60e9), std::log(80e9)};
  for (const ProfileRange& range : FindRanges(closed, 0, 2, kGoOn)) {
    EXPECT_LT(range.lo, range.hi);
    if (range.trait != kTotalTrait) continue;
    EXPECT_GE(range.lo, 60e9 * (1 - 1e-6));
    EXPECT_LE(range.hi, 80e9 * (1 + 1e-6));
  }
}

}  // namespace
}  // namespace perflaw
