// Tables of trained models and their scores, for `fit` and `audit`.
#pragma once

#include <string>
#include <vector>

#include "search/io/inputs/model_table.hpp"
#include "search/io/text/inputs.hpp"
#include "search/io/text/json.hpp"
#include "search/learn/scored_run.hpp"

namespace perflaw {

// The columns of ReadModels, mmlu_reported, and where they are there family, weight, year_month and
// distilled ("yes"). Scores become percent (see
// ToPercent); rows that repeat another are dropped; `notes` says so. Throws InputError naming row and column.
std::vector<ScoredRun> ReadRuns(const CsvTable& table, std::vector<std::string>& notes);

// The models of configs/tables whose shape is known: the paper's Table 1 without the rows that it guessed, then the open
// models.
std::vector<ScoredRun> ReadPublishedModels(Inputs& inputs);

// What results say of a run beside its scores; null where the table has none.
Json FamilyJson(const ScoredRun& run);
Json YearMonthJson(const ScoredRun& run);

}  // namespace perflaw
