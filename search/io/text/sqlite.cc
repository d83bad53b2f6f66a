#include "search/io/text/sqlite.hpp"

#include <fmt/format.h>
#include <sqlite3.h>

#include <cerrno>
#include <cstring>

namespace perflaw {

void Database::Close::operator()(sqlite3* handle) const { sqlite3_close(handle); }
void Statement::Finalise::operator()(sqlite3_stmt* handle) const { sqlite3_finalize(handle); }

Database::Database(const std::string& path) : path_(path) {
  sqlite3* handle = nullptr;
  const int code =
      sqlite3_open_v2(path.c_str(), &handle, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, nullptr);
  handle_.reset(handle);
  if (handle == nullptr) throw std::runtime_error(path + ": SQLite has no memory");
  sqlite3_extended_result_codes(handle, 1);
  Check(code);
}

void Database::Fail() const {
  const int code = sqlite3_extended_errcode(handle_.get());
  const int system = sqlite3_system_errno(handle_.get());
  const std::string message = sqlite3_errmsg(handle_.get());
  switch (code & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      throw SqliteRefusal("is in use by another process");
    case SQLITE_NOTADB:
      throw SqliteRefusal("is no SQLite database");
    case SQLITE_CORRUPT:
      throw SqliteRefusal("is damaged: " + message);
    case SQLITE_CANTOPEN:
    case SQLITE_READONLY:
    case SQLITE_PERM:
      throw SqliteRefusal(fmt::format("cannot be opened for writing: {}",
                                      system != 0 ? std::strerror(system) : message.c_str()));
    default:
      throw std::runtime_error(
          fmt::format("{}: {}{}", path_, message,
                      system != 0 ? fmt::format(" ({})", std::strerror(system)) : ""));
  }
}

void Database::Check(int code) const {
  if (code != SQLITE_OK && code != SQLITE_ROW && code != SQLITE_DONE) Fail();
}

void Database::Run(const std::string& sql) {
  Check(sqlite3_exec(handle_.get(), sql.c_str(), nullptr, nullptr, nullptr));
}

std::string Database::Text(const std::string& sql) {
  Statement statement(*this, sql);
  return statement.Step() ? statement.Bytes(0) : "";
}

Count Database::Whole(const std::string& sql) {
  Statement statement(*this, sql);
  return statement.Step() ? statement.Whole(0) : 0;
}

Statement::Statement(Database& database, const std::string& sql) : database_(database) {
  sqlite3_stmt* handle = nullptr;
  database_.Check(sqlite3_prepare_v2(database_.handle_.get(), sql.c_str(), -1, &handle, nullptr));
  handle_.reset(handle);
}

void Statement::BindNull(int parameter) {
  database_.Check(sqlite3_bind_null(handle_.get(), parameter));
}
void Statement::BindWhole(int parameter, Count value) {
  database_.Check(sqlite3_bind_int64(handle_.get(), parameter, value));
}
void Statement::BindReal(int parameter, double value) {
  database_.Check(sqlite3_bind_double(handle_.get(), parameter, value));
}
void Statement::BindText(int parameter, std::string_view text) {
  database_.Check(sqlite3_bind_text64(handle_.get(), parameter, text.data(), text.size(),
                                      SQLITE_TRANSIENT, SQLITE_UTF8));
}
void Statement::BindBlob(int parameter, std::string_view bytes) {
  database_.Check(
      sqlite3_bind_blob64(handle_.get(), parameter, bytes.data(), bytes.size(), SQLITE_TRANSIENT));
}

bool Statement::Step() {
  const int code = sqlite3_step(handle_.get());
  if (code == SQLITE_ROW) return true;
  // What an error says is gone after the reset.
  if (code != SQLITE_DONE) database_.Fail();
  Reset();
  return false;
}

void Statement::Reset() { sqlite3_reset(handle_.get()); }

Count Statement::Whole(int column) { return sqlite3_column_int64(handle_.get(), column); }

std::string Statement::Bytes(int column) {
  const void* bytes = sqlite3_column_blob(handle_.get(), column);
  const int size = sqlite3_column_bytes(handle_.get(), column);
  return bytes == nullptr
             ? ""
             : std::string(static_cast<const char*>(bytes), static_cast<std::size_t>(size));
}

Transaction::Transaction(Database& database, const std::string& lock) : database_(database) {
  database_.Run("BEGIN " + lock);
}

Transaction::~Transaction() {
  if (!open_) return;
  try {
    database_.Run("ROLLBACK");
  } catch (const std::exception&) {
    // SQLite has rolled back by itself, or will when the file is opened next.
  }
}

void Transaction::Commit() {
  database_.Run("COMMIT");
  open_ = false;
}

}  // namespace perflaw
