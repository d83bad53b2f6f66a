#include "search/answers/reproduce_inversions.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <thread>

#include "search/invert/errors.hpp"
#include "search/io/inputs/case_file.hpp"
#include "search/io/inputs/catalog.hpp"
#include "search/io/inputs/run_file.hpp"
#include "search/io/text/csv.hpp"
#include "search/io/text/files.hpp"
#include "search/io/text/numbers.hpp"

namespace perflaw {
namespace {

constexpr Quantity kTold[] = {Quantity::kTotalParams, Quantity::kActiveParams, Quantity::kLayers,
                              Quantity::kHidden, Quantity::kTokens};

std::string Cell(double value) { return fmt::format("{:.4g}", value); }

InversionOptions Options(Count draws) {
  InversionOptions options;
  options.threads = static_cast<int>(std::max(1u, std::thread::hardware_concurrency()));
  options.draws = draws;
  return options;
}

std::vector<std::string> QuantileCells(const std::optional<Quantiles>& q) {
  if (!q) return {"", "", "", "", ""};
  return {Cell(q->q05), Cell(q->q25), Cell(q->q50), Cell(q->q75), Cell(q->q95)};
}

std::vector<std::string> Header(std::vector<std::string> cells) {
  for (const Quantity quantity : kTold) {
    cells.emplace_back(QuantityName(quantity));
    for (const char* share : {"q05", "q25", "q50", "q75", "q95"})
      cells.push_back(fmt::format("{}_{}", QuantityName(quantity), share));
  }
  return cells;
}

// The published models taken for closed ones.
class CalibrationTables {
 public:
  CalibrationTables(const Law& paper, const std::vector<ScoredRun>& runs, Reproduction& made,
                    Control& control)
      : paper_(paper), runs_(runs), made_(made), control_(control) {}

  void Add(KnownTokens tokens) {
    const char* known = tokens == KnownTokens::kYes ? "mmlu and tokens" : "mmlu";
    const auto inverted = InvertLeftOut(paper_, runs_, {}, tokens, Options(1 << 13), control_);
    if (control_.stop) return;
    for (const InvertedRun& one : inverted) {
      const bool moe = one.run->model.form == Form::kMoe;
      std::vector<std::string> cells{one.run->name, one.run->family,     moe ? "moe" : "dense",
                                     known,         Cell(one.run->mmlu), Cell(one.found.moe_share)};
      for (const Quantity quantity : kTold) {
        cells.push_back(Cell(TruthOf(*one.run, quantity)));
        const auto quantiles =
            QuantileCells(one.found.posterior[static_cast<std::size_t>(quantity)]);
        cells.insert(cells.end(), quantiles.begin(), quantiles.end());
      }
      models_ += CsvLine(cells);
    }
    for (const Quantity quantity : kTold) {
      if (quantity == Quantity::kTokens && tokens == KnownTokens::kYes) continue;
      Summarise(inverted, known, quantity, tokens);
    }
  }

  void Finish() {
    made_.tables.emplace_back(
        "inversion-calibration.csv",
        CsvLine(Header({"model", "family", "kind", "known", "mmlu_reported", "moe_share"})) +
            models_);
    made_.tables.emplace_back("inversion-errors.csv",
                              CsvLine({"known", "quantity", "models", "held_90", "held_50",
                                       "median_error_log10", "mean_width_90_log10"}) +
                                  errors_);
  }

 private:
  void Summarise(const std::vector<InvertedRun>& inverted, const std::string& known,
                 Quantity quantity, KnownTokens tokens) {
    const Calibration c = CalibrationOf(inverted, quantity);
    const std::string name(QuantityName(quantity));
    errors_ +=
        CsvLine({known, name, fmt::format("{}", inverted.size()), fmt::format("{:.3f}", c.held_90),
                 fmt::format("{:.3f}", c.held_50), fmt::format("{:.3f}", c.median_error),
                 fmt::format("{:.2f}", c.mean_width)});
    const bool total = quantity == Quantity::kTotalParams;
    if (total)
      Check(fmt::format("inversion, {} known: median |log10| error of total_params", known), 0,
            tokens == KnownTokens::kYes ? 0.28 : 0.40, c.median_error);
    if (tokens == KnownTokens::kYes || quantity == Quantity::kActiveParams) return;
    Check(fmt::format("inversion, {} known: share in the 90% interval of {}", known, name), 0.85,
          0.95, c.held_90);
    Check(fmt::format("inversion, {} known: share in the 50% interval of {}", known, name), 0.42,
          0.58, c.held_50);
  }

