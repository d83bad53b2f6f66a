#include "search/io/text/csv.hpp"

#include <csv.h>
#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <memory>
#include <stdexcept>
#include <unordered_map>

#include "search/base/error.hpp"

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

std::string CellText(const Json& value) {
  if (value.is_null()) return "";
  // The library's own digits may be longer than the shortest that tell a real apart.
  if (value.is_number_float()) return fmt::format("{:.12g}", value.get<double>());
  return value.is_string() ? value.get<std::string>() : value.dump();
}

Json Flattened(const Json& prediction) {
  Json row = Json::object();
  const auto add = [&row](const std::string& key, const Json& value) {
    row[row.contains(key) ? "table_" + key : key] = value;
  };
  for (const auto& [key, value] : prediction.items()) {
    if (key == "interval_90") {
      add("mmlu_low90", value[0]);
      add("mmlu_high90", value[1]);
    } else if (value.is_object()) {
      for (const auto& [inner, part] : value.items()) add(fmt::format("{}_{}", key, inner), part);
    } else {
      add(key, value);
    }
  }
  return row;
}

std::string FormatRows(const Json& rows) {
  if (rows.empty()) return "";
  CsvTable table;
  std::unordered_map<std::string, std::size_t> columns;
  for (const Json& row : rows) {
    for (const auto& item : row.items()) {
      if (columns.try_emplace(item.key(), table.header.size()).second)
        table.header.push_back(item.key());
    }
  }
  for (const Json& row : rows) {
    std::vector<std::string>& cells = table.rows.emplace_back(table.header.size());
    for (const auto& item : row.items()) cells[columns.at(item.key())] = CellText(item.value());
  }
  return FormatCsv(table);
}

}  // namespace perflaw
