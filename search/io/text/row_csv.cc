#include "search/io/text/row_csv.hpp"

#include <fmt/format.h>

#include <unordered_map>

#include "search/io/outputs/result.hpp"
#include "search/io/inputs/table_file.hpp"

namespace perflaw {

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
