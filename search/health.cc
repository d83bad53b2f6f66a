#include "search/health.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

namespace perflaw {
namespace {

constexpr double kPi = 3.141592653589793;
constexpr double kNormalQuantile95 = 1.6448536269514722;
constexpr double kQuestions = 14042;  // of MMLU's test set
constexpr double kAtChance = 28;      // chance and its noise: 25 to 28
constexpr double kEmerged = 35;       // by then a curve that started at chance has left it behind
constexpr double kReal = 2;           // MMLU points below which a shift is of no concern
constexpr double kFalseAlarms = 0.005;
constexpr std::size_t kPartPoints = 4;  // fewest before and after a departure

using Column = std::vector<double>;

double Dot(const Column& a, const Column& b) {
  return std::inner_product(a.begin(), a.end(), b.begin(), 0.0);
}

// One score as the law sees it.
struct Sample {
  double log_tokens, expected, residual;  // residual = unbounded measured - raw at gamma 1
  std::size_t curve;                      // 0 the run, then the references
};

// Columns made orthogonal one by one; what is left of a column that adds nothing is dropped.
class Basis {
 public:
  Column Rest(Column column) const {
    for (const Column& q : columns_) {
      const double share = Dot(q, column) / Dot(q, q);
      for (std::size_t i = 0; i < column.size(); ++i) column[i] -= share * q[i];
    }
    return column;
  }
  void Add(const Column& column) {
    Column rest = Rest(column);
    if (Dot(rest, rest) > kNothing * Dot(column, column)) columns_.push_back(std::move(rest));
  }
  std::size_t Size() const { return columns_.size(); }

  static constexpr double kNothing = 1e-9;

 private:
  std::vector<Column> columns_;
};

// How much wider a mean's error is than for independent scores: 1 unless neighbours' rests agree more than
// chance would let them.
double Persistence(const Column& rest, const std::vector<Sample>& samples) {
  double product = 0;
  for (std::size_t i = 1; i < rest.size(); ++i) {
    if (samples[i].curve == samples[i - 1].curve) product += rest[i] * rest[i - 1];
  }
  const double square = Dot(rest, rest);
  const double correlation = square > 0 ? std::min(0.95, product / square) : 0;
  if (correlation < 2 / std::sqrt(double(rest.size()))) return 1;
  return std::sqrt((1 + correlation) / (1 - correlation));
}

double BinomialSigma(const std::vector<Sample>& samples) {
  double mean = 0;
  for (const Sample& s : samples)
    mean += std::clamp((s.expected + s.residual) / 100, 0.25, 0.99) / double(samples.size());
  return 100 * std::sqrt(mean * (1 - mean) / kQuestions);
}

// The coefficient of `column` beside `basis`, and its error.
struct Effect {
  double value = 0, error = 0, sigma = 0, freedom = 1, squares = 0;
};
std::optional<Effect> Estimate(Basis basis, const Column& column, const Column& y,
                               const std::vector<Sample>& samples) {
  const Column q = basis.Rest(column);
  const double norm = Dot(q, q);
  if (!(norm > Basis::kNothing * Dot(column, column))) return std::nullopt;
  basis.Add(column);
  if (basis.Size() >= y.size()) return std::nullopt;
  Effect effect;
  effect.value = Dot(q, y) / norm;
  const Column rest = basis.Rest(y);
  effect.squares = Dot(rest, rest);
  effect.freedom = double(y.size() - basis.Size());
  effect.sigma = std::max(std::sqrt(effect.squares / effect.freedom), BinomialSigma(samples));
  effect.error = effect.sigma / std::sqrt(norm) * Persistence(rest, samples);
  return effect;
}

// Powers 0 to `degree` of the centred ln tokens. The law's own slope is off for real curves.
Basis Trend(const std::vector<Sample>& samples, int degree, bool with_constant) {
  Column t, power(samples.size(), 1);
  double mean = 0;
  for (const Sample& s : samples) mean += s.log_tokens / double(samples.size());
  for (const Sample& s : samples) t.push_back(s.log_tokens - mean);
  Basis ones, basis;
  ones.Add(power);
  if (with_constant) basis.Add(power);
  for (int k = 1; k <= degree; ++k) {
    for (std::size_t i = 0; i < t.size(); ++i) power[i] *= t[i];
    // Free of the constant, so that the constant's coefficient stays the mean.
    basis.Add(ones.Rest(power));
  }
  return basis;
}

int TrendDegree(std::size_t points) { return points >= 8 ? 2 : points >= 5 ? 1 : 0; }

Column Residuals(const std::vector<Sample>& samples) {
  Column y;
  for (const Sample& s : samples) y.push_back(s.residual);
  return y;
}

double Mean(const Column& values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / double(values.size());
}

// The first informative point of a curve: none is lost where it starts above chance, all up to its emergence
// where it starts at chance.
std::size_t Emergence(const Curve& curve) {
  if (curve.front().mmlu >= kAtChance) return 0;
  std::size_t i = 0;
  // A single lucky score is no emergence.
  while (i < curve.size() &&
         !(curve[i].mmlu >= kEmerged && (i + 1 == curve.size() || curve[i + 1].mmlu >= kEmerged)))
    ++i;
  return i;
}

struct Expectation {
  const Law& law;
  TrainedModel model;

