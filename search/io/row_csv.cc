#include "search/io/row_csv.hpp"

#include <unordered_map>

#include "search/io/result.hpp"
#include "search/io/table_file.hpp"

namespace perflaw {

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
