// Rows of a result as CSV.
#pragma once

#include <string>

#include "search/io/text/json.hpp"

namespace perflaw {

// A prediction as a flat row: "interval_90" becomes "mmlu_low90" and "mmlu_high90", as in rows of a search, and members of an
// object get its name in front ("domain_inside"). A name that is taken by then gets "table_" in front.
Json Flattened(const Json& prediction);

// Flat objects as CSV (RFC 4180), base units: a column for each key, in order of first appearance; a cell is empty where
// a row lacks the key or has null. "" without rows.
std::string FormatRows(const Json& rows);

}  // namespace perflaw
