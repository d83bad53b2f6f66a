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
  OutputFlags output;
};

// One row a term of the line.
Json SizeFitRows(const Json& result) {
  const Json& regression = result.at("regression");
  Json rows = Json::array({{{"term", "intercept"},
                            {"value", regression.at("intercept")},
                            {"standard_error", nullptr}}});
  for (const Json& feature : regression.at("features"))
    rows.push_back({{"term", feature.at("name")},
                    {"value", feature.at("slope")},
                    {"standard_error", feature.at("standard_error")}});
  return rows;
}

Printout SizeFitPrintout(const Json& result) {
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

int RunSizeFit(const SizeFitOptions& options) {
  Inputs inputs;
  Control control;
  Show(options.output, Answer(options, inputs, control), {SizeFitRows, SizeFitPrintout});
  return kDone;
}

struct SizeOptions : SizeQuestion {
  OutputFlags output;
};

// One row: the size that all scores together tell.
Json SizePredictRows(const Json& result) {
  return Json::array({{{"total_params", result.at("total_params")},
                       {"total_params_low90", result.at("interval_90")[0]},
                       {"total_params_high90", result.at("interval_90")[1]},
                       {"inside_domain", result.at("domain").at("inside")}}});
}

Printout SizePredictPrintout(const Json& answer) {
  const auto human = [](const Json& number) { return HumanCount(number.get<double>()); };
  Printout out;
  out.Line(fmt::format("{} parameters, 90% interval {} to {}", human(answer.at("total_params")),
                       human(answer.at("interval_90")[0]), human(answer.at("interval_90")[1])));
  out.Warnings(answer.at("domain").at("warnings"));
  return out;
}

int RunSizePredict(const SizeOptions& options) {
  Inputs inputs;
  Control control;
  Show(options.output, Answer(options, inputs, control), {SizePredictRows, SizePredictPrintout});
  return kDone;
}

}  // namespace

void AddSize(Command& program) {
  Command& size = program.Add("size", "total parameters from benchmark scores");
  auto fitted = std::make_shared<SizeFitOptions>();
  auto options = std::make_shared<SizeOptions>();
  Command& fit = size.Add("fit", "a line from a table of open models");
  fit.Value("table", fitted->table,
            "CSV: model, total_params_billion, active_params_billion, a column for each benchmark")
      .Required()
      .Takes(kTakesFile);
  fit.Value("--benchmark", fitted->benchmarks, "the column to fit").Required().Takes("NAME");
  fit.Flag("--active-ratio", fitted->with_active_ratio, "with the activated share as a feature");
  fit.Flag("--price", fitted->with_price, "with log10 of column price_per_million as a feature");
  fit.Flag("--nonnegative", fitted->nonnegative, "slopes of 0 or more, as published");
  AddFormat(fit, fitted->output);
  fit.Examples(
      {"perflaw size fit configs/tables/sample-benchmark-scores.csv --benchmark "
       "score --nonnegative"});
  fit.Run([fitted] { return RunSizeFit(*fitted); });
  Command& predict = size.Add("predict", "the size behind scores, by published lines");
  predict.Value("--benchmark", options->benchmarks, "with one --score each")
      .Required()
      .Takes("NAME");
  predict.Value("--score", options->scores, "on the benchmark's own scale")
      .Required()
      .Takes(kTakesNumber);
  predict.Value("--active-ratio", options->active_ratio, "activated share of the parameters")
      .Takes(kTakesNumber);
  AddFormat(predict, options->output);
  predict.Examples(
      {"perflaw size predict --benchmark omniscience_accuracy --score 0.3 "
       "--benchmark mmlu_pro --score 0.85"});
  predict.Run([options] { return RunSizePredict(*options); });
}

}  // namespace perflaw
