#include "search/io/outputs/point_file.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <sstream>

#include "search/io/text/csv.hpp"
#include "search/io/text/sqlite.hpp"
#include "tests/studies.hpp"

namespace perflaw {
namespace {

namespace fs = std::filesystem;

const std::vector<std::string> kColumns = {"index", "mmlu", "speed"};

Json Row(Count index, double mmlu, const Json& speed) {
  return {{"index", index}, {"mmlu", mmlu}, {"speed", speed}};
}

std::vector<Json> Rows() {
  return {Row(3, 0.1, nullptr), Row(9007199254740993, -2.5e-300, 7), Row(5, 71.4239738272, 1e300)};
}

std::string Written(const std::string& path, const std::vector<Json>& rows) {
  const auto file = PointFile::Make(path, rows.empty() ? std::vector<std::string>{} : kColumns);
  fs::remove(path);
  std::string both;
  for (const Json& row : rows) both += file->Encode(row);
  file->Append(both);
  EXPECT_FALSE(fs::exists(path));
  file->Finish();
  std::ifstream in(path, std::ios::binary);
  std::stringstream text;
  text << in.rdbuf();
  return text.str();
}

TEST(PointFile, IsNamedByItsFormat) {
  EXPECT_TRUE(IsPointFile("a.csv") && IsPointFile("a.jsonl") && IsPointFile("a.db"));
  EXPECT_FALSE(IsPointFile("a.json") || IsPointFile("a") || IsPointFile("db"));
}

TEST(PointFile, HoldsTheSameInEveryFormat) {
  const std::vector<Json> rows = Rows();
  const CsvTable csv = ParseCsv(Written(TempPath("a.csv"), rows), "a.csv");
  EXPECT_EQ(csv.header, kColumns);
  ASSERT_EQ(csv.rows.size(), 3u);
  std::istringstream lines(Written(TempPath("a.jsonl"), rows));
  Written(TempPath("a.db"), rows);
  Database database(TempPath("a.db"));
  EXPECT_EQ(database.Whole("SELECT count(*) FROM points"), 3);
  for (std::size_t i = 0; i < 3; ++i) {
    std::string line;
    std::getline(lines, line);
    EXPECT_EQ(ParseJson(line, "a.jsonl"), rows[i]);
    for (std::size_t column = 0; column < 3; ++column) {
      const Json& cell = rows[i].at(kColumns[column]);
      EXPECT_EQ(csv.rows[i][column], cell.is_null() ? "" : cell.dump());
      Statement same(database, "SELECT \"" + kColumns[column] +
                                   "\" IS ? FROM points LIMIT 1 OFFSET " + std::to_string(i));
      if (cell.is_null()) {
        same.BindNull(1);
      } else if (cell.is_number_integer()) {
        same.BindWhole(1, cell.get<Count>());
      } else {
        same.BindReal(1, cell.get<double>());
      }
      ASSERT_TRUE(same.Step());
      EXPECT_EQ(same.Whole(0), 1) << i << kColumns[column];
    }
  }
}

TEST(PointFile, MayHaveNoRows) {
  EXPECT_EQ(Written(TempPath("a.csv"), {}), "");
  EXPECT_EQ(Written(TempPath("a.jsonl"), {}), "");
  Written(TempPath("a.db"), {});
  EXPECT_EQ(Database(TempPath("a.db")).Whole("SELECT count(*) FROM sqlite_master"), 0);
}

TEST(PointFile, ReplacesTheOlderFileOnlyWhenFinished) {
  for (const std::string suffix : {".csv", ".jsonl", ".db"}) {
    const std::string path = TempFile("a" + suffix, "older");
    std::string kept;
    {
      const auto file = PointFile::Make(path, kColumns);
      file->Append(file->Encode(Row(1, 2, 3)));
    }
    for (const auto& entry : fs::directory_iterator(testing::TempDir()))
      EXPECT_FALSE(entry.path().string().starts_with(path + ".")) << entry.path();
    {
      const auto file = PointFile::Make(path, kColumns);
      file->Append(file->Encode(Row(1, 2, 3)));
      kept = file->Keep();
    }
    EXPECT_TRUE(kept.ends_with(".part"));
    EXPECT_GT(fs::file_size(kept), 0u);
    EXPECT_EQ(fs::file_size(path), 5u);
    fs::remove(kept);
  }
}

TEST(PointFile, SaysWhichFileCannotBeWritten) {
  for (const std::string name : {"a.csv", "a.jsonl", "a.db"}) {
    try {
      PointFile::Make("/proc/no/" + name, kColumns);
      ADD_FAILURE() << name;
    } catch (const std::runtime_error& error) {
      ExpectParts(error.what(), {"/proc/no/" + name});
    }
  }
}

}  // namespace
}  // namespace perflaw
