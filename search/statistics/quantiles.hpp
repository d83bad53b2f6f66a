// What samples are summed up by.
#pragma once

#include <optional>
#include <utility>
#include <vector>

namespace perflaw {

// Range: a value at least.
double Mean(const std::vector<double>& values);
// sqrt(sum (v - mean)^2 / (n - 1)). Range: two values at least.
double StandardDeviation(const std::vector<double>& values);
// Of an even number of values the mean of the middle two. Range: a value at least.
double Median(std::vector<double> values);

// Of a real quantity: the points below which that share of its distribution lies.
struct Quantiles {
  double q05 = 0, q25 = 0, q50 = 0, q75 = 0, q95 = 0;
};
// Of a weighted sample, whose order changes; nothing where all weights are 0. Pairs of value and weight.
std::optional<Quantiles> QuantilesOf(std::vector<std::pair<double, double>>& weighted);

}  // namespace perflaw
