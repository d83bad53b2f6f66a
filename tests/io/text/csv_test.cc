#include "search/io/text/csv.hpp"

#include <gtest/gtest.h>

namespace perflaw {
namespace {

TEST(RowCsv, NoRowsAreNoText) { EXPECT_EQ(FormatRows(Json::array()), ""); }

TEST(RowCsv, ColumnsAreAllKeysByFirstAppearance) {
  const Json rows = {{{"model", "a"}, {"mmlu", 70.5}},
                     {{"model", "b"}, {"year", "2024-01"}, {"mmlu", nullptr}}};
  EXPECT_EQ(FormatRows(rows), "model,mmlu,year\na,70.5,\nb,,2024-01\n");
}

TEST(RowCsv, APredictionIsFlatUnderTheNamesOfASearch) {
  const Json prediction = {{"model", "a"},
                           {"interval_90", {70.5, 80.5}},
                           {"domain", {{"inside", true}, {"distance", 0}}},
                           {"mmlu_low90", "of the table"}};
  EXPECT_EQ(FormatRows(Json::array({Flattened(prediction)})),
            "model,mmlu_low90,mmlu_high90,domain_inside,domain_distance,table_mmlu_low90\n"
            "a,70.5,80.5,true,0,of the table\n");
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
