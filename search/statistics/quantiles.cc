#include "search/statistics/quantiles.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numeric>

namespace perflaw {

double Mean(const std::vector<double>& values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / double(values.size());
}

double StandardDeviation(const std::vector<double>& values) {
  const double mean = Mean(values);
  double sum = 0;
  for (const double v : values) sum += (v - mean) * (v - mean);
  return std::sqrt(sum / double(values.size() - 1));
}

double Median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  const std::size_t half = values.size() / 2;
  return values.size() % 2 == 1 ? values[half] : (values[half - 1] + values[half]) / 2;
}

std::optional<Quantiles> QuantilesOf(std::vector<std::pair<double, double>>& weighted) {
  std::sort(weighted.begin(), weighted.end());
  double total = 0;
  for (const auto& [value, weight] : weighted) total += weight;
  if (!(total > 0)) return std::nullopt;
  constexpr double kShares[] = {0.05, 0.25, 0.5, 0.75, 0.95};
  double at[5], sum = 0;
  std::size_t next = 0;
  for (const auto& [value, weight] : weighted) {
    sum += weight;
    while (next < 5 && sum >= kShares[next] * total) at[next++] = value;
  }
  while (next < 5) at[next++] = weighted.back().first;
  return Quantiles{at[0], at[1], at[2], at[3], at[4]};
}

}  // namespace perflaw
