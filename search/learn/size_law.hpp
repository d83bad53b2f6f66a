// Total parameters from benchmark scores: log10(total) = intercept + slopes . features, by least squares on open models.
// Source: ahgraber, "Predicting LLM Parameters Using Benchmarks", 2026-01-08.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace perflaw {

// Features are numbers on the benchmark's own scale; the activated share A/S, or the log10 of a price.
struct SizedModel {
  std::string name, vendor;  // vendor may be empty: then the model is one of its own
  double total = 0;          // parameters
  std::vector<double> features;
};

struct SizeLaw {
  std::vector<std::string> features;  // names; the first is the benchmark
  std::size_t models = 0;
  double intercept = 0;
  std::vector<double> slopes, standard_errors;
  double sigma = 0;  // residual standard deviation, in dex (log10)
  // Of the centred features: means, the inverse of their sums of squares and products, and the range seen.
  std::vector<double> means;
  std::vector<std::vector<double>> inverse;
  std::vector<std::array<double, 2>> range;
};

struct SizePrediction {
  double log10_total = 0, low90 = 0, high90 = 0;  // of a further model, by Student's t
  std::vector<std::string> warnings;              // for each feature outside the range seen
};
SizePrediction PredictSize(const SizeLaw& law, const std::vector<double>& features);

// Least squares; with `nonnegative` over slopes >= 0, as published. Throws std::invalid_argument with what is missing when
// there are too few models or features do not vary.
SizeLaw FitSize(const std::vector<std::string>& features, const std::vector<SizedModel>& models,
                bool nonnegative);

struct SizeErrors {
  double r2 = 0;             // on log10
  double mae = 0, rmse = 0;  // on parameters
};
// The published evaluation: models ordered by name without regard to case, five random splits that hold out five; each
// permutation by Fisher-Yates from the last index down, every index drawn by masked rejection from a Mersenne Twister.
// Means over the splits. Range: at least 10 models.
SizeErrors SplitErrors(std::vector<SizedModel> models, bool nonnegative, std::uint32_t seed);
inline constexpr std::uint32_t kPublishedSeed = 7;

// Each model (or vendor) predicted without it: r2 = 1 - PRESS / total sum of squares, and the root mean square error in dex.
struct LeftOutErrors {
  double r2 = 0, rmse_dex = 0;
};
LeftOutErrors LeaveModelsOut(const std::vector<SizedModel>& models, bool nonnegative);
std::optional<LeftOutErrors> LeaveVendorsOut(const std::vector<SizedModel>& models,
                                             bool nonnegative);

// One estimate from several benchmarks of one model, whose errors go together: the best linear unbiased one. `correlation` of
// the benchmarks' errors, row by row.
SizePrediction Combine(const std::vector<SizePrediction>& single,
                       const std::vector<std::vector<double>>& correlation);

}  // namespace perflaw
