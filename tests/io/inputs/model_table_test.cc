#include "search/io/inputs/model_table.hpp"

#include <gtest/gtest.h>

#include <random>

#include "tests/studies.hpp"

namespace perflaw {
namespace {

using Cells = std::vector<std::vector<std::string>>;

TEST(ParseCsv, ReadsQuotesLineEndsAndByteOrderMarks) {
  const std::string rows = "a,b\r\n1,\"x, \"\"y\"\"\nz\"\r\n\"\",\xC3\xA9";
  for (const std::string& text : {rows, "\xEF\xBB\xBF" + rows, rows + "\r\n", rows + "\n"}) {
    const CsvTable table = ParseCsv(text, "t.csv");
    EXPECT_EQ(table.header, (std::vector<std::string>{"a", "b"}));
    EXPECT_EQ(table.rows, (Cells{{"1", "x, \"y\"\nz"}, {"", "\xC3\xA9"}}));
  }
}

TEST(ParseCsv, RefusesTablesThatAreNone) {
  for (const char* text : {"", "\n", "a,b", "a,b\n", "\xEF\xBB\xBF"})
    ExpectParts(Refusal([&] { ParseCsv(text, "t.csv"); }), {"t.csv", "header"});
  ExpectParts(Refusal([] { ParseCsv("a,b,a\n1,2,3\n", "t.csv"); }), {"t.csv", "column a", "twice"});
}

TEST(ParseCsv, RefusesRowsOfAnotherWidthByNumber) {
  ExpectParts(Refusal([] { ParseCsv("a,b\n1,2\n3\n", "t.csv"); }), {"t.csv", "row 2", "1", "2"});
  ExpectParts(Refusal([] { ParseCsv("a,b\n1,2,3\n", "t.csv"); }), {"t.csv", "row 1", "3", "2"});
}

TEST(ParseCsv, RefusesBrokenQuotes) {
  for (const char* text : {"a,b\n1,\"open\n", "a,b\n1,x\"y\"\n", "a,b\n\"x\"y,1\n"})
    ExpectParts(Refusal([&] { ParseCsv(text, "t.csv"); }), {"t.csv"});
}

// RFC 4180: spaces are part of a field; so whatever is written comes back.
TEST(FormatCsv, ReadsBackWhateverItWrites) {
  std::mt19937 random(12);
  const std::string alphabet = "ab,\"\n\r 1;\t\xC3\xA9";
  int wrong = 0;
  for (int trial = 0; trial < 500; ++trial) {
    CsvTable table{"t.csv", {"name", "b c", "d,\"e\""}, {}};
    for (int r = 0; r < 4; ++r) {
      std::vector<std::string> row;
      for (int c = 0; c < 3; ++c) {
        std::string cell(random() % 6, ' ');
        for (char& byte : cell) byte = alphabet[random() % alphabet.size()];
        row.push_back(cell);
      }
      table.rows.push_back(row);
    }
    const CsvTable back = ParseCsv(FormatCsv(table), "t.csv");
    ASSERT_EQ(back.header, table.header);
    if (back.rows == table.rows || ++wrong > 1) continue;
    EXPECT_EQ(back.rows, table.rows);
  }
  EXPECT_EQ(wrong, 0);
}

TEST(FormatCsv, QuotesOnlyWhereNeeded) {
  EXPECT_EQ(FormatCsv({"f", {"a", "b"}, {{"x y", "1.5"}, {"p,q", "\"r\""}}}),
            "a,b\nx y,1.5\n\"p,q\",\"\"\"r\"\"\"\n");
}

const std::string kHeader =
    "model,layers,hidden,ffn,activated_ffn,tokens_trillion,total_params_billion,"
    "active_params_billion,mmlu_reported\n";

std::vector<TableModel> Models(const std::string& rows) {
  return ReadModels(ParseCsv(kHeader + rows, "t.csv"));
}

TEST(ReadModels, ReadsDenseAndMoeRowsInBaseUnits) {
  const auto models = Models(
      "Llama3 8B,32,4096,14336,,15,8,,66.6\nMixtral 8x7B,32,4096,14336,28672,5.2,46.7,12.9,70.6\n");
  ASSERT_EQ(models.size(), 2u);
  const TrainedModel &dense = models[0].model, &moe = models[1].model;
  EXPECT_EQ(models[0].name, "Llama3 8B");
  EXPECT_EQ(dense.form, Form::kDense);
  EXPECT_EQ(dense.layers, 32);
  EXPECT_EQ(dense.hidden, 4096);
  EXPECT_EQ(dense.ffn, 14336);
  EXPECT_EQ(dense.widest_ffn, 14336);
  EXPECT_EQ(dense.tokens, 15e12);
  EXPECT_EQ(dense.total_params, 8e9);
  EXPECT_EQ(dense.active_params, 8e9);
  EXPECT_EQ(moe.form, Form::kMoe);
  EXPECT_EQ(moe.widest_ffn, 28672);
  EXPECT_DOUBLE_EQ(moe.active_params, 12.9e9);
  const std::vector<std::pair<std::string, std::string>> carried = {{"mmlu_reported", "70.6"}};
  EXPECT_EQ(models[1].carried, carried);
}

TEST(ReadModels, OptionalColumnsMayBeAbsent) {
  const auto models = ReadModels(ParseCsv(
      "model,layers,hidden,ffn,tokens_trillion,total_params_billion\nx,1,2,3,4,5\n", "t.csv"));
  EXPECT_EQ(models[0].model.widest_ffn, 3);
  EXPECT_EQ(models[0].model.form, Form::kDense);
  EXPECT_TRUE(models[0].carried.empty());
}

TEST(ReadModels, RefusesBadCellsByRowColumnAndValue) {
  const std::string good = "x,1,2,3,,4,5,,\n";
  const struct {
    const char *row, *column, *value;
  } cases[] = {{"x,0,2,3,,4,5,,", "layers", "\"0\""},
               {"x,-1,2,3,,4,5,,", "layers", "\"-1\""},
               {"x,1,,3,,4,5,,", "hidden", "\"\""},
               {"x,1,2,3x,,4,5,,", "ffn", "\"3x\""},
               {"x,1,2,3,0,4,5,,", "activated_ffn", "\"0\""},
               {"x,1,2,3,,nan,5,,", "tokens_trillion", "\"nan\""},
               {"x,1,2,3,,4,inf,,", "total_params_billion", "\"inf\""},
               {"x,1,2,3,,4,5,6,", "active_params_billion", "\"6\""},
               {"x,1,2,3,,4,5,0,", "active_params_billion", "\"0\""},
               {"x,1,2,3,,1e400,5,,", "tokens_trillion", "\"1e400\""}};
  for (const auto& bad : cases) {
    ExpectParts(Refusal([&] { Models(good + bad.row + "\n"); }),
                {"t.csv", "row 2", bad.column, bad.value});
  }
}

TEST(ReadModels, RefusesMissingColumnsByName) {
  for (const char* column :
       {"model", "layers", "hidden", "ffn", "tokens_trillion", "total_params_billion"}) {
    std::string text =
        "model,layers,hidden,ffn,tokens_trillion,total_params_billion\nx,1,2,3,4,5\n";
    text.replace(text.find(column), std::string(column).size(), "other");
    ExpectParts(Refusal([&] { ReadModels(ParseCsv(text, "t.csv")); }),
                {"t.csv", column, "missing"});
  }
}

}  // namespace
}  // namespace perflaw
