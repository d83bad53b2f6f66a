// What the program needs of SQLite: statements in and out, and errors that say what to do about them.
#pragma once

#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>

#include "engine/units.hpp"

struct sqlite3;
struct sqlite3_stmt;

namespace perflaw {

// The file cannot be used as it is: no database, damaged, or another process has it.
struct SqliteRefusal : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// One database file. Every method throws SqliteRefusal for what is wrong with the file and std::runtime_error,
// naming the file, when the machine fails, as with a full disk.
class Database {
 public:
  explicit Database(const std::string& path);  // creates it where there is none

  // Runs statements that return nothing.
  void Run(const std::string& sql);
  // Runs one statement and returns the first column of its first row; "" and 0 where there is none.
  std::string Text(const std::string& sql);
  Count Whole(const std::string& sql);

 private:
  friend class Statement;
  [[noreturn]] void Fail() const;
  // Throws unless the result code says that all is well.
  void Check(int code) const;

  struct Close {
    void operator()(sqlite3* handle) const;
  };
  std::string path_;
  std::unique_ptr<sqlite3, Close> handle_;
};

// A prepared statement with its parameters, numbered from 1. Bytes are copied.
class Statement {
 public:
  Statement(Database& database, const std::string& sql);

  void BindNull(int parameter);
  void BindWhole(int parameter, Count value);
  void BindReal(int parameter, double value);
  void BindText(int parameter, std::string_view text);
  void BindBlob(int parameter, std::string_view bytes);
  // Goes to the next row; false at the end, where the statement is ready to run again.
  bool Step();
  // Makes it ready to run again before the end.
  void Reset();
  // Of the row it is at.
  Count Whole(int column);
  std::string Bytes(int column);

 private:
  struct Finalise {
    void operator()(sqlite3_stmt* handle) const;
  };
  Database& database_;
  std::unique_ptr<sqlite3_stmt, Finalise> handle_;
};

// Between its making and Commit() all or nothing of what the database is told is kept.
class Transaction {
 public:
  // `lock`: "IMMEDIATE" keeps others from writing, "EXCLUSIVE" also from reading.
  Transaction(Database& database, const std::string& lock);
  ~Transaction();
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;
  void Commit();

 private:
  Database& database_;
  bool open_ = true;
};

}  // namespace perflaw
