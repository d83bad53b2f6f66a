// Rows of a result as CSV.
#pragma once

#include <string>

#include "search/io/json.hpp"

namespace perflaw {

// Flat objects as CSV (RFC 4180), base units: a column for each key, in order of first appearance; a cell is empty where
// a row lacks the key or has null. "" without rows.
std::string FormatRows(const Json& rows);

}  // namespace perflaw
