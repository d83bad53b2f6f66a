#include "search/learn/training.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "search/io/inputs/catalog.hpp"
#include "search/io/inputs/run_file.hpp"

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
  // Of the runs with `least` siblings or more.
  double MeanErrorKnowing(std::size_t known, std::size_t least) const {
    const std::vector<double> errors = ErrorsKnowing(known, today_, runs_, left_out_),
                              enough = ErrorsKnowing(least, today_, runs_, left_out_);
    double sum = 0, count = 0;
    for (std::size_t i = 0; i < runs_.size(); ++i)
      if (!std::isnan(enough[i])) sum += errors[i], ++count;
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
  EXPECT_LE(MeanErrorKnowing(1, 1), 4.2);
  EXPECT_LE(MeanErrorKnowing(3, 3), 3.5);
  // On equal sets.
  EXPECT_LT(MeanErrorKnowing(1, 1), MeanErrorKnowing(0, 1));
  EXPECT_LT(MeanErrorKnowing(1, 3), MeanErrorKnowing(0, 3));
  EXPECT_LT(MeanErrorKnowing(3, 3), MeanErrorKnowing(1, 3));
}

TEST_F(Training, LaboratoriesHoldTheirFamilies) {
  for (const char* family : {"Llama 1", "Llama 2", "Llama 3"})
    EXPECT_EQ(LaboratoryOf(family), "Llama");
  for (const char* family : {"Qwen 1", "Qwen 1.5", "Qwen 2", "Qwen2.5"})
    EXPECT_EQ(LaboratoryOf(family), "Qwen");
  EXPECT_EQ(LaboratoryOf("PaLM"), LaboratoryOf("Gemma 3"));
  EXPECT_EQ(LaboratoryOf("Pythia"), LaboratoryOf("GPT-Neo/J"));
  EXPECT_NE(LaboratoryOf("GPT-3"), LaboratoryOf("GPT-Neo/J"));
  EXPECT_EQ(LaboratoryOf("dots"), "dots");
  // A laboratory's other families say something of a family.
  std::vector<std::string> laboratories;
  for (const ScoredRun& run : runs_) laboratories.push_back(LaboratoryOf(run.family));
  const std::vector<LeftOutRun> without = LeaveGroupsOut(paper_, runs_, laboratories, {});
  const auto error = [&](const std::vector<LeftOutRun>& left_out) {
    return Errors([&](std::size_t i) { return Bounded(left_out[i].law, left_out[i].raw); }).first;
  };
  EXPECT_GT(error(without), error(left_out_));
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
