#include "search/io/inputs/run_file.hpp"

#include <algorithm>
#include <set>

#include "search/base/error.hpp"
#include "search/io/text/files.hpp"
#include "search/io/text/numbers.hpp"

namespace perflaw {
namespace {

std::string Carried(const TableModel& entry, const std::string& column) {
  const auto at = std::find_if(entry.carried.begin(), entry.carried.end(),
                               [&](const auto& cell) { return cell.first == column; });
  return at == entry.carried.end() ? "" : at->second;
}

double NumberOf(const CsvTable& table, std::size_t row, const std::string& column,
                const std::string& text, double least, double most) {
  const auto number = ParseNumber(text);
  if (!number || *number < least || *number > most) {
    throw InputError(table.file, fmt::format("row {}, column {}", row + 1, column),
                     '"' + text + '"', fmt::format("must be a number from {} to {}", least, most));
  }
  return *number;
}

}  // namespace

std::vector<ScoredRun> ReadPublishedModels(Inputs& inputs) {
  constexpr const char* kTable1 = "tables/performance-law-table1.csv";
  constexpr const char* kOpenModels = "tables/open-models.csv";
  const auto read = [&](const char* name) {
    const std::string path = (ConfigsFolder() / name).string();
    return ParseCsv(inputs.Read(path), path);
  };
  CsvTable table1 = read(kTable1);
  const auto guesses = static_cast<std::size_t>(
      std::find(table1.header.begin(), table1.header.end(), "authors_guesses") -
      table1.header.begin());
  std::erase_if(table1.rows, [guesses](const std::vector<std::string>& row) {
    const std::string& guessed = row.at(guesses);
    return guessed.find("layers") != std::string::npos ||
           guessed.find("hidden") != std::string::npos || guessed.find("ffn") != std::string::npos;
  });
  std::vector<std::string> notes;
  std::vector<ScoredRun> runs = ReadRuns(table1, notes);
  const std::vector<ScoredRun> open = ReadRuns(read(kOpenModels), notes);
  runs.insert(runs.end(), open.begin(), open.end());
  return runs;
}

std::vector<ScoredRun> ReadRuns(const CsvTable& table, std::vector<std::string>& notes) {
  if (std::find(table.header.begin(), table.header.end(), "mmlu_reported") == table.header.end())
    throw InputError(table.file, "column mmlu_reported", "", "is missing");
  const std::vector<TableModel> models = ReadModels(table);
  std::vector<ScoredRun> runs;
  std::vector<std::string> places;
  std::vector<double> scores;
  std::set<std::vector<std::string>> seen;
  constexpr double kMostMmlu = 99.99, kMostWeight = 1e6;  // no raw score is behind 100
  for (std::size_t i = 0; i < models.size(); ++i) {
    if (!seen.insert(table.rows[i]).second) continue;
    const TableModel& entry = models[i];
    const std::string weight = Carried(entry, "weight");
    places.push_back(fmt::format("row {}, column mmlu_reported", i + 1));
    scores.push_back(
        NumberOf(table, i, "mmlu_reported", Carried(entry, "mmlu_reported"), 0, kMostMmlu));
    runs.push_back({entry.name, Carried(entry, "family"), entry.model, 0,
                    weight.empty() ? 1 : NumberOf(table, i, "weight", weight, 0, kMostWeight),
                    entry.recipe_date, Carried(entry, "distilled") == "yes"});
  }
  if (runs.size() < models.size())
    notes.push_back(
        fmt::format("{} rows repeat others and were dropped", models.size() - runs.size()));
  ToPercent(table.file, places, scores, notes);
  for (std::size_t i = 0; i < runs.size(); ++i) runs[i].mmlu = std::min(scores[i], kMostMmlu);
  return runs;
}

Json FamilyJson(const ScoredRun& run) {
  return run.family.empty() ? Json(nullptr) : Json(run.family);
}

Json YearMonthJson(const ScoredRun& run) {
  return run.recipe_date ? Json(FormatYearMonth(*run.recipe_date)) : Json(nullptr);
}

}  // namespace perflaw