  LawTerms<double> At(Tokens tokens) const {
    TrainedModel m = model;
    m.tokens = tokens;
    return EvaluateLaw(law, m.form, ToLawInput(m, 1));
  }
  Sample SampleOf(const CurvePoint& p, std::size_t curve) const {
    const double raw = At(p.tokens).raw;
    return {std::log(p.tokens), raw, RawBehind(law, p.mmlu) - raw, curve};
  }
};

// The scores that speak about gamma, curve after curve, the run's first.
struct Evidence {
  std::vector<Sample> samples;
  std::size_t run_points = 0, references = 0;
  bool overlap = true;  // of the run's tokens with the references'
};

struct Level {
  double offset = 0, shift = 0, error = 0, sigma = 0, freedom = 1;
  double other =
      0;  // what the noise does not hold: the law's error, or the references' spread and the law's shape
  double spread = 0;  // of the references
};

Evidence Collect(const Expectation& expectation, const Curve& run,
                 const std::vector<Curve>& references, std::vector<std::string>& notes) {
  Evidence evidence;
  std::vector<Sample> healthy;
  for (const Curve& reference : references) {
    const std::size_t first = Emergence(reference);
    if (first == reference.size()) {
      notes.emplace_back("a reference that never leaves chance was not used");
      continue;
    }
    ++evidence.references;
    for (std::size_t i = first; i < reference.size(); ++i)
      healthy.push_back(expectation.SampleOf(reference[i], evidence.references));
  }
  std::size_t first = Emergence(run);
  std::vector<Sample> own;
  if (!healthy.empty()) {
    const auto [low, high] = std::minmax_element(
        healthy.begin(), healthy.end(),
        [](const Sample& a, const Sample& b) { return a.log_tokens < b.log_tokens; });
    const double slack = 0.05, from = low->log_tokens - slack, to = high->log_tokens + slack;
    for (const CurvePoint& p : run) {
      const Sample s = expectation.SampleOf(p, 0);
      if (s.log_tokens >= from && s.log_tokens <= to) own.push_back(s);
    }
    evidence.overlap = own.size() >= 2;
  }
  if (healthy.empty() || !evidence.overlap) {
    own.clear();
    for (; first < run.size(); ++first) own.push_back(expectation.SampleOf(run[first], 0));
  } else if (own.size() < run.size()) {
    notes.push_back(fmt::format(
        "{} of {} checkpoints lie where a reference has informative scores; gamma is of these",
        own.size(), run.size()));
  }
  evidence.run_points = own.size();
  evidence.samples = std::move(own);
  evidence.samples.insert(evidence.samples.end(), healthy.begin(), healthy.end());
  return evidence;
}

double Sigma(const Column& values) {
  double sum = 0;
  for (const double v : values) sum += (v - Mean(values)) * (v - Mean(values));
  return std::sqrt(sum / double(values.size() - 1));
}

Level AgainstLaw(const Law& law, const std::vector<Sample>& run) {
  const Column y = Residuals(run);
  Level level;
  level.other = law.sigma;
  // One score has no noise of its own to go by.
  if (run.size() == 1) {
    level.sigma = level.error = BinomialSigma(run);
    level.shift = -y.front();
    level.freedom = 1000;
    return level;
  }
  const auto mean =
      Estimate(Trend(run, TrendDegree(run.size()), false), Column(run.size(), 1), y, run);
  level.shift = -mean->value;
  level.error = mean->error;
  level.sigma = mean->sigma;
  level.freedom = mean->freedom;
  return level;
}

// The run's own constant beside a trend that it shares with the references: the law's shape error cancels.
Level AgainstReferences(const Law& law, const Evidence& evidence) {
  const std::vector<Sample>& samples = evidence.samples;
  const Column y = Residuals(samples);
  Column is_run;
  for (const Sample& s : samples) is_run.push_back(s.curve == 0 ? 1 : 0);
  std::optional<Effect> effect;
  // Where the tokens differ so much that a trend would hide the shift, a plainer one is used.
  for (int degree = evidence.overlap ? TrendDegree(samples.size()) : 0; degree >= 0 && !effect;
       --degree)
    effect = Estimate(Trend(samples, degree, true), is_run, y, samples);
  std::vector<Column> by_curve(evidence.references + 1);
  for (const Sample& s : samples) by_curve[s.curve].push_back(s.residual);
  Column offsets, healthy;
  for (std::size_t k = 1; k < by_curve.size(); ++k) {
    offsets.push_back(Mean(by_curve[k]));
    healthy.insert(healthy.end(), by_curve[k].begin(), by_curve[k].end());
  }
  Level level;
  level.offset = Mean(healthy);
  level.shift = -effect->value;
  level.error = effect->error;
  level.sigma = effect->sigma;
  level.freedom = effect->freedom;
  level.spread = offsets.size() > 1 ? Sigma(offsets) : 0;
  const double shape = healthy.size() > 1 ? Sigma(healthy) : 0;
  const double misfit = std::sqrt(std::max(0.0, shape * shape - level.sigma * level.sigma));
  level.other = evidence.overlap ? std::hypot(level.spread, misfit) : law.sigma;
  return level;
}

// Sum of squares about a line, its slope, the slope's error.
struct Line {
  double slope = 0, error = 0, mean = 0;
};
Line FitLine(const Column& t, const Column& y, double sigma) {
  const double tm = Mean(t), ym = Mean(y);
  double tt = 0, ty = 0;
  for (std::size_t i = 0; i < t.size(); ++i) {
    tt += (t[i] - tm) * (t[i] - tm);
    ty += (t[i] - tm) * (y[i] - ym);
  }
  return {ty / tt, sigma / std::sqrt(tt), ym};
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

struct Departure {
  Tokens onset = 0;
  double depth = 0;   // MMLU points missing at the end
  bool step = false;  // a fall at once; else a bend
};
// The sharpest step down or downward bend of the residuals beside a straight course.
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

class Judge {
 public:
  explicit Judge(Health& report) : report_(report) {}
  void Say(Verdict verdict, std::string reason) {
    report_.verdict = std::max(report_.verdict, verdict);
    report_.reasons.push_back(std::move(reason));
  }

  void OnLaw(const Level& level, double law_sigma) {
    const double z = level.shift / law_sigma;
    const std::string where =
        fmt::format("{:.1f} MMLU {} the law at gamma 1, {:.1f} of the law's sigma",
                    std::abs(z * law_sigma), z > 0 ? "under" : "above", std::abs(z));
    if (std::abs(z) <= 2) return Say(Verdict::kHealthy, where + ": within what labs differ by");
    Say(Verdict::kSuspect, where + (z > 0 ? ": more than labs usually differ by, but one curve "
                                            "cannot tell gamma from the lab's "
                                            "offset; give a --reference"
                                          : ": look for test data in the training data"));
  }

  void OnReferences(const Level& level, bool overlap) {
    const double critical = StudentQuantile(0.01, level.freedom) * level.error;
    const double large = kReal + 2 * level.spread;
    const std::string where =
        fmt::format("{:.1f} MMLU {} the references at the same tokens (99 % noise level {:.1f})",
                    std::abs(level.shift), level.shift > 0 ? "under" : "above", critical);
    if (level.shift <= critical) return Say(Verdict::kHealthy, where);
    if (!overlap) {
      return Say(Verdict::kSuspect,
                 fmt::format("{:.1f} MMLU under what the references lead to, but their tokens "
                             "and the run's do not overlap",
                             level.shift));
    }
    if (level.shift <= large)
      return Say(Verdict::kSuspect, where + fmt::format(": beyond noise but under {:.1f}", large));
    Say(Verdict::kAbnormal, where + fmt::format(": beyond noise and above {:.1f}", large));
  }

 private:
  Health& report_;
};

void SetGamma(const Level& level, double scale, Health& report) {
  const auto gamma = [&](double shift) { return std::sqrt(std::max(0.0, 1 + shift / scale)); };
  const double noise = StudentQuantile(0.05, level.freedom) * level.error;
  const double all = std::hypot(noise, kNormalQuantile95 * level.other);
  report.gamma = gamma(level.shift);
  report.gamma_90 = {gamma(level.shift - noise), gamma(level.shift + noise)};
  report.gamma_90_with_law_error = {gamma(level.shift - all), gamma(level.shift + all)};
}

void SetCurve(const Expectation& expectation, const Curve& run, const Level& level,
              Health& report) {
  const double half = kNormalQuantile95 * std::hypot(level.sigma, level.other);
  for (const CurvePoint& p : run) {
    const double raw = expectation.At(p.tokens).raw + level.offset;
    report.points.push_back({p.tokens, p.mmlu, Bounded(expectation.law, raw),
                             Bounded(expectation.law, raw - half),
                             Bounded(expectation.law, raw + half)});
  }
}

}  // namespace

double StudentQuantile(double tail, double freedom) {
  // T = sqrt(freedom) tan(angle) has a density of cos(angle)^(freedom - 1).
  const double norm =
      std::exp(std::lgamma((freedom + 1) / 2) - std::lgamma(freedom / 2)) / std::sqrt(kPi);
  const auto beyond = [&](double angle) {
    constexpr int kSteps = 400;  // even, for Simpson's rule
    const double step = (kPi / 2 - angle) / kSteps;
    double sum = 0;
    for (int i = 0; i <= kSteps; ++i) {
      const double weight = i == 0 || i == kSteps ? 1 : i % 2 == 1 ? 4 : 2;
      sum += weight * std::pow(std::max(0.0, std::cos(angle + i * step)), freedom - 1);
    }
    return norm * sum * step / 3;
  };
  double low = 0, high = kPi / 2;
  for (int i = 0; i < 50; ++i) {
    const double middle = (low + high) / 2;
    (beyond(middle) > tail ? low : high) = middle;
  }
  return std::sqrt(freedom) * std::tan(low);
}

Health CheckHealth(const Law& law, const TrainedModel& model, const Curve& run,
                   const std::vector<Curve>& references) {
  const Expectation expectation{law, model};
  Health report;
  std::vector<std::string> notes;
  Judge judge(report);
  const Evidence evidence = Collect(expectation, run, references, notes);
  Level level;
  level.other = law.sigma;
  if (evidence.run_points == 0) {
    judge.Say(Verdict::kHealthy,
              "no score has left chance, which says nothing about gamma: released models of 7B "
              "stay there for up "
              "to 1T tokens; give a --reference that has left it, or later checkpoints");
  } else {
    level = evidence.references > 0 ? AgainstReferences(law, evidence)
                                    : AgainstLaw(law, evidence.samples);
    const double weight = law.w[0] + law.w[1] + law.w[2] + law.w[3];
    SetGamma(level, -weight * expectation.At(run.back().tokens).log_discount, report);
    if (evidence.references > 0) {
      judge.OnReferences(level, evidence.overlap);
    } else {
      judge.OnLaw(level, law.sigma);
    }
  }
  std::vector<Sample> own;
  for (std::size_t i = Emergence(run); i < run.size(); ++i)
    own.push_back(expectation.SampleOf(run[i], 0));
  if (own.size() < run.size()) {
    notes.push_back(
        fmt::format("{} checkpoints before the curve leaves chance were not compared with the "
                    "law, which has no plateau",
                    run.size() - own.size()));
  }
  if (const auto d = FindDeparture(own)) {
    report.onset_tokens = d->onset;
    judge.Say(
        d->depth > kReal ? Verdict::kAbnormal : Verdict::kSuspect,
        fmt::format("the curve {} at {:.4g} tokens and ends {:.1f} MMLU under its earlier course",
                    d->step ? "falls" : "stops rising", d->onset, d->depth));
  }
  report.reasons.insert(report.reasons.end(), notes.begin(), notes.end());
  report.offset = level.offset;
  report.noise_sigma = level.sigma;
  SetCurve(expectation, run, level, report);
  return report;
}

}  // namespace perflaw
