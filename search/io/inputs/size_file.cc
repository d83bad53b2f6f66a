#include "search/io/inputs/size_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "search/base/error.hpp"
#include "search/io/text/numbers.hpp"

namespace perflaw {
namespace {

std::vector<double> Numbers(const Json& list, const std::string& file, const std::string& key,
                            std::size_t n) {
  if (!list.is_array() || list.size() != n)
    throw InputError(file, key, list.dump(), fmt::format("must be a list of {} numbers", n));
  std::vector<double> numbers;
  for (const Json& value : list) numbers.push_back(ToNumber(value, file, key, {}));
  return numbers;
}

std::vector<std::string> Texts(Fields& fields, const std::string& key) {
  const Json& list = fields.Get(key);
  if (!list.is_array() || list.empty() ||
      !std::all_of(list.begin(), list.end(), [](const Json& one) { return one.is_string(); }))
    fields.Fail(key, "must be a list of names");
  return list.get<std::vector<std::string>>();
}

std::vector<std::vector<double>> Square(const Json& rows, const std::string& file,
                                        const std::string& key, std::size_t n) {
  if (!rows.is_array() || rows.size() != n)
    throw InputError(file, key, rows.dump(), fmt::format("must be a list of {} rows", n));
  std::vector<std::vector<double>> matrix;
  for (const Json& row : rows) matrix.push_back(Numbers(row, file, key, n));
  return matrix;
}

PublishedSizeLine ReadLine(const Json& object, const std::string& file) {
  Fields fields(object, file, "lines");
  PublishedSizeLine line;
  SizeLaw& law = line.law;
  law.features = Texts(fields, "features");
  const std::size_t k = law.features.size();
  law.models = static_cast<std::size_t>(fields.Whole("models", static_cast<Count>(k) + 3, 1 << 20));
  law.intercept = fields.Number("intercept", {});
  law.slopes = Numbers(fields.Get("slopes"), file, "slopes", k);
  law.sigma = fields.Number("sigma", kPositive);
  law.means = Numbers(fields.Get("means"), file, "means", k);
  law.inverse = Square(fields.Get("inverse"), file, "inverse", k);
  for (std::size_t i = 0; i < k; ++i) {
    law.standard_errors.push_back(law.sigma * std::sqrt(law.inverse[i][i]));
    const std::vector<double> ends = Numbers(fields.Get("range").at(i), file, "range", 2);
    law.range.push_back({ends[0], ends[1]});
  }
  for (const char* error : {"r2_cv", "mae_cv", "rmse_cv", "r2_loo"})
    line.errors[error] = fields.Get(error);
  fields.Done();
  return line;
}

}  // namespace

const PublishedSizeLine& SizePresets::Line(const std::vector<std::string>& features,
                                           const std::string& file, const std::string& key) const {
  std::string there;
  for (const PublishedSizeLine& line : lines) {
    if (line.law.features == features) return line;
    there += fmt::format("{}{}", there.empty() ? "" : ", ", fmt::join(line.law.features, " with "));
  }
  throw InputError(file, key, fmt::format("{}", fmt::join(features, " with ")),
                   "must be one of: " + there + "");
}

double SizePresets::Correlation(const std::string& a, const std::string& b) const {
  const auto at = [&](const std::string& name) {
    return static_cast<std::size_t>(std::find(benchmarks.begin(), benchmarks.end(), name) -
                                    benchmarks.begin());
  };
  return correlation.at(at(a)).at(at(b));
}

SizePrediction SizePresets::Together(const std::vector<std::string>& named,
                                     const std::vector<SizePrediction>& single,
                                     const std::string& file, const std::string& key) const {
  if (single.size() == 1) return single.front();
  const std::size_t n = named.size();
  std::vector<std::vector<double>> together(n, std::vector<double>(n, 1));
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      if (named[j] == named[i]) throw InputError(file, key, named[i], "stands twice");
      together[i][j] = together[j][i] = Correlation(named[i], named[j]);
    }
  }
  return Combine(single, together);
}