  void Check(const std::string& what, double least, double most, double got) {
    made_.checks.push_back(
        {what, least > 0 ? fmt::format("{} to {}", least, most) : fmt::format("at most {}", most),
         got, got >= least && got <= most});
  }

  const Law& paper_;
  const std::vector<ScoredRun>& runs_;
  Reproduction& made_;
  Control& control_;
  std::string models_, errors_;
};

// A guess as it was published, in plain numbers where it is one.
std::string GuessCell(const Json& guesses, const std::string& field, const std::string& whose) {
  if (!guesses.is_object() || !guesses.contains(field)) return "";
  const Json& of_field = guesses.at(field);
  if (!of_field.is_object() || !of_field.contains(whose)) return "";
  const Json& value = of_field.at(whose);
  if (!value.is_string()) return value.dump();
  const auto number = ParseNumber(value.get<std::string>());
  return number ? Cell(*number) : value.get<std::string>();
}

void AddClosedModels(Inputs& inputs, Reproduction& made, Control& control) {
  constexpr const char* kWhose[] = {"performance_law", "omniscience_accuracy", "mmlu_pro",
                                    "intelligence_index"};
  std::vector<std::string> paths;
  for (const auto& entry : std::filesystem::directory_iterator(ConfigsFolder() / "cases"))
    paths.push_back(entry.path().string());
  std::sort(paths.begin(), paths.end());
  std::vector<std::string> header{"model", "released", "moe_share"};
  for (const Quantity quantity : kTold)
    for (const char* share : {"q05", "q50", "q95"})
      header.push_back(fmt::format("{}_{}", QuantityName(quantity), share));
  for (const char* whose : kWhose) header.push_back(fmt::format("guess_total_{}", whose));
  header.emplace_back("guess_tokens_performance_law");
  header.emplace_back("conflicts");
  std::string csv = CsvLine(header);
  for (const std::string& path : paths) {
    const CaseFile file = LoadCase(path, std::nullopt, inputs);
    const Inversion found = Invert(file.closed, Options(1 << 14), control);
    if (control.stop) return;
    const auto& date = found.posterior[static_cast<std::size_t>(Quantity::kReleased)];
    std::vector<std::string> cells{file.name, date ? FormatYearMonth(date->q50) : "",
                                   fmt::format("{:.2f}", found.moe_share)};
    for (const Quantity quantity : kTold) {
      const auto quantiles = QuantileCells(found.posterior[static_cast<std::size_t>(quantity)]);
      for (const std::size_t i : {0u, 2u, 4u}) cells.push_back(quantiles[i]);
    }
    for (const char* whose : kWhose)
      cells.push_back(GuessCell(file.guesses, "total_params", whose));
    cells.push_back(GuessCell(file.guesses, "tokens", "performance_law"));
    std::string conflicts;
    for (const Conflict& conflict : found.conflicts)
      conflicts += (conflicts.empty() ? "" : "; ") + conflict.evidence;
    cells.push_back(conflicts);
    csv += CsvLine(cells);
  }
  made.tables.emplace_back("closed-models.csv", csv);
}

}  // namespace

void AddInversions(Inputs& inputs, Reproduction& made, Control& control) {
  const Law paper = LoadLaw(kDefaultLaw, inputs, "reproduce", "law");
  const std::vector<ScoredRun> runs = ReadPublishedModels(inputs);
  CalibrationTables tables(paper, runs, made, control);
  tables.Add(KnownTokens::kNo);
  tables.Add(KnownTokens::kYes);
  if (control.stop) return;
  tables.Finish();
  AddClosedModels(inputs, made, control);
}

}  // namespace perflaw
