// Training curves: tokens against MMLU.
#pragma once

#include <string>
#include <vector>

#include "search/health/health.hpp"
#include "search/io/text/inputs.hpp"

namespace perflaw {

// The curve of one or more files. A .csv holds the columns tokens, mmlu (and model: `select` picks its rows), a .jsonl one
// object {"tokens", "mmlu"} a line; a .json is a result file of lm-evaluation-harness: results.mmlu.acc, and the tokens
// as "tokens" or in the model's revision ("...tokens4B"). Points are sorted by tokens; scores of a .csv or
// .jsonl become percent (see ToPercent); repeated rows are dropped; `notes` says each. Throws InputError naming file, row and rule, also for
// fewer than kFewestPoints points or two scores at one token count.
Curve ReadCurve(const std::vector<std::string>& paths, const std::string& select, Inputs& inputs,
                std::vector<std::string>& notes);

}  // namespace perflaw