void CheckScale(const SizeLaw& line, double score, const std::string& file,
                const std::string& key) {
  if (line.range.front()[1] <= 1 && score > 1)
    throw InputError(
        file, key, fmt::format("{}", score),
        fmt::format("must be a fraction: scores of {} were {} to {}", line.features.front(),
                    line.range.front()[0], line.range.front()[1]));
}

SizePresets LoadSizePresets(Inputs& inputs) {
  const std::string path =
      inputs.Find("sizes", "artificial-analysis-2026", "command line", "--benchmark");
  const Json root = ParseJson(inputs.Read(path), path);
  Fields fields(root, path, "");
  fields.Text("source");
  SizePresets presets;
  for (const Json& line : fields.Get("lines")) presets.lines.push_back(ReadLine(line, path));
  Fields correlation = fields.Object("correlation");
  presets.benchmarks = Texts(correlation, "benchmarks");
  presets.correlation =
      Square(correlation.Get("matrix"), path, "correlation.matrix", presets.benchmarks.size());
  correlation.Done();
  fields.Done();
  return presets;
}

std::vector<SizedModel> ReadSizedModels(const CsvTable& table,
                                        const std::vector<std::string>& features,
                                        std::vector<std::string>& notes) {
  const auto column = [&](const std::string& name) {
    const auto at = std::find(table.header.begin(), table.header.end(), name);
    return at == table.header.end()
               ? std::optional<std::size_t>()
               : std::optional(static_cast<std::size_t>(at - table.header.begin()));
  };
  const auto required = [&](const std::string& name) {
    const auto at = column(name);
    if (!at) throw InputError(table.file, "column " + name, "", "is missing");
    return *at;
  };
  const std::size_t model_at = required("model"), total_at = required("total_params_billion");
  const auto vendor_at = column("vendor"), active_at = column("active_params_billion");
  std::vector<SizedModel> models;
  std::set<std::string> seen;
  for (std::size_t i = 0; i < table.rows.size(); ++i) {
    const auto number = [&](std::size_t at) {
      const auto value = ParseNumber(table.rows[i][at]);
      if (!value) {
        throw InputError(table.file, fmt::format("row {}, column {}", i + 1, table.header[at]),
                         '"' + table.rows[i][at] + '"', "must be a number");
      }
      return *value;
    };
    const auto positive = [&](std::size_t at) {
      const double value = number(at);
      if (!(value > 0)) {
        throw InputError(table.file, fmt::format("row {}, column {}", i + 1, table.header[at]),
                         '"' + table.rows[i][at] + '"', "must be above 0");
      }
      return value;
    };
    SizedModel model;
    model.name = table.rows[i][model_at];
    if (vendor_at) model.vendor = table.rows[i][*vendor_at];
    if (!seen.insert(model.name).second) {
      throw InputError(table.file, fmt::format("row {}, column model", i + 1), model.name,
                       "stands twice; give one row a model");
    }
    const double billions = positive(total_at);
    model.total = 1e9 * billions;
    for (const std::string& feature : features) {
      if (feature == kActiveRatio) {
        if (!active_at) required("active_params_billion");
        const bool dense = table.rows[i][*active_at].empty();
        model.features.push_back(dense ? 1 : positive(*active_at) / billions);
        continue;
      }
      const std::size_t at = required(feature == kPrice ? "price_per_million" : feature);
      if (table.rows[i][at].empty()) break;
      model.features.push_back(feature == kPrice ? std::log10(positive(at)) : number(at));
    }
    if (model.features.size() == features.size()) models.push_back(std::move(model));
  }
  if (models.size() < table.rows.size()) {
    notes.push_back(fmt::format("{} of {} rows lack {} and were dropped",
                                table.rows.size() - models.size(), table.rows.size(),
                                fmt::join(features, " or ")));
  }
  return models;
}

}  // namespace perflaw
