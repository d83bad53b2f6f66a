#include "search/io/inputs/run_file.hpp"

#include <gtest/gtest.h>

#include "search/base/error.hpp"

namespace perflaw {
namespace {

const std::string kRunHeader =
    "model,family,layers,hidden,ffn,tokens_trillion,total_params_billion,mmlu_reported,weight\n";

std::vector<ScoredRun> ReadRunRows(const std::string& rows, std::vector<std::string>& notes) {
  return ReadRuns(ParseCsv(kRunHeader + rows, "runs.csv"), notes);
}

void ExpectRefused(const std::string& rows, const std::vector<std::string>& parts) {
  std::vector<std::string> notes;
  try {
    ReadRunRows(rows, notes);
    FAIL() << rows;
  } catch (const InputError& error) {
    for (const std::string& part : parts)
      EXPECT_NE(std::string(error.what()).find(part), std::string::npos)
          << error.what() << " lacks " << part;
  }
}

TEST(RunFile, ReadsScoresFamiliesAndWeights) {
  std::vector<std::string> notes;
  const std::vector<ScoredRun> runs =
      ReadRunRows("a,F,32,4096,11008,2,7,45.3,\nb,,40,5120,13824,2,13,54.8,0.5\n", notes);
  ASSERT_EQ(runs.size(), 2u);
  EXPECT_EQ(runs[0].family, "F");
  EXPECT_EQ(runs[0].mmlu, 45.3);
  EXPECT_EQ(runs[0].weight, 1);
  EXPECT_EQ(runs[1].weight, 0.5);
  EXPECT_EQ(runs[1].model.tokens, 2e12);
  EXPECT_TRUE(notes.empty());
}

TEST(RunFile, RecognisesFractionsAndSaysSo) {
  std::vector<std::string> notes;
  const std::vector<ScoredRun> runs =
      ReadRunRows("a,F,32,4096,11008,2,7,0.453,\nb,,40,5120,13824,2,13,0.548,\n", notes);
  EXPECT_NEAR(runs[0].mmlu, 45.3, 1e-12);
  EXPECT_NEAR(runs[1].mmlu, 54.8, 1e-12);
  ASSERT_EQ(notes.size(), 1u);
  EXPECT_NE(notes[0].find("fractions"), std::string::npos);
}

TEST(RunFile, RefusesFractionsBesidePercent) {
  ExpectRefused("a,F,32,4096,11008,2,7,45.3,\nb,,40,5120,13824,2,13,0.548,\n",
                {"runs.csv", "row 2, column mmlu_reported", "0.548", "percent"});
  ExpectRefused("a,F,32,4096,11008,2,7,0,\nb,,40,5120,13824,2,13,0,\n", {"nothing was measured"});
  std::vector<std::string> notes;
  ReadRunRows("a,F,32,4096,11008,2,7,45.3,\nb,,40,5120,13824,2,13,12,\n", notes);
  ASSERT_EQ(notes.size(), 1u);
  EXPECT_NE(notes[0].find("1 of 2 scores are under 20"), std::string::npos) << notes[0];
}

TEST(RunFile, DropsRepeatedRowsAndSaysSo) {
  std::vector<std::string> notes;
  const std::string row = "a,F,32,4096,11008,2,7,45.3,\n";
  EXPECT_EQ(ReadRunRows(row + row + "a,F,32,4096,11008,2,7,46,\n", notes).size(), 2u);
  ASSERT_EQ(notes.size(), 1u);
  EXPECT_NE(notes[0].find("1 rows repeat"), std::string::npos);
}

TEST(RunFile, RefusesWhatIsNoScoreNamingRowAndColumn) {
  ExpectRefused("a,F,32,4096,11008,2,7,good,\n", {"runs.csv", "row 1", "mmlu_reported", "good"});
  ExpectRefused("a,F,32,4096,11008,2,7,45,\nb,F,32,4096,11008,2,7,145,\n",
                {"row 2", "mmlu_reported", "145"});
  ExpectRefused("a,F,32,4096,11008,2,7,,\n", {"row 1", "mmlu_reported"});
  ExpectRefused("a,F,32,4096,11008,2,7,45,-1\n", {"row 1", "weight", "-1"});
  ExpectRefused("a,F,x,4096,11008,2,7,45,\n", {"row 1", "layers", "x"});
  std::vector<std::string> notes;
  EXPECT_THROW(ReadRuns(ParseCsv("model,layers\na,3\n", "runs.csv"), notes), InputError);
}

}  // namespace
}  // namespace perflaw
