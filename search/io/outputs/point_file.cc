#include "search/io/outputs/point_file.hpp"

#include <fmt/format.h>

#include <cstring>

#include "search/io/text/csv.hpp"
#include "search/io/text/json.hpp"
#include "search/io/text/sqlite.hpp"

namespace perflaw {
namespace {

class TextPointFile : public PointFile {
 public:
  explicit TextPointFile(const std::string& path) : PointFile(path), file_(part_.Part()) {}
  void Append(std::string_view rows) override { file_.Append(rows); }

 protected:
  void Flush() override {}

 private:
  Appender file_;
};

class CsvPointFile : public TextPointFile {
 public:
  CsvPointFile(const std::string& path, const std::vector<std::string>& columns)
      : TextPointFile(path) {
    if (!columns.empty()) TextPointFile::Append(CsvLine(columns));
  }
  std::string Encode(const Json& row) const override {
    std::vector<std::string> cells;
    for (const Json& cell : row) cells.push_back(CellText(cell));
    return CsvLine(cells);
  }
};

class JsonLinesPointFile : public TextPointFile {
 public:
  using TextPointFile::TextPointFile;
  std::string Encode(const Json& row) const override { return row.dump() + "\n"; }
};

// Cells travel as a letter for their type and eight bytes for their value.
class DatabasePointFile : public PointFile {
 public:
  DatabasePointFile(const std::string& path, const std::vector<std::string>& columns)
      : PointFile(path), columns_(columns) {
    const Appender empty(part_.Part());  // also where an earlier process left something
    database_ = std::make_unique<Database>(part_.Part());
    // The file is nothing until it is whole, so there is nothing to roll back to.
    database_->Run("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; BEGIN");
    if (columns.empty()) return;
    std::string marks = "?";
    for (std::size_t i = 1; i < columns.size(); ++i) marks += ", ?";
    database_->Run(fmt::format("CREATE TABLE points (\"{}\")", fmt::join(columns, "\", \"")));
    insert_ = std::make_unique<Statement>(*database_,
                                          fmt::format("INSERT INTO points VALUES ({})", marks));
  }

  std::string Encode(const Json& row) const override {
    std::string bytes;
    const auto put = [&bytes](char type, const auto& value) {
      static_assert(sizeof value == 8);
      bytes += type;
      bytes.append(reinterpret_cast<const char*>(&value), 8);
    };
    for (const Json& cell : row) {
      if (cell.is_null()) {
        put('n', Count{0});
      } else if (cell.is_number_integer()) {
        put('i', cell.get<Count>());
      } else {
        put('r', cell.get<double>());
      }
    }
    return bytes;
  }

  void Append(std::string_view rows) override {
    while (!rows.empty()) {
      for (int column = 1; column <= static_cast<int>(columns_.size()); ++column) {
        Bind(column, rows);
        rows.remove_prefix(9);
      }
      insert_->Step();
    }
  }

 protected:
  void Flush() override {
    database_->Run("COMMIT");
    insert_.reset();
    database_.reset();
  }

 private:
  void Bind(int column, std::string_view cell) {
    Count whole = 0;
    double real = 0;
    std::memcpy(&whole, cell.data() + 1, 8);
    std::memcpy(&real, cell.data() + 1, 8);
    if (cell[0] == 'i') return insert_->BindWhole(column, whole);
    if (cell[0] == 'r') return insert_->BindReal(column, real);
    insert_->BindNull(column);
  }

  std::vector<std::string> columns_;
  std::unique_ptr<Database> database_;
  std::unique_ptr<Statement> insert_;
};

}  // namespace

bool IsPointFile(const std::string& path) {
  return path.ends_with(".csv") || path.ends_with(".jsonl") || path.ends_with(".db");
}

std::unique_ptr<PointFile> PointFile::Make(const std::string& path,
                                           const std::vector<std::string>& columns) {
  if (path.ends_with(".csv")) return std::make_unique<CsvPointFile>(path, columns);
  if (path.ends_with(".db")) return std::make_unique<DatabasePointFile>(path, columns);
  return std::make_unique<JsonLinesPointFile>(path);
}

void PointFile::Finish() {
  Flush();
  part_.Finish();
}

std::string PointFile::Keep() {
  Flush();
  part_.Keep();
  return part_.Part();
}

}  // namespace perflaw
