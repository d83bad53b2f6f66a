#include <fmt/format.h>

#include "search/base/error.hpp"
#include "search/cli/model_flags.hpp"
#include "search/cli/shell/command.hpp"
#include "search/cli/shell/describe.hpp"
#include "search/cli/shell/output.hpp"
#include "search/io/inputs/catalog.hpp"
#include "search/io/inputs/model_table.hpp"
#include "search/io/outputs/envelope.hpp"
#include "search/io/outputs/prediction.hpp"
#include "search/io/text/csv.hpp"
#include "search/io/text/numbers.hpp"

namespace perflaw {
namespace {

struct PredictOptions {
  ModelSource model;
  std::string table, law = kDefaultLaw, tokens, gamma = "1", year_month;
  OutputFlags output;
};

Json PredictTable(const PredictOptions& options, const Law& law, double gamma, Inputs& inputs) {
  const CsvTable table = ParseCsv(inputs.Read(options.table), options.table);
  Json rows = Json::array();
  for (const TableModel& entry : ReadModels(table)) {
    Json row = {{"model", entry.name}};
    const Law& own = entry.recipe_date ? AtRecipeDate(law, *entry.recipe_date) : law;
    row.update(PredictionJson(own, entry.model, gamma));
    for (const auto& [column, value] : entry.carried) {
      // A column may have the name of one of the program's own keys.
      const std::string key = row.contains(column) ? "table_" + column : column;
      const auto number = ParseNumber(value);
      row[key] = number ? Real(*number) : Json(value);
    }
    rows.push_back(std::move(row));
  }
  return {{"rows", rows}};
}

// `answer` without what every result carries.
Json Rows(const Json& answer) {
  if (answer.contains("rows")) {
    Json rows = Json::array();
    for (const Json& row : answer.at("rows")) rows.push_back(Flattened(row));
    return rows;
  }
  Json row = Flattened(answer);
  for (const char* texts : {"defaults", "notes"}) row.erase(texts);
  return Json::array({row});
}

Printout OnePrintout(const Json& p) {
  const auto number = [&](const char* key) { return p.at(key).get<double>(); };
  const Json& interval = p.at("interval_90");
  Printout out;
  std::string head = fmt::format("MMLU {:.2f}, 90% interval {:.1f} to {:.1f}", number("mmlu"),
                                 interval[0].get<double>(), interval[1].get<double>());
  if (!p.at("mmlu_pro").is_null()) head += fmt::format("; MMLU-Pro {:.1f}", number("mmlu_pro"));
  out.Line(head, Tone::kHeading);
  out.Line(fmt::format("{}: {} parameters, {} activated, {} tokens, gamma {}",
                       p.at("form").get<std::string>(), HumanCount(number("total_params")),
                       HumanCount(number("active_params")), HumanCount(number("tokens")),
                       number("gamma")));
  if (p.contains("recipe_year_month"))
    out.Line("recipe of " + p.at("recipe_year_month").get<std::string>());
  out.Line(fmt::format("{} layers, hidden {}, FFN d {}, widest block a token passes d' {}",
                       p.at("layers").dump(), p.at("hidden").dump(), p.at("ffn").dump(),
                       p.at("activated_ffn").dump()));
  out.Line(fmt::format(
      "unstable discount {:.3f}, effective tokens {}, expansion factor {:.3f}, training {:.3g} "
      "FLOPs (6 A T)",
      number("unstable_discount"), HumanCount(number("effective_tokens")),
      number("expansion_factor"), number("train_flops")));
  out.Warnings(p.at("domain").at("warnings"));
  out.Echo(p.value("notes", Json::array()), p.value("defaults", Json::array()));
  out.Lines(kConventionsLine);
  return out;
}

Printout PredictPrintout(const Json& result) {
  if (!result.contains("rows")) return OnePrintout(result);
  TextTable table({"model", "MMLU", "90% low", "90% high", "domain"});
  for (const Json& row : result.at("rows")) {
    const Json& interval = row.at("interval_90");
    table.Add({row.at("model").get<std::string>(),
               fmt::format("{:.2f}", row.at("mmlu").get<double>()),
               fmt::format("{:.1f}", interval[0].get<double>()),
               fmt::format("{:.1f}", interval[1].get<double>()),
               row.at("domain").at("inside").get<bool>() ? "inside" : "outside"});
  }
  Printout out;
  out.Table(std::move(table));
  return out;
}

int Predict(const PredictOptions& options) {
  const Stopwatch stopwatch;
  Inputs inputs;
  Law law = LoadLaw(options.law, inputs, "command line", "--law");
  const double gamma = kFlags.Number("gamma", options.gamma, {0, 1000, true});
  Json answer;
  if (!options.table.empty()) {
    answer = PredictTable(options, law, gamma, inputs);
  } else {
    if (options.tokens.empty()) throw InputError("command line", "--tokens", "", "is missing");
    const Tokens tokens = kFlags.Number("tokens", options.tokens, {0, 1e30, true});
    const SourcedModel model = ReadModelSource(options.model, tokens, inputs);
    if (!options.year_month.empty()) {
      const auto date = ParseYearMonth(options.year_month);
      if (!date)
        throw InputError("command line", "--year-month", options.year_month,
                         "must be a date as 2024-06");
      law = AtRecipeDate(law, *date);
    }
    answer = PredictionJson(law, model.trained, gamma);
    if (!options.model.model.empty()) {
      answer["defaults"] = model.defaults;
      answer["notes"] = model.notes;
    }
  }
  Json result = Envelope("predict", law.name, inputs, 1, stopwatch.Seconds());
  result.update(answer);
  result["conventions"] = ConventionsJson();
  Show(options.output, result, {[&](const Json&) { return Rows(answer); }, PredictPrintout});
  return kDone;
}

}  // namespace

void AddPredict(CLI::App& app, int& status) {
  auto options = std::make_shared<PredictOptions>();
  CLI::App* command =
      app.add_subcommand("predict", "the score of one architecture, or of each row of a table");
  AddModelFlags(*command, options->model);
  auto* table = command->add_option("--table", options->table, "a CSV table of models")
                    ->type_name(kTakesFile);
  for (const char* flag : {"--model", "--layers", "--hidden", "--ffn", "--params",
                           "--active-params", "--activated-ffn"})
    table->excludes(command->get_option(flag));
  command->add_option("--tokens", options->tokens, "training tokens, as 15T")
      ->type_name(kTakesTokens)
      ->excludes(table);
  command
      ->add_option("--gamma", options->gamma,
                   "precision loss of the training infrastructure; 1 is good")
      ->type_name(kTakesNumber)
      ->capture_default_str();
  command
      ->add_option("--year-month", options->year_month,
                   "when the recipe is from, as 2024-06, for a law with a trend; a table's column "
                   "year_month")
      ->type_name("DATE")
      ->excludes(table);
  AddLaw(*command, options->law);
  AddFormat(*command, options->output);
  AddExamples(
      *command,
      {"perflaw predict --model llama-3.1-70b --tokens 15T",
       "perflaw predict --layers 80 --hidden 8192 --ffn 28672 --params 70B --tokens 15T --json",
       "perflaw predict --table configs/tables/performance-law-table1.csv --format csv"});
  command->callback([options, &status] { status = Predict(*options); });
}

}  // namespace perflaw
