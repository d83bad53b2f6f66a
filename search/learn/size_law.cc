#include "search/learn/size_law.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <limits>
#include <map>
#include <random>
#include <stdexcept>

#include "engine/law.hpp"
#include "search/statistics/distributions.hpp"
#include "search/statistics/least_squares.hpp"

namespace perflaw {
namespace {

using Eigen::Index;

Index Size(std::size_t n) { return static_cast<Index>(n); }

Vector VectorOf(const std::vector<double>& values) {
  return Vector::Map(values.data(), Size(values.size()));
}
std::vector<double> ListOf(const Vector& values) { return {values.begin(), values.end()}; }

Vector LogSizes(const std::vector<SizedModel>& models) {
  Vector y(Size(models.size()));
  for (Index i = 0; i < y.size(); ++i) y[i] = std::log10(models[static_cast<std::size_t>(i)].total);
  return y;
}

Matrix Features(const std::vector<SizedModel>& models) {
  Matrix x(Size(models.size()), Size(models.front().features.size()));
  for (Index i = 0; i < x.rows(); ++i)
    x.row(i) = VectorOf(models[static_cast<std::size_t>(i)].features);
  return x;
}

struct Line {
  double intercept = 0;
  Vector slopes;
  double Of(const std::vector<double>& features) const {
    return intercept + slopes.dot(VectorOf(features));
  }
};

// With so few features the best of all subsets with slopes above 0 is the nonnegative optimum.
Line Solve(const std::vector<SizedModel>& models, bool nonnegative) {
  const Matrix x = Features(models);
  const Vector y = LogSizes(models);
  const Vector mean = x.colwise().mean();
  const Matrix centred = x.rowwise() - mean.transpose();
  const Vector rise = y.array() - y.mean();
  const auto all = (1u << x.cols()) - 1;
  Line best;
  double least = std::numeric_limits<double>::infinity();
  for (unsigned chosen = nonnegative ? 0 : all; chosen <= all; ++chosen) {
    std::vector<Index> columns;
    for (Index j = 0; j < x.cols(); ++j)
      if ((chosen >> j & 1) != 0) columns.push_back(j);
    Vector slopes = Vector::Zero(x.cols());
    if (!columns.empty()) {
      slopes(columns) = LeastSquares(centred(Eigen::all, columns)).Solve(rise);
    }
    if (nonnegative && (slopes.array() < 0).any()) continue;
    const double squares = (rise - centred * slopes).squaredNorm();
    if (squares >= least) continue;
    least = squares;
    best = {y.mean() - slopes.dot(mean), slopes};
  }
  return best;
}

// NumPy's legacy random_interval.
std::uint32_t DrawUpTo(std::uint32_t most, std::mt19937& random) {
  std::uint32_t mask = most;
  for (int shift = 1; shift < 32; shift *= 2) mask |= mask >> shift;
  while (true) {
    const std::uint32_t drawn = static_cast<std::uint32_t>(random()) & mask;
    if (drawn <= most) return drawn;
  }
}

std::vector<std::size_t> Permutation(std::size_t n, std::mt19937& random) {
  std::vector<std::size_t> order(n);
  for (std::size_t i = 0; i < n; ++i) order[i] = i;
  for (std::size_t i = n - 1; i > 0; --i)
    std::swap(order[i], order[DrawUpTo(static_cast<std::uint32_t>(i), random)]);
  return order;
}

std::string Lower(std::string text) {
  for (char& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return text;
}

LeftOutErrors LeaveOut(const std::vector<SizedModel>& models,
                       const std::map<std::string, std::vector<std::size_t>>& groups,
                       bool nonnegative) {
  double press = 0;
  for (const auto& [name, members] : groups) {
    std::vector<SizedModel> rest;
    for (std::size_t i = 0; i < models.size(); ++i)
      if (std::find(members.begin(), members.end(), i) == members.end()) rest.push_back(models[i]);
    const Line line = Solve(rest, nonnegative);
    for (const std::size_t i : members) {
      const double error = std::log10(models[i].total) - line.Of(models[i].features);
      press += error * error;
    }
  }
  const Vector y = LogSizes(models);
  const auto n = static_cast<double>(models.size());
  return {1 - press / (y.array() - y.mean()).square().sum(), std::sqrt(press / n)};
}

}  // namespace

SizeLaw FitSize(const std::vector<std::string>& features, const std::vector<SizedModel>& models,
                bool nonnegative) {
  const std::size_t k = features.size();
  if (models.size() < k + 3) {
    throw std::invalid_argument(
        fmt::format("{} models have every feature, and {} are needed", models.size(), k + 3));
  }
  const Matrix x = Features(models);
  const Vector mean = x.colwise().mean();
  const Matrix centred = x.rowwise() - mean.transpose();
  if (!LeastSquares(centred).Lost().empty())
    throw std::invalid_argument("a feature does not vary, or only with another");
  const Line line = Solve(models, nonnegative);
  const Vector residual = (LogSizes(models) - x * line.slopes).array() - line.intercept;
  const Matrix inverse = InverseOfSquares(centred);
  SizeLaw law;
  law.features = features;
  law.models = models.size();
  law.intercept = line.intercept;
  law.slopes = ListOf(line.slopes);
  law.sigma = std::sqrt(residual.squaredNorm() / static_cast<double>(models.size() - k - 1));
  law.means = ListOf(mean);
  for (Index j = 0; j < x.cols(); ++j) {
    law.standard_errors.push_back(law.sigma * std::sqrt(inverse(j, j)));
    law.inverse.push_back(ListOf(inverse.row(j)));
    law.range.push_back({x.col(j).minCoeff(), x.col(j).maxCoeff()});
  }
  return law;
}

SizePrediction PredictSize(const SizeLaw& law, const std::vector<double>& features) {
  SizePrediction prediction;
  prediction.log10_total = law.intercept;
  double distance = 1 / static_cast<double>(law.models);
  for (std::size_t i = 0; i < features.size(); ++i) {
    prediction.log10_total += law.slopes[i] * features[i];
    for (std::size_t j = 0; j < features.size(); ++j)
      distance += (features[i] - law.means[i]) * law.inverse[i][j] * (features[j] - law.means[j]);
    const auto [least, most] = law.range[i];
    if (features[i] >= least && features[i] <= most) continue;
    prediction.warnings.push_back(fmt::format(
        "{} {:.4g} lies outside the open models' {:.4g} to {:.4g}: an extrapolation, of which the "
        "interval knows nothing",
        law.features[i], features[i], least, most));
  }
  const auto freedom = static_cast<double>(law.models - features.size() - 1);
  constexpr double kTail = 1 - 0.95;  // not 0.05: results keep their last digit
  const double half = StudentQuantile(kTail, freedom) * law.sigma * std::sqrt(1 + distance);
  prediction.low90 = prediction.log10_total - half;
  prediction.high90 = prediction.log10_total + half;
  return prediction;
}

SizeErrors SplitErrors(std::vector<SizedModel> models, bool nonnegative, std::uint32_t seed) {
  std::stable_sort(models.begin(), models.end(), [](const SizedModel& a, const SizedModel& b) {
    return Lower(a.name) < Lower(b.name);
  });
  constexpr int kSplits = 5;
  constexpr std::size_t kHeldOut = 5;
  std::mt19937 random(seed);
  SizeErrors mean;
  for (int split = 0; split < kSplits; ++split) {
    const std::vector<std::size_t> order = Permutation(models.size(), random);
    std::vector<SizedModel> held, rest;
    for (std::size_t i = 0; i < order.size(); ++i)
      (i < kHeldOut ? held : rest).push_back(models[order[i]]);
    const Line line = Solve(rest, nonnegative);
    const Vector y = LogSizes(held);
    double squares = 0, absolute = 0, square = 0;
    for (const SizedModel& model : held) {
      const double predicted = line.Of(model.features);
      const double error = std::pow(10, predicted) - model.total;
      squares += std::pow(std::log10(model.total) - predicted, 2);
      absolute += std::abs(error);
      square += error * error;
    }
    mean.r2 += (1 - squares / (y.array() - y.mean()).square().sum()) / kSplits;
    mean.mae += absolute / kHeldOut / kSplits;
    mean.rmse += std::sqrt(square / kHeldOut) / kSplits;
  }
  return mean;
}

LeftOutErrors LeaveModelsOut(const std::vector<SizedModel>& models, bool nonnegative) {
  std::map<std::string, std::vector<std::size_t>> groups;
  for (std::size_t i = 0; i < models.size(); ++i) groups[std::to_string(i)] = {i};
  return LeaveOut(models, groups, nonnegative);
}

std::optional<LeftOutErrors> LeaveVendorsOut(const std::vector<SizedModel>& models,
                                             bool nonnegative) {
  std::map<std::string, std::vector<std::size_t>> groups;
  for (std::size_t i = 0; i < models.size(); ++i)
    groups[models[i].vendor.empty() ? models[i].name : models[i].vendor].push_back(i);
  if (groups.size() < 3 || groups.size() == models.size()) return std::nullopt;
  return LeaveOut(models, groups, nonnegative);
}

SizePrediction Combine(const std::vector<SizePrediction>& single,
                       const std::vector<std::vector<double>>& correlation) {
  const Index k = Size(single.size());
  Vector estimate(k), error(k);
  SizePrediction all;
  for (Index i = 0; i < k; ++i) {
    const SizePrediction& one = single[static_cast<std::size_t>(i)];
    estimate[i] = one.log10_total;
    error[i] = (one.high90 - one.low90) / 2 / kNormalQuantile95;
    all.warnings.insert(all.warnings.end(), one.warnings.begin(), one.warnings.end());
  }
  Matrix covariance(k, k);
  for (Index i = 0; i < k; ++i)
    for (Index j = 0; j < k; ++j)
      covariance(i, j) = error[i] * error[j] *
                         correlation[static_cast<std::size_t>(i)][static_cast<std::size_t>(j)];
  const Vector weight = SolveSymmetric(covariance, Vector::Ones(k));
  const double half = kNormalQuantile95 / std::sqrt(weight.sum());
  all.log10_total = weight.dot(estimate) / weight.sum();
  all.low90 = all.log10_total - half;
  all.high90 = all.log10_total + half;
  return all;
}

}  // namespace perflaw
