// Models from a table.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/domain.hpp"
#include "search/io/text/csv.hpp"

namespace perflaw {

// One trained model of a table, as the law sees it, and the columns that were not used for that.
struct TableModel {
  std::string name;
  TrainedModel model;
  std::optional<double> recipe_date;  // in years, of the column year_month
  std::vector<std::pair<std::string, std::string>> carried;
};

// Rows of the columns model, layers, hidden, ffn, activated_ffn (empty: ffn), tokens_trillion,
// total_params_billion, active_params_billion (empty: dense), year_month (may be empty; also carried). Throws InputError naming row and
// column.
std::vector<TableModel> ReadModels(const CsvTable& table);

// MMLU scores of a file as people give them, in percent after: all at most 1 are fractions and are taken times 100.
// `places` names where each stands ("row 3, column mmlu"). `notes` says so, and of scores under 20, which guessing does not
// give. Throws InputError at a score of at most 1 beside others above, and where all are 0.
void ToPercent(const std::string& file, const std::vector<std::string>& places,
               std::vector<double>& scores, std::vector<std::string>& notes);

}  // namespace perflaw
