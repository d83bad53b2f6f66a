#include "search/health/departure.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "search/statistics/distributions.hpp"
#include "search/statistics/quantiles.hpp"

namespace perflaw {
namespace {

constexpr double kFalseAlarms = 0.005;
constexpr std::size_t kPartPoints = 4;  // fewest before and after a departure
constexpr std::size_t kMostPlaces = 200;
constexpr int kCourse = 1;  // degree of the course that is left

// A straight course, and its slope's error.
struct Line {
  double slope = 0, error = 0;
};
Line FitLine(const Column& t, const Column& y, double sigma) {
  const double tm = Mean(t), ym = Mean(y);
  double tt = 0, ty = 0;
  for (std::size_t i = 0; i < t.size(); ++i) {
    tt += (t[i] - tm) * (t[i] - tm);
    ty += (t[i] - tm) * (y[i] - ym);
  }
  return {ty / tt, sigma / std::sqrt(tt)};
}

struct Place {
  std::size_t at;
  bool step;
  double sigma, beyond_noise;  // of one score; in errors of a fall
};

// How the scores themselves go on at a place.
struct Scores {
  double fall = 0;        // 0 within noise
  bool give_way = false;  // fall, or stop rising, as no law's wrong slope makes them
};

Scores AtStep(const std::vector<Sample>& run, const Place& place) {
  // In dense runs more points tell a fall from the noise.
  const std::size_t n =
      std::min({std::max(kPartPoints, run.size() / 20), place.at, run.size() - place.at});
  double fall = 0;
  for (std::size_t i = 0; i < n; ++i)
    fall += (run[place.at - 1 - i].Measured() - run[place.at + i].Measured()) / double(n);
  const double error = place.sigma * std::sqrt(2 / double(n));
  return {fall > place.beyond_noise * error ? fall : 0, fall > 2 * error};
}

Scores AfterBend(const std::vector<Sample>& run, const Place& place) {
  Column t, y;
  for (std::size_t i = place.at; i < run.size(); ++i) {
    t.push_back(run[i].log_tokens);
    y.push_back(run[i].Measured());
  }
  const double length = t.back() - t.front();
  const double due = (run.back().expected - run[place.at].expected) / length;
  const Line line = FitLine(t, y, place.sigma);
  return {line.slope < -place.beyond_noise * line.error ? -line.slope * length : 0,
          line.slope < 0.25 * due && line.slope + 2 * line.error < due};
}

std::optional<Departure> Search(const std::vector<Sample>& run, const Regression& regression,
                                bool alone) {
  const std::size_t last = run.size() - kPartPoints;
  const std::size_t stride = 1 + (last - kPartPoints) / kMostPlaces;
  const std::size_t places = (last - kPartPoints) / stride + 1;
  const double candidates = 2 * double(places);
  const auto freedom = double(run.size() - kCourse - 2);
  const double critical = StudentQuantile(kFalseAlarms / candidates, freedom);
  const double beyond_noise = StudentQuantile(kFalseAlarms, freedom);
  std::optional<Departure> best;
  double least = std::numeric_limits<double>::infinity();
  for (std::size_t at = kPartPoints; at <= last; at += stride) {
    for (const bool step : {true, false}) {
      Column change(run.size());
      for (std::size_t i = at; i < run.size(); ++i)
        change[i] = step ? 1 : run[i].log_tokens - run[at].log_tokens;
      const auto effect = regression.Of(change);
      if (!effect || effect->squares >= least || -effect->value < critical * effect->error)
        continue;
      const Place place{at, step, effect->sigma, beyond_noise};
      const Scores scores = step ? AtStep(run, place) : AfterBend(run, place);
      if (alone && !scores.give_way) continue;
      least = effect->squares;
      best = Departure{at, std::exp(run[at].log_tokens), -effect->value * change.back(),
                       scores.fall, step};
    }
  }
  return best;
}

}  // namespace

std::optional<Departure> FindDeparture(const std::vector<Sample>& run) {
  if (run.size() < 2 * kPartPoints) return std::nullopt;
  return Search(run, Regression(Trend(run, kCourse, true), run), true);
}

std::optional<Departure> FindDeparture(const std::vector<Sample>& run,
                                       const std::vector<Sample>& references) {
  if (run.size() < 2 * kPartPoints || references.size() < 2 * kPartPoints) return std::nullopt;
  const Difference difference = Beside(run, references);
  const Regression regression(Trend(run, kCourse, true), difference);
  return Search(run, regression, false);
}

}  // namespace perflaw
