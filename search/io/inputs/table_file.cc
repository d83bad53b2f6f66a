#include "search/io/inputs/table_file.hpp"

#include <csv.h>

#include <algorithm>
#include <cctype>
#include <memory>
#include <stdexcept>

#include "search/base/error.hpp"
#include "search/io/text/numbers.hpp"

namespace perflaw {
namespace {

struct Rows {
  std::vector<std::vector<std::string>> rows;
  std::vector<std::string> current;
};

void OnField(void* bytes, size_t size, void* data) {
  static_cast<Rows*>(data)->current.emplace_back(static_cast<const char*>(bytes), size);
}
void OnRow(int, void* data) {
  auto* rows = static_cast<Rows*>(data);
  rows->rows.push_back(std::move(rows->current));
  rows->current.clear();
}

std::string Quoted(const std::string& field) {
  // Blanks at the ends of a bare field are not kept by readers.
  const bool blank_ends =
      !field.empty() && (std::isspace(static_cast<unsigned char>(field.front())) != 0 ||
                         std::isspace(static_cast<unsigned char>(field.back())) != 0);
  if (field.find_first_of(",\"\r\n") == std::string::npos && !blank_ends) return field;
  std::string quoted(2 * field.size() + 2, '\0');
  quoted.resize(csv_write(quoted.data(), quoted.size(), field.data(), field.size()));
  return quoted;
}

// Cells of one row by column name, remembering which were read.
class Row {
 public:
  Row(const CsvTable& table, std::size_t index)
      : table_(table), index_(index), read_(table.header.size()) {}

  std::string Text(const std::string& column, bool required) {
    const auto at = std::find(table_.header.begin(), table_.header.end(), column);
    if (at == table_.header.end()) {
      if (required) throw InputError(table_.file, "column " + column, "", "is missing");
      return "";
    }
    const auto i = static_cast<std::size_t>(at - table_.header.begin());
    read_[i] = true;
    return table_.rows[index_][i];
  }
  double Positive(const std::string& column) { return Number(column, Text(column, true)); }
  double PositiveOr(const std::string& column, double fallback) {
    const std::string text = Text(column, false);
    return text.empty() ? fallback : Number(column, text);
  }
  std::vector<std::pair<std::string, std::string>> Unread() const {
    std::vector<std::pair<std::string, std::string>> unread;
    for (std::size_t i = 0; i < read_.size(); ++i) {
      if (!read_[i]) unread.emplace_back(table_.header[i], table_.rows[index_][i]);
    }
    return unread;
  }
  [[noreturn]] void Fail(const std::string& column, const std::string& value,
                         const std::string& rule) const {
    throw InputError(table_.file, fmt::format("row {}, column {}", index_ + 1, column),
                     '"' + value + '"', rule);
  }

 private:
  double Number(const std::string& column, const std::string& text) const {
    const auto number = ParseNumber(text);
    if (!number || *number <= 0) Fail(column, text, "must be a number above 0");
    return *number;
  }

