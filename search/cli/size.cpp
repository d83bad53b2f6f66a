#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "search/answers/size_json.hpp"
#include "search/base/error.hpp"
#include "search/cli/shell/command.hpp"
#include "search/cli/shell/describe.hpp"
#include "search/cli/shell/output.hpp"
#include "search/io/inputs/size_file.hpp"
#include "search/io/outputs/envelope.hpp"
#include "search/io/outputs/prediction.hpp"
#include "search/io/text/numbers.hpp"
#include "search/terminal/text_table.hpp"

namespace perflaw {
namespace {

struct SizeOptions {
  std::string table, active_ratio, price;
  std::vector<std::string> benchmarks, scores;
  bool with_price = false, with_active_ratio = false, nonnegative = false, json = false;
};

constexpr int kSeeds = 1000;

// The 5, 50 and 95 % points of the five-split R^2 over so many seeds.
Json SeedSensitivity(const std::vector<SizedModel>& models, bool nonnegative) {
  std::vector<double> r2;
  for (std::uint32_t seed = 0; seed < kSeeds; ++seed)
    r2.push_back(SplitErrors(models, nonnegative, seed).r2);
  std::sort(r2.begin(), r2.end());
  const auto at = [&](int percent) {
    return Real(r2[static_cast<std::size_t>(percent * kSeeds / 100)]);
  };
  return {{"seeds", kSeeds}, {"q05", at(5)}, {"q50", at(50)}, {"q95", at(95)}};
}

int RunFit(const SizeOptions& options) {
  const Stopwatch stopwatch;
  Inputs inputs;
  std::vector<std::string> features = options.benchmarks, notes;
  if (features.size() != 1)
    throw InputError("command line", "--benchmark", "", "one benchmark is fitted at a time");
  if (options.with_active_ratio) features.emplace_back(kActiveRatio);
  if (options.with_price) features.emplace_back(kPrice);
  const CsvTable table = ParseCsv(inputs.Read(options.table), options.table);
  const std::vector<SizedModel> models = ReadSizedModels(table, features, notes);
  constexpr std::size_t kLeast = 10;
  if (models.size() < kLeast) {
    throw InputError(options.table, "rows", fmt::format("{}", models.size()),
                     fmt::format("{} models with every feature are needed", kLeast));
  }
  SizeLaw law;
  try {
    law = FitSize(features, models, options.nonnegative);
  } catch (const std::invalid_argument& error) {
    throw InputError(options.table, "rows", "", error.what());
  }
  for (std::size_t i = 0; i < features.size(); ++i) {
    if (options.nonnegative && law.slopes[i] == 0)
      notes.push_back(features[i] +
                      " is clamped at slope 0 by --nonnegative; without it the slope is negative");
  }
  const SizeErrors cv = SplitErrors(models, options.nonnegative, kPublishedSeed);
  const LeftOutErrors loo = LeaveModelsOut(models, options.nonnegative);
  const auto vendors = LeaveVendorsOut(models, options.nonnegative);
  Json regression = RegressionJson(law);
  regression["r2_cv"] = Real(cv.r2);
  regression["mae_cv"] = Real(cv.mae);
  regression["rmse_cv"] = Real(cv.rmse);
  regression["r2_loo"] = Real(loo.r2);
  regression["rmse_loo_dex"] = Real(loo.rmse_dex);
  regression["r2_leave_vendor_out"] = vendors ? Real(vendors->r2) : Json(nullptr);
  regression["r2_cv_by_seed"] = SeedSensitivity(models, options.nonnegative);
  if (options.json) {
    Json result = Envelope("size", "", inputs, 1, stopwatch.Seconds());
    result["seed"] = kPublishedSeed;
    result["regression"] = regression;
    result["notes"] = notes;
    PrintJson(result);
    return kDone;
  }
  TextTable terms({"feature", "slope", "std. error"});
  for (std::size_t i = 0; i < features.size(); ++i)
    terms.Add({features[i], fmt::format("{:.6f}", law.slopes[i]),
               fmt::format("{:.6f}", law.standard_errors[i])});
  const Json& seeds = regression.at("r2_cv_by_seed");
  Printout out;
  out.Table(std::move(terms));
  out.Lines(fmt::format(
      "log10(total parameters) = {:.6f} + the slopes; {} models, residual {:.3f} dex\n"
      "R^2 {:.4f} over five splits of seed {} ({:.2f} to {:.2f} for nine in ten of {} seeds), "
      "{:.3f} with each model left out\n",
      law.intercept, law.models, law.sigma, cv.r2, kPublishedSeed, seeds.at("q05").get<double>(),
      seeds.at("q95").get<double>(), kSeeds, loo.r2));
  out.Echo(notes, Json::array());
  Print(out);
  return kDone;
}

int RunPredict(const SizeOptions& options) {
  const Stopwatch stopwatch;
  Inputs inputs;
  const Json answer = SizePredictionJson({options.benchmarks, options.scores, options.active_ratio},
                                         inputs, kFlags);
  if (options.json) {
    Json result = Envelope("size", "", inputs, 1, stopwatch.Seconds());
    result.update(answer);
    PrintJson(result);
    return kDone;
  }
  const auto human = [](const Json& number) { return HumanCount(number.get<double>()); };
  Printout out;
  out.Line(fmt::format("{} parameters, 90% interval {} to {}", human(answer.at("total_params")),
                       human(answer.at("interval_90")[0]), human(answer.at("interval_90")[1])));
  out.Warnings(answer.at("domain").at("warnings"));
  Print(out);
  return kDone;
}

}  // namespace

void AddSize(CLI::App& app, int& status) {
  CLI::App* size = app.add_subcommand("size", "total parameters from benchmark scores");
  size->require_subcommand(1);
  auto options = std::make_shared<SizeOptions>();
  CLI::App* fit = size->add_subcommand("fit", "a line from a table of open models");
  fit->add_option(
         "table", options->table,
         "CSV: model, total_params_billion, active_params_billion, a column for each benchmark")
      ->required()
      ->type_name(kTakesFile);
  fit->add_option("--benchmark", options->benchmarks, "the column to fit")
      ->required()
      ->type_name("NAME");
  fit->add_flag("--active-ratio", options->with_active_ratio,
                "with the activated share as a feature");
  fit->add_flag("--price", options->with_price,
                "with log10 of column price_per_million as a feature");
  fit->add_flag("--nonnegative", options->nonnegative, "slopes of 0 or more, as published");
  AddJson(*fit, options->json);
  AddExamples(*fit, {"perflaw size fit configs/tables/sample-benchmark-scores.csv --benchmark "
                     "score --nonnegative"});
  fit->callback([options, &status] { status = RunFit(*options); });
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
