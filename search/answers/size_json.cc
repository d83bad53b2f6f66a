#include "search/answers/size_json.hpp"

#include <cmath>

#include "search/base/error.hpp"
#include "search/io/inputs/size_file.hpp"
#include "search/io/outputs/prediction.hpp"

namespace perflaw {
namespace {

Json Params(double log10_total) { return Real(std::pow(10, log10_total)); }

// How each two of the benchmarks' errors go together.
std::vector<std::vector<double>> Correlations(const std::vector<std::string>& benchmarks,
                                              const SizePresets& presets, const KeyPlace& place) {
  const std::size_t n = benchmarks.size();
  std::vector<std::vector<double>> correlation(n, std::vector<double>(n, 1));
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      if (benchmarks[j] == benchmarks[i])
        throw InputError(place.file, place.Key("benchmark"), benchmarks[i], "stands twice");
      correlation[i][j] = correlation[j][i] = presets.Correlation(benchmarks[i], benchmarks[j]);
    }
  }
  return correlation;
}

}  // namespace

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

Json SizePredictionJson(const SizeQuestion& question, Inputs& inputs, const KeyPlace& place) {
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
  const auto correlation = Correlations(benchmarks, presets, place);
  const SizePrediction answer = single.size() == 1 ? single.front() : Combine(single, correlation);
  return {{"total_params", Params(answer.log10_total)},
          {"interval_90", {Params(answer.low90), Params(answer.high90)}},
          {"regression", single.size() == 1 ? lines[0].at("regression") : Json(nullptr)},
          {"benchmarks", lines},
          {"domain", {{"inside", answer.warnings.empty()}, {"warnings", answer.warnings}}}};
}

}  // namespace perflaw