  const CsvTable& table_;
  std::size_t index_;
  std::vector<bool> read_;
};

}  // namespace

CsvTable ParseCsv(const std::string& text, const std::string& file) {
  csv_parser parser;
  if (csv_init(&parser, CSV_STRICT | CSV_STRICT_FINI) != 0)
    throw std::runtime_error("cannot start the CSV parser");
  const std::unique_ptr<csv_parser, decltype(&csv_free)> owner(&parser, csv_free);
  const std::string_view bom = "\xEF\xBB\xBF";
  std::string_view body = std::string_view(text).substr(text.starts_with(bom) ? bom.size() : 0);
  while (body.starts_with('#')) body.remove_prefix(std::min(body.find('\n'), body.size() - 1) + 1);
  Rows read;
  if (csv_parse(&parser, body.data(), body.size(), OnField, OnRow, &read) != body.size() ||
      csv_fini(&parser, OnField, OnRow, &read) != 0) {
    throw InputError(file, fmt::format("row {}", read.rows.size()), "",
                     csv_strerror(csv_error(&parser)));
  }
  if (read.rows.size() < 2)
    throw InputError(file, "file", "", "must hold a header and at least one row");
  CsvTable table{file, std::move(read.rows.front()), {}};
  read.rows.erase(read.rows.begin());
  table.rows = std::move(read.rows);
  std::vector<std::string> sorted = table.header;
  std::sort(sorted.begin(), sorted.end());
  if (const auto twice = std::adjacent_find(sorted.begin(), sorted.end()); twice != sorted.end()) {
    throw InputError(file, "column " + *twice, "", "stands twice");
  }
  for (std::size_t i = 0; i < table.rows.size(); ++i) {
    if (table.rows[i].size() != table.header.size()) {
      throw InputError(file, fmt::format("row {}", i + 1), "",
                       fmt::format("has {} fields where the header has {}", table.rows[i].size(),
                                   table.header.size()));
    }
  }
  return table;
}

std::string CsvLine(const std::vector<std::string>& fields) {
  std::vector<std::string> quoted;
  for (const std::string& field : fields) quoted.push_back(Quoted(field));
  return fmt::format("{}\n", fmt::join(quoted, ","));
}

std::string FormatCsv(const CsvTable& table) {
  std::string out = CsvLine(table.header);
  for (const auto& row : table.rows) out += CsvLine(row);
  return out;
}

std::vector<TableModel> ReadModels(const CsvTable& table) {
  std::vector<TableModel> models;
  for (std::size_t i = 0; i < table.rows.size(); ++i) {
    Row row(table, i);
    TableModel entry;
    TrainedModel& m = entry.model;
    entry.name = row.Text("model", true);
    m.layers = row.Positive("layers");
    m.hidden = row.Positive("hidden");
    m.ffn = row.Positive("ffn");
    m.widest_ffn = row.PositiveOr("activated_ffn", m.ffn);
    m.tokens = 1e12 * row.Positive("tokens_trillion");
    m.total_params = 1e9 * row.Positive("total_params_billion");
    m.active_params = 1e9 * row.PositiveOr("active_params_billion", 0);
    m.form = m.active_params > 0 ? Form::kMoe : Form::kDense;
    if (m.form == Form::kDense) m.active_params = m.total_params;
    if (m.active_params > m.total_params) {
      row.Fail("active_params_billion", row.Text("active_params_billion", true),
               "must be at most total_params_billion");
    }
    entry.carried = row.Unread();
    if (const std::string date = row.Text("year_month", false); !date.empty()) {
      entry.recipe_date = ParseYearMonth(date);
      if (!entry.recipe_date) row.Fail("year_month", date, "must be a date as 2024-06");
    }
    models.push_back(std::move(entry));
  }
  return models;
}

void ToPercent(const std::string& file, const std::vector<std::string>& places,
               std::vector<double>& scores, std::vector<std::string>& notes) {
  constexpr double kUnderChance = 20;  // of 25, by more than any wording of the questions costs
  if (scores.empty()) return;
  const auto fraction = [](double score) { return score <= 1; };
  const auto first = std::find_if(scores.begin(), scores.end(), fraction);
  const bool fractions = std::all_of(scores.begin(), scores.end(), fraction);
  if (first != scores.end() && !fractions) {
    throw InputError(
        file, places.at(static_cast<std::size_t>(first - scores.begin())),
        fmt::format("{:.12g}", *first),
        "is at most 1 beside scores above 1: give all in percent, or all as fractions");
  }
  if (*std::max_element(scores.begin(), scores.end()) == 0)
    throw InputError(file, places.front(), "0", "as every score: nothing was measured");
  if (fractions) {
    for (double& score : scores) score *= 100;
    notes.push_back(file + ": every score is at most 1: read as fractions, times 100");
  }
  const auto low = std::count_if(scores.begin(), scores.end(),
                                 [&](double score) { return score < kUnderChance; });
  if (low > 0) {
    notes.push_back(fmt::format(
        "{}: {} of {} scores are under {}, where guessing gives 25: is the answer read correctly?",
        file, low, scores.size(), kUnderChance));
  }
}

}  // namespace perflaw
