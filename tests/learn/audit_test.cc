#include "search/learn/audit.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "search/io/inputs/catalog.hpp"
#include "search/io/inputs/run_file.hpp"

namespace perflaw {
namespace {

Law PublishedLaw() {
  Inputs inputs;
  return LoadLaw(kDefaultLaw, inputs, "test", "law");
}

ScoredRun RunOf(const Law& law, const std::string& family, double layers, double off) {
  ScoredRun run{"a", family, {}, 0, 1};
  run.model.layers = layers;
  run.model.hidden = 128 * layers;
  run.model.ffn = run.model.widest_ffn = 3 * run.model.hidden;
  run.model.total_params = run.model.active_params =
      12 * layers * run.model.hidden * run.model.hidden;
  run.model.tokens = 4e12;
  run.mmlu = PredictScore(law, run.model, 1).mmlu + off;
  return run;
}

// The paper's section 4.1 names the first Llamas.
TEST(Audit, FlagsTheFirstLlamasOfTableOneAndFewOthers) {
  Inputs inputs;
  std::vector<std::string> notes;
  const std::string path = "configs/tables/performance-law-table1.csv";
  const std::vector<ScoredRun> runs = ReadRuns(ParseCsv(inputs.Read(path), path), notes);
  const std::vector<AuditRow> rows = Audit(PublishedLaw(), runs, 1);
  int others = 0;
  for (std::size_t i = 0; i < runs.size(); ++i) {
    EXPECT_NEAR(rows[i].z, (runs[i].mmlu - rows[i].predicted.mmlu) / PublishedLaw().sigma, 1e-12);
    if (runs[i].name == "Llama 7B" || runs[i].name == "Llama 13B")
      EXPECT_EQ(rows[i].flag, AuditFlag::kLow) << runs[i].name;
    else
      others += rows[i].flag != AuditFlag::kNone;
    EXPECT_EQ(rows[i].flag == AuditFlag::kNone, rows[i].reasons.empty());
  }
  EXPECT_LE(others, 5);
}

TEST(Audit, FalseAlarmsAreAsRareAsStated) {
  const Law law = PublishedLaw();
  std::mt19937_64 random(1);
  std::normal_distribution<double> normal(0, 1);
  int flagged = 0, all = 0;
  for (int family = 0; family < 1000; ++family) {
    const double offset = law.sigma * std::sqrt(law.family_share) * normal(random);
    std::vector<ScoredRun> runs;
    for (const double layers : {32, 40, 48, 60}) {
      const double own = law.sigma * std::sqrt(1 - law.family_share) * normal(random);
      runs.push_back(RunOf(law, std::to_string(family), layers, offset + own));
    }
    for (const AuditRow& row : Audit(law, runs, 1)) flagged += row.flag != AuditFlag::kNone;
    all += 4;
  }
  EXPECT_GT(flagged, 0.08 * all);
  EXPECT_LT(flagged, 0.12 * all);
}

TEST(Audit, SeesAStrayThroughItsFamilysOffset) {
  const Law law = PublishedLaw();
  // The family lies low by 6, so a model at +8 is 14 above its like, though inside the law's own interval.
  std::vector<ScoredRun> runs;
  for (const double layers : {32, 36, 40, 48, 60, 64})
    runs.push_back(RunOf(law, "low", layers, -6));
  runs.push_back(RunOf(law, "low", 56, 8));
  runs.push_back(RunOf(law, "", 56, 8));  // no family: nothing to compare with
  const std::vector<AuditRow> rows = Audit(law, runs, 1);
  EXPECT_EQ(rows[6].flag, AuditFlag::kHigh);
  EXPECT_NEAR(*rows[6].family_offset, -6, 1e-9);
  EXPECT_EQ(rows[7].flag, AuditFlag::kNone);
  EXPECT_FALSE(rows[7].z_in_family);
  for (std::size_t i = 0; i < 6; ++i) EXPECT_EQ(rows[i].flag, AuditFlag::kNone) << i;
}

TEST(Audit, AScoreAtChanceWhereChanceIsExpectedIsNotFlagged) {
  const Law law = PublishedLaw();
  ScoredRun tiny = RunOf(law, "", 6, 0);
  tiny.mmlu = 26;
  ASSERT_EQ(PredictScore(law, tiny.model, 1).mmlu, 25);
  EXPECT_EQ(Audit(law, {tiny}, 1)[0].flag, AuditFlag::kNone);
}

}  // namespace
}  // namespace perflaw
