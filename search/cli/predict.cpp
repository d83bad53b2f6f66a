#include "search/answers/predict.hpp"

#include <fmt/format.h>

#include "search/cli/model_flags.hpp"
#include "search/cli/shell/command.hpp"
#include "search/cli/shell/describe.hpp"
#include "search/cli/shell/output.hpp"
#include "search/io/outputs/envelope.hpp"
#include "search/io/text/csv.hpp"
#include "search/io/text/numbers.hpp"

namespace perflaw {
namespace {

struct PredictOptions : PredictQuestion {
  OutputFlags output;
};

// Without what every result carries.
Json PredictRows(const Json& result) {
  if (result.contains("rows")) {
    Json rows = Json::array();
    for (const Json& row : result.at("rows")) rows.push_back(Flattened(row));
    return rows;
  }
  Json row = WithoutEnvelope(result);
  for (const char* texts : {"defaults", "notes", "conventions"}) row.erase(texts);
  return Json::array({Flattened(row)});
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
  Inputs inputs;
  Control control;
  Show(options.output, Answer(options, inputs, control), {PredictRows, PredictPrintout});
  return kDone;
}

}  // namespace

void AddPredict(Command& program) {
  auto options = std::make_shared<PredictOptions>();
  Command& command =
      program.Add("predict", "the score of one architecture, or of each row of a table");
  AddModelFlags(command, options->model);
  Option table =
      command.Value("--table", options->table, "a CSV table of models").Takes(kTakesFile);
  for (const char* flag : {"--model", "--layers", "--hidden", "--ffn", "--params",
                           "--active-params", "--activated-ffn"})
    table.Excludes(flag);
  command.Value("--tokens", options->tokens, "training tokens, as 15T")
      .Takes(kTakesTokens)
      .Excludes("--table");
  command
      .Value("--gamma", options->gamma, "precision loss of the training infrastructure; 1 is good")
      .Takes(kTakesNumber)
      .ShowsDefault();
  command
      .Value("--year-month", options->year_month,
             "when the recipe is from, as 2024-06, for a law with a trend; a table's column "
             "year_month")
      .Takes("DATE")
      .Excludes("--table");
  AddLaw(command, options->law);
  AddFormat(command, options->output);
  command.Examples(
      {"perflaw predict --model llama-3.1-70b --tokens 15T",
       "perflaw predict --layers 80 --hidden 8192 --ffn 28672 --params 70B --tokens 15T --json",
       "perflaw predict --table configs/tables/performance-law-table1.csv --format csv"});
  command.Run([options] { return Predict(*options); });
}

}  // namespace perflaw
