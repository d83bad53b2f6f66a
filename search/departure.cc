#include "search/departure.hpp"

#include <cmath>
#include <limits>

namespace perflaw {
namespace {

constexpr double kFalseAlarms = 0.005;
constexpr std::size_t kPartPoints = 4;  // fewest before and after a departure

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

// Whether the scores themselves fall at `at` (a step) or stop rising after it (a bend), as no law's wrong slope
// makes them.
bool ScoresGiveWay(const std::vector<Sample>& run, std::size_t at, bool step, double sigma) {
  const auto measured = [&](std::size_t i) { return run[i].expected + run[i].residual; };
  if (step) {
    double fall = 0;
    for (std::size_t i = 0; i < kPartPoints; ++i)
      fall += (measured(at - 1 - i) - measured(at + i)) / double(kPartPoints);
    return fall > 2 * sigma * std::sqrt(2 / double(kPartPoints));
  }
  Column t, y;
  for (std::size_t i = at; i < run.size(); ++i) {
    t.push_back(run[i].log_tokens);
    y.push_back(measured(i));
  }
  const double due = (run.back().expected - run[at].expected) / (t.back() - t.front());
  const Line line = FitLine(t, y, sigma);
  return line.slope < 0.25 * due && line.slope + 2 * line.error < due;
}

}  // namespace

std::optional<Departure> FindDeparture(const std::vector<Sample>& run) {
  if (run.size() < 2 * kPartPoints) return std::nullopt;
  const Column y = Residuals(run);
  const Basis course = Trend(run, 1, true);
  const std::size_t last = run.size() - kPartPoints;
  const double candidates = 2 * double(last - kPartPoints + 1);
  const double critical =
      StudentQuantile(kFalseAlarms / candidates, double(run.size() - course.Size() - 1));
  std::optional<Departure> best;
  double least = std::numeric_limits<double>::infinity();
  for (std::size_t at = kPartPoints; at <= last; ++at) {
    for (const bool step : {true, false}) {
      Column change(run.size());
      for (std::size_t i = at; i < run.size(); ++i)
        change[i] = step ? 1 : run[i].log_tokens - run[at].log_tokens;
      const auto effect = Estimate(course, change, y, run);
      if (!effect || effect->squares >= least || -effect->value < critical * effect->error)
        continue;
      if (!ScoresGiveWay(run, at, step, effect->sigma)) continue;
      least = effect->squares;
      best = Departure{std::exp(run[at].log_tokens), -effect->value * change.back(), step};
    }
  }
  return best;
}

}  // namespace perflaw
