#include "search/io/text_table.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>

namespace perflaw {
namespace {

TEST(TextTable, AlignsTheFirstColumnLeftAndTheOthersRight) {
  TextTable table({"model", "total", "n"});
  table.Add({"a", "70.6B", "8"});
  table.Add({"long name", "1", "123"});
  EXPECT_EQ(table.Format(),
            "model      total    n\n"
            "a          70.6B    8\n"
            "long name      1  123\n");
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
      {"m", "1", "22", "x"}, {"mm", "333", "4", "yyyyyy"}, {"mmmmmmmm", "5", "66666666", "z"}};
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
