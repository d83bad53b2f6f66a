#include "search/io/inputs/curve_file.hpp"

#include <algorithm>
#include <regex>
#include <set>
#include <sstream>

#include "search/base/error.hpp"
#include "search/io/inputs/model_table.hpp"
#include "search/io/text/json.hpp"
#include "search/io/text/numbers.hpp"

namespace perflaw {
namespace {

constexpr double kMostTokens = 1e18;

double NumberIn(const std::string& file, const std::string& where, const std::string& text,
                double above, double most) {
  const auto number = ParseNumber(text);
  if (!number || *number < above || *number > most)
    throw InputError(file, where, '"' + text + '"',
                     fmt::format("must be a number from {} to {}", above, most));
  return *number;
}

std::size_t ColumnOf(const CsvTable& table, const std::string& name) {
  const auto at = std::find(table.header.begin(), table.header.end(), name);
  if (at == table.header.end()) throw InputError(table.file, "column " + name, "", "is missing");
  return static_cast<std::size_t>(at - table.header.begin());
}

// The first of them, so that a message stays one that can be read.
std::string Listed(const std::set<std::string>& names) {
  constexpr std::size_t kShown = 20;
  std::vector<std::string> shown(
      names.begin(),
      std::next(names.begin(), static_cast<std::ptrdiff_t>(std::min(kShown, names.size()))));
  if (names.size() > kShown) shown.push_back(fmt::format("and {} more", names.size() - kShown));
  return fmt::format("{}", fmt::join(shown, ", "));
}

// Which rows count; all without a column model.
std::vector<bool> Selected(const CsvTable& table, const std::string& select) {
  const bool named =
      std::find(table.header.begin(), table.header.end(), "model") != table.header.end();
  if (!named && select.empty()) return std::vector<bool>(table.rows.size(), true);
  const std::size_t column = ColumnOf(table, "model");
  std::set<std::string> models;
  for (const auto& row : table.rows) models.insert(row[column]);
  const std::string wanted = select.empty() ? *models.begin() : select;
  if (select.empty() && models.size() > 1)
    throw InputError(table.file, "column model", "",
                     "holds several; --select one of: " + Listed(models));
  if (models.count(wanted) == 0)
    throw InputError(table.file, "column model", '"' + wanted + '"',
                     "is none of: " + Listed(models));
  std::vector<bool> selected;
  for (const auto& row : table.rows) selected.push_back(row[column] == wanted);
  return selected;
}

struct PlacedCurve {
  Curve curve;
  std::vector<std::string> places;  // of the scores
};

PlacedCurve FromCsv(const std::string& text, const std::string& path, const std::string& select) {
  const CsvTable table = ParseCsv(text, path);
  const std::size_t tokens = ColumnOf(table, "tokens"), mmlu = ColumnOf(table, "mmlu");
  const std::vector<bool> selected = Selected(table, select);
  PlacedCurve placed;
  for (std::size_t i = 0; i < table.rows.size(); ++i) {
    if (!selected[i]) continue;
    const auto where = [&](const char* column) {
      return fmt::format("row {}, column {}", i + 1, column);
    };
    placed.curve.push_back({NumberIn(path, where("tokens"), table.rows[i][tokens], 1, kMostTokens),
                            NumberIn(path, where("mmlu"), table.rows[i][mmlu], 0, 100)});
    placed.places.push_back(where("mmlu"));
  }
  return placed;
}

PlacedCurve FromLines(const std::string& text, const std::string& path) {
  PlacedCurve placed;
  std::istringstream lines(text);
  std::string line;
  for (int number = 1; std::getline(lines, line); ++number) {
    if (line.find_first_not_of(" \t\r") == std::string::npos) continue;
    const std::string where = fmt::format("{}, line {}", path, number);
    const Json object = ParseJson(line, where);
    Fields fields(object, where, "");
    placed.curve.push_back(
        {fields.Number("tokens", {1, kMostTokens}), fields.Number("mmlu", {0, 100})});
    placed.places.push_back(fmt::format("line {}, mmlu", number));
  }
  return placed;
}

// "step1000-tokens4B", "stage1-step5000-tokens21B"
std::optional<Tokens> TokensOfRevision(const Json& root) {
  // Bounded: the library's matcher calls itself for each character.
  static const std::regex kTokens("tokens[_-]?([0-9.]{1,20})([KMBT])");
  std::smatch match;
  const std::string text = root.contains("config") ? root.at("config").dump() : "";
  if (!std::regex_search(text, match, kTokens)) return std::nullopt;
  return ParseNumber(match[1].str() + match[2].str());
}

CurvePoint FromHarness(const std::string& text, const std::string& path) {
  const Json root = ParseJson(text, path);
  Fields fields(root, path, "");
  Fields results = fields.Object("results");
  Fields task = results.Object("mmlu");
  const char* key = task.Has("acc,none") ? "acc,none" : "acc";
  const double accuracy = task.Number(key, {0, 1});
  const auto tokens =
      fields.Has("tokens") ? fields.Number("tokens", {1, kMostTokens}) : TokensOfRevision(root);
  if (!tokens)
    throw InputError(
        path, "tokens", "",
        "is missing: neither a key \"tokens\" nor a revision like step1000-tokens4B says it");
  return {*tokens, 100 * accuracy};
}

Curve FromFile(const std::string& path, const std::string& select, Inputs& inputs,
               std::vector<std::string>& notes) {
  const std::string text = inputs.Read(path);
  if (path.ends_with(".json")) return {FromHarness(text, path)};
  PlacedCurve placed =
      path.ends_with(".jsonl") ? FromLines(text, path) : FromCsv(text, path, select);
  std::vector<double> scores;
  for (const CurvePoint& point : placed.curve) scores.push_back(point.mmlu);
  ToPercent(path, placed.places, scores, notes);
  for (std::size_t i = 0; i < scores.size(); ++i) placed.curve[i].mmlu = scores[i];
  return std::move(placed.curve);
}

void Tidy(Curve& curve, const std::string& file, std::vector<std::string>& notes) {
  const auto before = [](const CurvePoint& a, const CurvePoint& b) { return a.tokens < b.tokens; };
  if (!std::is_sorted(curve.begin(), curve.end(), before)) {
    std::stable_sort(curve.begin(), curve.end(), before);
    notes.push_back(file + ": tokens were not increasing; sorted");
  }
  const auto same = [](const CurvePoint& a, const CurvePoint& b) {
    return a.tokens == b.tokens && a.mmlu == b.mmlu;
  };
  const auto end = std::unique(curve.begin(), curve.end(), same);
  if (end != curve.end())
    notes.push_back(fmt::format("{}: {} repeated points dropped", file, curve.end() - end));
  curve.erase(end, curve.end());
  for (std::size_t i = 1; i < curve.size(); ++i) {
    if (curve[i].tokens == curve[i - 1].tokens)
      throw InputError(file, "tokens", fmt::format("{:.12g}", curve[i].tokens),
                       "has two different scores");
  }
}

}  // namespace

Curve ReadCurve(const std::vector<std::string>& paths, const std::string& select, Inputs& inputs,
                std::vector<std::string>& notes) {
  Curve curve;
  for (const std::string& path : paths) {
    const Curve part = FromFile(path, select, inputs, notes);
    curve.insert(curve.end(), part.begin(), part.end());
  }
  const std::string& file = paths.front();
  Tidy(curve, file, notes);
  if (curve.size() < kFewestPoints)
    throw InputError(
        file, "points", fmt::to_string(curve.size()),
        fmt::format("a curve needs {} at least: fewer tell no noise from a trend", kFewestPoints));
  return curve;
}

}  // namespace perflaw
