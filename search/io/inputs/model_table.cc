#include "search/io/inputs/model_table.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "search/base/error.hpp"
#include "search/io/text/numbers.hpp"

namespace perflaw {
namespace {

// Cells of one row by column name, remembering which were read.
class Row {
 public:
  Row(const CsvTable& table, std::size_t index)
      : table_(table), index_(index), read_(table.header.size()) {}

  std::string Text(const std::string& column, bool required) {
    const auto at = std::find(table_.header.begin(), table_.header.end(), column);
    if (at == table_.header.end()) {
      if (required) throw InputError(table_.file, "column " + column, "", "is missing");
      return "";
    }
    const auto i = static_cast<std::size_t>(at - table_.header.begin());
    read_[i] = true;
    return table_.rows[index_][i];
  }
  double Positive(const std::string& column) { return Number(column, Text(column, true)); }
  double PositiveOr(const std::string& column, double fallback) {
    const std::string text = Text(column, false);
    return text.empty() ? fallback : Number(column, text);
  }
  std::vector<std::pair<std::string, std::string>> Unread() const {
    std::vector<std::pair<std::string, std::string>> unread;
    for (std::size_t i = 0; i < read_.size(); ++i) {
      if (!read_[i]) unread.emplace_back(table_.header[i], table_.rows[index_][i]);
    }
    return unread;
  }
  [[noreturn]] void Fail(const std::string& column, const std::string& value,
                         const std::string& rule) const {
    throw InputError(table_.file, fmt::format("row {}, column {}", index_ + 1, column),
                     '"' + value + '"', rule);
  }

 private:
  double Number(const std::string& column, const std::string& text) const {
    const auto number = ParseNumber(text);
    if (!number || *number <= 0) Fail(column, text, "must be a number above 0");
    return *number;
  }

  const CsvTable& table_;
  std::size_t index_;
  std::vector<bool> read_;
};

}  // namespace

std::vector<TableModel> ReadModels(const CsvTable& table) {
  std::vector<TableModel> models;
  for (std::size_t i = 0; i < table.rows.size(); ++i) {
    Row row(table, i);
    TableModel entry;
    TrainedModel& m = entry.model;
    entry.name = row.Text("model", true);
    m.layers = row.Positive("layers");
    m.hidden = row.Positive("hidden");
    m.ffn = row.Positive("ffn");
    m.widest_ffn = row.PositiveOr("activated_ffn", m.ffn);
    m.tokens = 1e12 * row.Positive("tokens_trillion");
    m.total_params = 1e9 * row.Positive("total_params_billion");
    m.active_params = 1e9 * row.PositiveOr("active_params_billion", 0);
    m.form = m.active_params > 0 ? Form::kMoe : Form::kDense;
    if (m.form == Form::kDense) m.active_params = m.total_params;
    if (m.active_params > m.total_params) {
      row.Fail("active_params_billion", row.Text("active_params_billion", true),
               "must be at most total_params_billion");
    }
    entry.carried = row.Unread();
    if (const std::string date = row.Text("year_month", false); !date.empty()) {
      entry.recipe_date = ParseYearMonth(date);
      if (!entry.recipe_date) row.Fail("year_month", date, "must be a date as 2024-06");
    }
    models.push_back(std::move(entry));
  }
  return models;
}

void ToPercent(const std::string& file, const std::vector<std::string>& places,
               std::vector<double>& scores, std::vector<std::string>& notes) {
  constexpr double kUnderChance = 20;  // of 25, by more than any wording of the questions costs
  if (scores.empty()) return;
  const auto fraction = [](double score) { return score <= 1; };
  const auto first = std::find_if(scores.begin(), scores.end(), fraction);
  const bool fractions = std::all_of(scores.begin(), scores.end(), fraction);
  if (first != scores.end() && !fractions) {
    throw InputError(
        file, places.at(static_cast<std::size_t>(first - scores.begin())),
        fmt::format("{:.12g}", *first),
        "is at most 1 beside scores above 1: give all in percent, or all as fractions");
  }
  if (*std::max_element(scores.begin(), scores.end()) == 0)
    throw InputError(file, places.front(), "0", "as every score: nothing was measured");
  if (fractions) {
    for (double& score : scores) score *= 100;
    notes.push_back(file + ": every score is at most 1: read as fractions, times 100");
  }
  const auto low = std::count_if(scores.begin(), scores.end(),
                                 [&](double score) { return score < kUnderChance; });
  if (low > 0) {
    notes.push_back(fmt::format(
        "{}: {} of {} scores are under {}, where guessing gives 25: is the answer read correctly?",
        file, low, scores.size(), kUnderChance));
  }
}

}  // namespace perflaw
