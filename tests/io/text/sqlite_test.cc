#include "search/io/text/sqlite.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <limits>

#include "tests/studies.hpp"

namespace perflaw {
namespace {

TEST(Statement, KeepsWhatIsBound) {
  Database database(TempFile("a.db", ""));
  database.Run("CREATE TABLE t (a, b, c, d, e)");
  const std::string bytes("\0\x01\xff", 3);
  Statement insert(database, "INSERT INTO t VALUES (?, ?, ?, ?, ?)");
  insert.BindWhole(1, std::numeric_limits<Count>::max());
  insert.BindReal(2, 0.1);
  insert.BindText(3, "text");
  insert.BindBlob(4, bytes);
  insert.BindNull(5);
  EXPECT_FALSE(insert.Step());
  EXPECT_EQ(database.Whole("SELECT a FROM t"), std::numeric_limits<Count>::max());
  EXPECT_EQ(database.Whole("SELECT b = 0.1 AND typeof(b) = 'real' AND e IS NULL FROM t"), 1);
  EXPECT_EQ(database.Text("SELECT c FROM t"), "text");
  EXPECT_EQ(database.Text("SELECT d FROM t"), bytes);
  EXPECT_EQ(database.Text("SELECT a FROM t WHERE a = 1"), "");
}

TEST(Transaction, IsUndoneUnlessCommitted) {
  Database database(TempFile("a.db", ""));
  database.Run("CREATE TABLE t (a)");
  {
    const Transaction transaction(database, "IMMEDIATE");
    database.Run("INSERT INTO t VALUES (1)");
  }
  EXPECT_EQ(database.Whole("SELECT count(*) FROM t"), 0);
  Transaction transaction(database, "IMMEDIATE");
  database.Run("INSERT INTO t VALUES (1)");
  transaction.Commit();
  EXPECT_EQ(database.Whole("SELECT count(*) FROM t"), 1);
}

TEST(Database, RefusesWhatIsNoDatabaseAndWhatAnotherHas) {
  Database text(TempFile("text", std::string(5000, 'x')));
  EXPECT_THROW(text.Whole("SELECT count(*) FROM sqlite_master"), SqliteRefusal);
  EXPECT_THROW(Database(testing::TempDir()), SqliteRefusal);
  EXPECT_THROW(Database("/proc/no/a.db"), SqliteRefusal);
  const std::string path = TempFile("a.db", "");
  Database one(path), two(path);
  one.Run("BEGIN EXCLUSIVE");
  EXPECT_THROW(two.Run("BEGIN EXCLUSIVE"), SqliteRefusal);
}

TEST(Database, SaysWhatIsWrongWithAStatement) {
  Database database(TempFile("a.db", ""));
  try {
    database.Run("SELECT * FROM nowhere");
    FAIL();
  } catch (const std::runtime_error& error) {
    ExpectParts(error.what(), {"a.db", "nowhere"});
  }
}

}  // namespace
}  // namespace perflaw
