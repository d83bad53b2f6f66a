#include "search/io/inputs/curve_file.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "search/base/error.hpp"
#include "search/io/text/files.hpp"

namespace perflaw {
namespace {

std::string Write(const std::string& name, const std::string& text) {
  const std::string path = testing::TempDir() + "/perflaw_curve_" + name;
  WriteFile(path, text);
  return path;
}

struct Read {
  Curve curve;
  std::vector<std::string> notes;
};
Read ReadFiles(const std::vector<std::string>& paths, const std::string& select = "") {
  Inputs inputs;
  Read read;
  read.curve = ReadCurve(paths, select, inputs, read.notes);
  return read;
}

void ExpectRefused(const std::string& name, const std::string& text,
                   const std::vector<std::string>& parts) {
  try {
    ReadFiles({Write(name, text)});
    FAIL() << text;
  } catch (const InputError& error) {
    for (const std::string& part : parts)
      EXPECT_NE(std::string(error.what()).find(part), std::string::npos)
          << error.what() << " lacks " << part;
  }
}

void ExpectPoints(const Curve& curve) {
  ASSERT_EQ(curve.size(), 3u);
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(curve[i].tokens, 1e12 * static_cast<double>(i + 1));
    EXPECT_NEAR(curve[i].mmlu, 50 + 5 * static_cast<double>(i), 1e-9);
  }
}

TEST(CurveFile, ReadsTablesLinesAndHarnessResults) {
  const Read table = ReadFiles({Write("a.csv", "tokens,mmlu\n1T,50\n2T,55\n3000000000000,60\n")});
  ExpectPoints(table.curve);
  EXPECT_TRUE(table.notes.empty());
  ExpectPoints(
      ReadFiles({Write("a.jsonl",
                       "{\"tokens\": 1e12, \"mmlu\": 50}\n{\"tokens\": \"2T\", \"mmlu\": 55}\n\n"
                       "{\"tokens\": 3e12, \"mmlu\": 60}\n")})
          .curve);
  const auto result = [](const char* name, const char* accuracy, const char* tokens) {
    return Write(
        name,
        fmt::format(
            "{{\"results\": {{\"mmlu\": {{\"acc,none\": {}}}}}, \"config\": {{\"model_args\": "
            "\"revision=step1000-tokens{}\"}}}}",
            accuracy, tokens));
  };
  ExpectPoints(ReadFiles({result("1.json", "0.50", "1T"), result("2.json", "0.55", "2000B"),
                          result("3.json", "0.60", "3T")})
                   .curve);
}

TEST(CurveFile, SelectsAModel) {
  const std::string path =
      Write("models.csv", "model,tokens,mmlu\na,1T,50\nb,1T,30\na,2T,55\na,3T,60\n");
  ExpectPoints(ReadFiles({path}, "a").curve);
  EXPECT_THROW(ReadFiles({path}), InputError);
  EXPECT_THROW(ReadFiles({path}, "c"), InputError);
}

TEST(CurveFile, MendsAndSaysSo) {
  const Read sorted = ReadFiles({Write("s.csv", "tokens,mmlu\n3T,60\n1T,50\n2T,55\n2T,55\n")});
  ExpectPoints(sorted.curve);
  EXPECT_EQ(sorted.notes.size(), 2u);
  const Read fractions = ReadFiles({Write("f.csv", "tokens,mmlu\n1T,0.50\n2T,0.55\n3T,0.60\n")});
  ExpectPoints(fractions.curve);
  ASSERT_EQ(fractions.notes.size(), 1u);
  EXPECT_NE(fractions.notes[0].find("fractions"), std::string::npos);
}

TEST(CurveFile, SaysWhichScoresGuessingDoesNotGive) {
  const Read low = ReadFiles({Write("l.csv", "tokens,mmlu\n1T,12\n2T,25\n3T,30\n")});
  ASSERT_EQ(low.notes.size(), 1u);
  EXPECT_NE(low.notes[0].find("1 of 3 scores are under 20"), std::string::npos) << low.notes[0];
}

TEST(CurveFile, RefusesFractionsBesidePercent) {
  ExpectRefused("x1.csv", "tokens,mmlu\n1T,50\n2T,0.55\n3T,60\n",
                {"x1.csv", "row 2, column mmlu", "0.55", "percent"});
  ExpectRefused("x2.jsonl",
                "{\"tokens\": 1e12, \"mmlu\": 0.5}\n{\"tokens\": 2e12, \"mmlu\": 55}\n"
                "{\"tokens\": 3e12, \"mmlu\": 60}\n",
                {"line 1", "0.5", "percent"});
  ExpectRefused("x3.csv", "tokens,mmlu\n1T,0\n2T,0\n3T,0\n", {"row 1", "nothing was measured"});
}

TEST(CurveFile, RefusesGarbageNamingFileRowAndRule) {
  ExpectRefused("1.csv", "tokens,mmlu\n1T,50\n", {"1.csv", "at least"});
  ExpectRefused("2.csv", "tokens,score\n1T,50\n", {"column mmlu", "missing"});
  ExpectRefused("3.csv", "tokens,mmlu\n1T,50\nx,55\n3T,60\n", {"row 2", "tokens", "x"});
  ExpectRefused("4.csv", "tokens,mmlu\n1T,50\n2T,155\n3T,60\n", {"row 2", "mmlu", "155"});
  ExpectRefused("5.csv", "tokens,mmlu\n1T,50\n1T,51\n3T,60\n", {"two different scores"});
  ExpectRefused("6.csv", "", {"6.csv"});
  ExpectRefused("7.jsonl", "{\"tokens\": 1e12}\n", {"line 1", "mmlu"});
  ExpectRefused("8.json", "{\"results\": {\"mmlu\": {\"acc\": 0.5}}}", {"tokens"});
}

}  // namespace
}  // namespace perflaw
