#include "search/answers/size.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "search/cli/shell/command.hpp"
#include "search/cli/shell/describe.hpp"
#include "search/cli/shell/output.hpp"
#include "search/io/text/numbers.hpp"
#include "search/terminal/text_table.hpp"

namespace perflaw {
namespace {

struct SizeFitOptions : SizeFitQuestion {
  bool json = false;
};

Printout FitPrintout(const Json& result) {
  const Json& regression = result.at("regression");
  const auto number = [&](const char* key) { return regression.at(key).get<double>(); };
  TextTable terms({"feature", "slope", "std. error"});
  for (const Json& feature : regression.at("features"))
    terms.Add({feature.at("name").get<std::string>(),
               fmt::format("{:.6f}", feature.at("slope").get<double>()),
               fmt::format("{:.6f}", feature.at("standard_error").get<double>())});
  const Json& seeds = regression.at("r2_cv_by_seed");
  Printout out;
  out.Table(std::move(terms));
  out.Lines(fmt::format(
      "log10(total parameters) = {:.6f} + the slopes; {} models, residual {:.3f} dex\n"
      "R^2 {:.4f} over five splits of seed {} ({:.2f} to {:.2f} for nine in ten of {} seeds), "
      "{:.3f} with each model left out\n",
      number("intercept"), regression.at("models").dump(), number("sigma_dex"), number("r2_cv"),
      result.at("seed").dump(), seeds.at("q05").get<double>(), seeds.at("q95").get<double>(),
      seeds.at("seeds").dump(), number("r2_loo")));
  out.Echo(result.at("notes"), Json::array());
  return out;
}

int RunFit(const SizeFitOptions& options) {
  Inputs inputs;
  Control control;
  const Json result = Answer(options, inputs, control);
  if (options.json) {
    PrintJson(result);
  } else {
    Print(FitPrintout(result));
  }
  return kDone;
}

struct SizeOptions : SizeQuestion {
  bool json = false;
};

Printout PredictPrintout(const Json& answer) {
  const auto human = [](const Json& number) { return HumanCount(number.get<double>()); };
  Printout out;
  out.Line(fmt::format("{} parameters, 90% interval {} to {}", human(answer.at("total_params")),
                       human(answer.at("interval_90")[0]), human(answer.at("interval_90")[1])));
  out.Warnings(answer.at("domain").at("warnings"));
  return out;
}

int RunPredict(const SizeOptions& options) {
  Inputs inputs;
  Control control;
  const Json result = Answer(options, inputs, control);
  if (options.json) {
    PrintJson(result);
  } else {
    Print(PredictPrintout(result));
  }
  return kDone;
}

}  // namespace

void AddSize(CLI::App& app, int& status) {
  CLI::App* size = app.add_subcommand("size", "total parameters from benchmark scores");
  size->require_subcommand(1);
  auto fitted = std::make_shared<SizeFitOptions>();
  auto options = std::make_shared<SizeOptions>();
  CLI::App* fit = size->add_subcommand("fit", "a line from a table of open models");
  fit->add_option(
         "table", fitted->table,
         "CSV: model, total_params_billion, active_params_billion, a column for each benchmark")
      ->required()
      ->type_name(kTakesFile);
  fit->add_option("--benchmark", fitted->benchmarks, "the column to fit")
      ->required()
      ->type_name("NAME");
  fit->add_flag("--active-ratio", fitted->with_active_ratio,
                "with the activated share as a feature");
  fit->add_flag("--price", fitted->with_price,
                "with log10 of column price_per_million as a feature");
  fit->add_flag("--nonnegative", fitted->nonnegative, "slopes of 0 or more, as published");
  AddJson(*fit, fitted->json);
  AddExamples(*fit, {"perflaw size fit configs/tables/sample-benchmark-scores.csv --benchmark "
                     "score --nonnegative"});
  fit->callback([fitted, &status] { status = RunFit(*fitted); });
  CLI::App* predict = size->add_subcommand("predict", "the size behind scores, by published lines");
  predict->add_option("--benchmark", options->benchmarks, "with one --score each")
      ->required()
      ->type_name("NAME");
  predict->add_option("--score", options->scores, "on the benchmark's own scale")
      ->required()
      ->type_name(kTakesNumber);
  predict->add_option("--active-ratio", options->active_ratio, "activated share of the parameters")
      ->type_name(kTakesNumber);
  AddJson(*predict, options->json);
  AddExamples(*predict, {"perflaw size predict --benchmark omniscience_accuracy --score 0.3 "
                         "--benchmark mmlu_pro --score 0.85"});
  predict->callback([options, &status] { status = RunPredict(*options); });
}

}  // namespace perflaw
