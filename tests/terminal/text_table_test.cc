#include "search/terminal/text_table.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>

namespace perflaw {
namespace {

TEST(TextTable, AlignsNumbersRightAndTextLeft) {
  TextTable table({"model", "total", "experts", "domain", "n"});
  table.Add({"a", "70.6B", "dense", "in", "-"});
  table.Add({"long name", "+1", "8/64+1", "outside", "123"});
  EXPECT_EQ(table.Format(),
            "model      total  experts  domain     n\n"
            "a          70.6B    dense  in         -\n"
            "long name     +1   8/64+1  outside  123\n");
}

TEST(TextTable, AFirstColumnOfNothingButNumbersIsRightAligned) {
  TextTable table({"tokens", "x"});
  table.Add({"1.00T", "1"});
  table.Add({"10T", "2"});
  EXPECT_EQ(table.Format(), "tokens  x\n 1.00T  1\n   10T  2\n");
  table.Add({"best", "3"});
  EXPECT_EQ(table.Format(), "tokens  x\n1.00T   1\n10T     2\nbest    3\n");
}

TEST(TextTable, AlignsByWhatATerminalShows) {
  TextTable table({"model", "MMLU"});
  table.Add({"通义千问", "70"});
  table.Add({"Größe", "1"});
  table.Add({"bad\xff\n", "2"});
  EXPECT_EQ(table.Format(),
            "model     MMLU\n"
            "通义千问    70\n"
            "Größe        1\n"
            "bad??        2\n");
}

TEST(TextTable, ColourIsAroundWholeRowsAndOnlyWhenAsked) {
  TextTable table({"a", "b"});
  table.Add({"x", "1"}, Tone::kGood);
  table.Add({"y", "2"});
  EXPECT_EQ(table.Format(true), "\033[1ma  b\033[0m\n\033[32mx  1\033[0m\ny  2\n");
  EXPECT_EQ(table.Format(), "a  b\nx  1\ny  2\n");
}

TEST(TextTable, MarkdownEscapesWhatWouldEndACell) {
  TextTable table({"", "model|x", "n"});
  table.Add({"a\\b", "train_usd", "1"});
  EXPECT_EQ(table.Markdown(),
            "|  | model\\|x | n |\n| --- | --- | ---: |\n| a\\\\b | train_usd | 1 |\n");
}

TEST(TextTable, HeaderAloneIsOneLine) {
  EXPECT_EQ(TextTable({"a", "b"}).Format(), "a  b\n");
  EXPECT_EQ(TextTable({"only"}).Format(), "only\n");
}

TEST(TextTable, NoLineEndsInBlanks) {
  TextTable table({"name", "value", "note"});
  table.Add({"x", "", ""});
  table.Add({"", "", ""});
  table.Add({"y  ", "1", " "});
  const std::string text = table.Format();
  EXPECT_EQ(text.find(" \n"), std::string::npos) << text;
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 4);
}

// Each column's right edge stands at one place in every row that fills it.
TEST(TextTable, ColumnsEndWhereTheWidestCellEnds) {
  const std::vector<std::vector<std::string>> rows = {
      {"m", "1", "22", "x"}, {"mm", "333", "4", "5yyyyy"}, {"mmmmmmmm", "5", "66666666", "z"}};
  TextTable table(rows.front());
  for (std::size_t i = 1; i < rows.size(); ++i) table.Add(rows[i]);
  std::istringstream lines(table.Format());
  std::string line;
  for (const auto& row : rows) {
    ASSERT_TRUE(std::getline(lines, line));
    ASSERT_EQ(line.size(), 8u + 2 + 3 + 2 + 8 + 2 + 6);
    ASSERT_EQ(line.substr(0, row[0].size()), row[0]);
    std::size_t edge = 8;
    for (const auto& [i, width] : {std::pair<std::size_t, std::size_t>{1, 3}, {2, 8}, {3, 6}}) {
      edge += 2 + width;
      ASSERT_EQ(line.substr(edge - row[i].size(), row[i].size()), row[i]);
      ASSERT_EQ(line[edge - row[i].size() - 1], ' ');
    }
  }
}

}  // namespace
}  // namespace perflaw
