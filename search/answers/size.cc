#include "search/answers/size.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "search/base/error.hpp"
#include "search/base/stopwatch.hpp"
#include "search/io/inputs/size_file.hpp"
#include "search/io/outputs/envelope.hpp"
#include "search/io/outputs/prediction.hpp"

namespace perflaw {
namespace {

Json Params(double log10_total) { return Real(std::pow(10, log10_total)); }

Json RegressionJson(const SizeLaw& law) {
  Json features = Json::array();
  for (std::size_t i = 0; i < law.features.size(); ++i) {
    features.push_back({{"name", law.features[i]},
                        {"slope", Real(law.slopes[i])},
                        {"standard_error", Real(law.standard_errors[i])},
                        {"range", {Real(law.range[i][0]), Real(law.range[i][1])}}});
  }
  return {{"models", law.models},
          {"intercept", Real(law.intercept)},
          {"slope", Real(law.slopes.front())},
          {"features", features},
          {"sigma_dex", Real(law.sigma)}};
}

Json PredictionOf(const SizeQuestion& question, Inputs& inputs, const KeyPlace& place) {
  const auto& [benchmarks, scores, active_ratio] = question;
  if (benchmarks.empty())
    throw InputError(place.file, place.Key("benchmark"), "", "must name one benchmark or more");
  if (benchmarks.size() != scores.size())
    throw InputError(
        place.file, place.Key("score"), fmt::format("{}", scores.size()),
        fmt::format("must be given once for each of {} benchmarks", benchmarks.size()));
  std::vector<std::string> more;
  std::vector<double> more_values;
  if (!active_ratio.empty()) {
    more.emplace_back(kActiveRatio);
    more_values.push_back(place.Number("active_ratio", active_ratio, {0, 1, true}));
  }
  const SizePresets presets = LoadSizePresets(inputs);
  std::vector<SizePrediction> single;
  Json lines = Json::array();
  for (std::size_t i = 0; i < benchmarks.size(); ++i) {
    std::vector<std::string> features = {benchmarks[i]};
    features.insert(features.end(), more.begin(), more.end());
    std::vector<double> values = {place.Number("score", scores[i], {})};
    values.insert(values.end(), more_values.begin(), more_values.end());
    const PublishedSizeLine& line = presets.Line(features, place.file, place.Key("benchmark"));
    CheckScale(line.law, values.front(), place.file, place.Key("score"));
    single.push_back(PredictSize(line.law, values));
    Json regression = RegressionJson(line.law);
    regression.update(line.errors);
    lines.push_back({{"benchmark", benchmarks[i]},
                     {"total_params", Params(single.back().log10_total)},
                     {"regression", regression}});
  }
  const SizePrediction answer =
      presets.Together(benchmarks, single, place.file, place.Key("benchmark"));
  return {{"total_params", Params(answer.log10_total)},
          {"interval_90", {Params(answer.low90), Params(answer.high90)}},
          {"regression", single.size() == 1 ? lines[0].at("regression") : Json(nullptr)},
          {"benchmarks", lines},
          {"domain", {{"inside", answer.warnings.empty()}, {"warnings", answer.warnings}}}};
}

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

}  // namespace

Json Answer(const SizeQuestion& question, Inputs& inputs, Control&, const KeyPlace& place) {
  const Stopwatch stopwatch;
  const Json answer = PredictionOf(question, inputs, place);
  Json result = Envelope("size", "", inputs, 1, stopwatch.Seconds());
  result.update(answer);
  return result;
}

Json Answer(const SizeFitQuestion& question, Inputs& inputs, Control&, const KeyPlace& place) {
  const Stopwatch stopwatch;
  std::vector<std::string> features = question.benchmarks, notes;
  if (features.size() != 1)
    throw InputError(place.file, place.Key("benchmark"), "", "one benchmark is fitted at a time");
  if (question.with_active_ratio) features.emplace_back(kActiveRatio);
  if (question.with_price) features.emplace_back(kPrice);
  const CsvTable table = ParseCsv(inputs.Read(question.table), question.table);
  const std::vector<SizedModel> models = ReadSizedModels(table, features, notes);
  constexpr std::size_t kLeast = 10;
  if (models.size() < kLeast) {
    throw InputError(question.table, "rows", fmt::format("{}", models.size()),
                     fmt::format("{} models with every feature are needed", kLeast));
  }
  SizeLaw law;
  try {
    law = FitSize(features, models, question.nonnegative);
  } catch (const std::invalid_argument& error) {
    throw InputError(question.table, "rows", "", error.what());
  }
  for (std::size_t i = 0; i < features.size(); ++i) {
    if (question.nonnegative && law.slopes[i] == 0)
      notes.push_back(features[i] +
                      " is clamped at slope 0 by --nonnegative; without it the slope is negative");
  }
  const SizeErrors cv = SplitErrors(models, question.nonnegative, kPublishedSeed);
  const LeftOutErrors loo = LeaveModelsOut(models, question.nonnegative);
  const auto vendors = LeaveVendorsOut(models, question.nonnegative);
  Json regression = RegressionJson(law);
  regression["r2_cv"] = Real(cv.r2);
  regression["mae_cv"] = Real(cv.mae);
  regression["rmse_cv"] = Real(cv.rmse);
  regression["r2_loo"] = Real(loo.r2);
  regression["rmse_loo_dex"] = Real(loo.rmse_dex);
  regression["r2_leave_vendor_out"] = vendors ? Real(vendors->r2) : Json(nullptr);
  regression["r2_cv_by_seed"] = SeedSensitivity(models, question.nonnegative);
  Json result = Envelope("size", "", inputs, 1, stopwatch.Seconds());
  result["seed"] = kPublishedSeed;
  result["regression"] = regression;
  result["notes"] = notes;
  return result;
}

}  // namespace perflaw
