// CSV (RFC 4180), in and out.
#pragma once

#include <string>
#include <vector>

#include "search/io/text/json.hpp"

namespace perflaw {

struct CsvTable {
  std::string file;
  std::vector<std::string> header;
  std::vector<std::vector<std::string>> rows;  // each as wide as the header
};

// Parses the text of `file`; lines above the header that begin with '#' are comments. Throws
// InputError for an empty table, a column named twice or a row of another width.
CsvTable ParseCsv(const std::string& text, const std::string& file);

// One line with its \n; quotes where needed.
std::string CsvLine(const std::vector<std::string>& fields);
// The header and all rows.
std::string FormatCsv(const CsvTable& table);

// The cell of a value.
std::string CellText(const Json& value);

// A prediction as a flat row: "interval_90" becomes "mmlu_low90" and "mmlu_high90", as in rows of a search, and members of an
// object get its name in front ("domain_inside"). A name that is taken by then gets "table_" in front.
Json Flattened(const Json& prediction);

// Flat objects as CSV (RFC 4180), base units: a column for each key, in order of first appearance; a cell is empty where
// a row lacks the key or has null. "" without rows.
std::string FormatRows(const Json& rows);

}  // namespace perflaw
