#include "search/io/row_csv.hpp"

#include <gtest/gtest.h>

#include "search/io/table_file.hpp"

namespace perflaw {
namespace {

TEST(RowCsv, NoRowsAreNoText) { EXPECT_EQ(FormatRows(Json::array()), ""); }

TEST(RowCsv, ColumnsAreAllKeysByFirstAppearance) {
  const Json rows = {{{"model", "a"}, {"mmlu", 70.5}},
                     {{"model", "b"}, {"year", "2024-01"}, {"mmlu", nullptr}}};
  EXPECT_EQ(FormatRows(rows), "model,mmlu,year\na,70.5,\nb,,2024-01\n");
}

TEST(RowCsv, ReadsBackAsItWas) {
  const Json rows = {{{"model", "a, \"b\"\nc"}, {"tokens", 15000000000000}, {"share", 0.1}},
                     {{"model", "通义"}, {"tokens", 1}, {"share", 1e-300}}};
  const CsvTable table = ParseCsv(FormatRows(rows), "rows.csv");
  ASSERT_EQ(table.rows.size(), 2u);
  EXPECT_EQ(table.rows[0][0], "a, \"b\"\nc");
  EXPECT_EQ(table.rows[0][1], "15000000000000");
  EXPECT_EQ(table.rows[1][0], "通义");
  EXPECT_EQ(std::stod(table.rows[1][2]), 1e-300);
}

}  // namespace
}  // namespace perflaw
