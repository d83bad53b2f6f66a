// Size lines from configs/sizes, and tables of benchmark scores.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "search/io/text/csv.hpp"
#include "search/io/text/inputs.hpp"
#include "search/io/text/json.hpp"
#include "search/learn/size_law.hpp"

namespace perflaw {

// The JSON library asserts in its moves, which clang-tidy takes for exceptions.
struct PublishedSizeLine {  // NOLINT(bugprone-exception-escape)
  SizeLaw law;
  Json errors;  // r2_cv, mae_cv, rmse_cv, r2_loo; null where not known
};
struct SizePresets {
  std::vector<PublishedSizeLine> lines;
  std::vector<std::string> benchmarks;  // of the correlation's rows
  std::vector<std::vector<double>> correlation;

  // Throws InputError naming what there is; `file` and `key` say where the benchmark was named.
  const PublishedSizeLine& Line(const std::vector<std::string>& features,
                                const std::string& file = "command line",
                                const std::string& key = "--benchmark") const;
  double Correlation(const std::string& a, const std::string& b) const;

  // One prediction from those of different benchmarks. Throws InputError where one stands twice.
  SizePrediction Together(const std::vector<std::string>& named,
                          const std::vector<SizePrediction>& single, const std::string& file,
                          const std::string& key) const;
};
// Throws InputError for a percentage where the benchmark's scores are fractions.
void CheckScale(const SizeLaw& line, double score, const std::string& file, const std::string& key);
SizePresets LoadSizePresets(Inputs& inputs);

inline constexpr const char* kActiveRatio = "active_ratio";
inline constexpr const char* kPrice = "log10_price";

// The rows that have every feature: a benchmark's column; active_ratio, from active_params_billion (empty: all) and
// total_params_billion; log10_price, from price_per_million. Columns model and total_params_billion, and vendor where it
// is there. `notes` says how many rows were dropped. Throws InputError naming row and column.
std::vector<SizedModel> ReadSizedModels(const CsvTable& table,
                                        const std::vector<std::string>& features,
                                        std::vector<std::string>& notes);

}  // namespace perflaw
