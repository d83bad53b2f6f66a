// Tables of trained models and their scores, for `fit` and `audit`.
#pragma once

#include <string>
#include <vector>

#include "search/io/table_file.hpp"
#include "search/scored_run.hpp"

namespace perflaw {

// The columns of ReadModels, mmlu_reported, and where they are there family and weight. Scores that are all at most 1
// are fractions and become percent; rows that repeat another are dropped; `notes` says so. Throws InputError naming row
// and column.
std::vector<ScoredRun> ReadRuns(const CsvTable& table, std::vector<std::string>& notes);

}  // namespace perflaw
