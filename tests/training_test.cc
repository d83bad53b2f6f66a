#include "search/training.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "search/fit.hpp"
#include "search/io/catalog.hpp"
#include "search/io/run_file.hpp"

namespace perflaw {
namespace {

class Training : public testing::Test {
 protected:
  Law Named(const std::string& name) { return LoadLaw(name, inputs_, "test", "law"); }
  // Mean absolute errors on all runs, and on those above 35 MMLU.
  template <class Predicted>
  std::pair<double, double> Errors(Predicted predicted) const {
    double all = 0, high = 0, highs = 0;
    for (std::size_t i = 0; i < runs_.size(); ++i) {
      const double error = std::abs(runs_[i].mmlu - predicted(i));
      all += error / static_cast<double>(runs_.size());
      if (runs_[i].mmlu > 35) high += error, ++highs;
    }
    return {all, high / highs};
  }
  // Of a run by the law that never saw its family, told `known` of its siblings; the mean over all ways to choose them.
  double ErrorKnowing(std::size_t known, std::size_t run) const {
    std::vector<ScoredRun> siblings;
    for (std::size_t i = 0; i < runs_.size(); ++i)
      if (i != run && runs_[i].family == runs_[run].family) siblings.push_back(runs_[i]);
    if (siblings.size() < known) return NAN;
    Law base = left_out_[run].law;
    base.sigma = today_.sigma;
    base.family_share = today_.family_share;
    FitOptions options;
    options.resamples = 2;
    std::vector<bool> taken(siblings.size());
    std::fill_n(taken.begin(), known, true);
    double sum = 0, ways = 0;
    do {
      std::vector<ScoredRun> given;
      for (std::size_t i = 0; i < siblings.size(); ++i)
        if (taken[i]) given.push_back(siblings[i]);
      const bool informative = std::any_of(
          given.begin(), given.end(), [](const ScoredRun& r) { return r.mmlu >= kNearChance; });
      const Law law = informative ? FitLaw(base, given, options, "siblings").law : base;
      sum += std::abs(runs_[run].mmlu -
                      PredictScore(LawOf(law, runs_[run]), runs_[run].model, 1).mmlu);
      ++ways;
    } while (std::prev_permutation(taken.begin(), taken.end()));
    return sum / ways;
  }
  double MeanErrorKnowing(std::size_t known) const {
    double sum = 0, count = 0;
    for (std::size_t i = 0; i < runs_.size(); ++i) {
      const double error = ErrorKnowing(known, i);
      if (!std::isnan(error)) sum += error, ++count;
    }
    return sum / count;
  }

  Inputs inputs_;
  Law paper_ = Named("performance-law-2024"), today_ = Named("performance-law-2026");
  std::vector<ScoredRun> runs_ = ReadPublishedModels(inputs_);
  std::vector<LeftOutRun> left_out_ = LeaveFamiliesOut(paper_, runs_, {});
};

TEST_F(Training, MakesTheLawFileAgain) {
  Law made = TrainLaw(paper_, runs_, {});
  CalibrateErrors(runs_, left_out_, made);
  for (std::size_t i = 0; i < made.w.size(); ++i) EXPECT_NEAR(made.w[i], today_.w[i], 1e-5);
  EXPECT_NEAR(made.b, today_.b, 1e-5);
  EXPECT_NEAR(made.w_active, today_.w_active, 1e-5);
  EXPECT_NEAR(made.w_sparsity, today_.w_sparsity, 1e-5);
  EXPECT_NEAR(made.recipe.per_year, today_.recipe.per_year, 1e-5);
  EXPECT_NEAR(made.recipe.until, today_.recipe.until, 1e-9);
  EXPECT_EQ(made.recipe.date, today_.recipe.date);
  EXPECT_NEAR(made.log_saturation, today_.log_saturation, 1e-12);
  EXPECT_EQ(made.expands, today_.expands);
  EXPECT_EQ(made.ceiling, today_.ceiling);
  EXPECT_EQ(made.score_noise, today_.score_noise);
  EXPECT_EQ(made.sigma, today_.sigma);
  EXPECT_NEAR(made.family_share, today_.family_share, 1e-5);
  for (std::size_t f = 0; f < kFeatures; ++f) {
    EXPECT_NEAR(made.domain.box[f].min / today_.domain.box[f].min, 1, 1e-9) << f;
    EXPECT_NEAR(made.domain.box[f].max / today_.domain.box[f].max, 1, 1e-9) << f;
  }
  EXPECT_NEAR(made.domain.least_discount, today_.domain.least_discount, 1e-9);
}

TEST_F(Training, PredictsFamiliesThatItNeverSaw) {
  ASSERT_EQ(runs_.size(), 120u);
  const auto [paper_all, paper_high] =
      Errors([&](std::size_t i) { return PredictScore(paper_, runs_[i].model, 1).mmlu; });
  EXPECT_NEAR(paper_all, 8.0, 0.05);
  EXPECT_NEAR(paper_high, 4.7, 0.05);
  const auto [all, high] =
      Errors([&](std::size_t i) { return Bounded(left_out_[i].law, left_out_[i].raw); });
  EXPECT_LE(all, 4.5);
  EXPECT_LE(high, 4.0);
}

TEST_F(Training, IntervalsHoldNineInTenOfThem) {
  int held = 0;
  for (std::size_t i = 0; i < runs_.size(); ++i) {
    Law law = left_out_[i].law;
    law.sigma = today_.sigma;
    const Score score = PredictScore(law, runs_[i].model, 1);
    held += runs_[i].mmlu >= score.low90 && runs_[i].mmlu <= score.high90 ? 1 : 0;
  }
  EXPECT_GE(held, 102);  // 85 to 95 %
  EXPECT_LE(held, 114);
}

TEST_F(Training, KnownSiblingsMendAFamilysOffset) {
  const double none = MeanErrorKnowing(0), one = MeanErrorKnowing(1), three = MeanErrorKnowing(3);
  EXPECT_LE(one, 4.2);
  EXPECT_LE(three, 3.5);
  EXPECT_LT(one, none);
  EXPECT_LT(three, one);
}

TEST_F(Training, DistilledRunsDoNotTeach) {
  std::vector<ScoredRun> bent = runs_;
  for (ScoredRun& run : bent)
    if (run.distilled) run.mmlu = 90;
  EXPECT_EQ(TrainLaw(paper_, bent, {}).w, TrainLaw(paper_, runs_, {}).w);
  // Alike in all, they cannot tell the coefficients.
  EXPECT_THROW(TrainLaw(paper_, std::vector<ScoredRun>(20, runs_.front()), {}), std::runtime_error);
}

}  // namespace
}  // namespace perflaw
