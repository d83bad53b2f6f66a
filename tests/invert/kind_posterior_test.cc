#include "search/invert/kind_posterior.hpp"

#include <gtest/gtest.h>

#include "tests/invert/inversion_cases.hpp"

namespace perflaw {
namespace {

// The raw score is the law's for the model at its date.
TEST(KindPosterior, ScoresAsTheLaw) {
  for (const char* law : {"performance-law-2024", "performance-law-2026"}) {
    const ClosedCase closed = OpenCase(law);
    for (const Form form : {Form::kDense, Form::kMoe}) {
      const bool moe = form == Form::kMoe;
      const TrainedModel m{form,  61,      7168,  moe ? 2048.0 : 18432.0,
                           18432, 14.8e12, 671e9, moe ? 37e9 : 671e9};
      for (const double date : {2022.5, 2024.9}) {
        const double expected = PredictScore(AtRecipeDate(closed.law, date), m, 1).raw;
        EXPECT_NEAR(KindPosterior(closed, form).Raw(TraitsOf(m, date)), expected, 1e-9) << law;
      }
    }
  }
}

TEST(KindPosterior, HasTheDerivativesOfItsScore) {
  for (const char* law : {"performance-law-2024", "performance-law-2026"}) {
    const ClosedCase closed = OpenCase(law);
    for (const Form form : {Form::kDense, Form::kMoe}) {
      const KindPosterior kind(closed, form);
      const Traits at = kind.gaussian().mean;
      const Traits gradient = kind.RawGradient(at);
      for (std::size_t i = 0; i < kTraits; ++i) {
        constexpr double kStep = 1e-5;
        Traits up = at, down = at;
        up[i] += kStep;
        down[i] -= kStep;
        EXPECT_NEAR(gradient[i], (kind.Raw(up) - kind.Raw(down)) / (2 * kStep), 1e-4)
            << law << ' ' << TraitName(i);
      }
    }
  }
}

TEST(KindPosterior, OfADenseModelWithFewActiveParametersIsImpossible) {
  ClosedCase closed = OpenCase();
  closed.known[kTotalTrait] = Exactly(600e9);
  closed.known[kActiveTrait] = Exactly(40e9);
  EXPECT_FALSE(KindPosterior(closed, Form::kDense).Possible());
  EXPECT_TRUE(KindPosterior(closed, Form::kMoe).Possible());
}

// factor . factor' is the covariance, whatever the order.
TEST(FactorOf, IsARootOfTheCovariance) {
  ClosedCase closed = OpenCase();
  closed.known[kTokensTrait] = Limits{28, 30};
  for (const Form form : {Form::kDense, Form::kMoe}) {
    const KindPosterior kind(closed, form);
    const Factor f = FactorOf(kind.gaussian(), kind.ranges());
    EXPECT_EQ(f.order[0], kTokensTrait);
    for (std::size_t i = 0; i < kTraits; ++i) {
      for (std::size_t j = 0; j < kTraits; ++j) {
        double product = 0;
        for (std::size_t k = 0; k < kTraits; ++k) product += f.rows[i][k] * f.rows[j][k];
        EXPECT_NEAR(product, kind.gaussian().covariance[f.order[i]][f.order[j]], 1e-8);
      }
    }
  }
}

}  // namespace
}  // namespace perflaw
