#include "search/health/health.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "search/health/course.hpp"
#include "search/health/departure.hpp"
#include "search/statistics/distributions.hpp"
#include "search/statistics/quantiles.hpp"

namespace perflaw {
namespace {

constexpr double kAtChance = 28;  // chance and its noise: 25 to 28
constexpr double kEmerged = 35;   // by then a curve that started at chance has left it behind
constexpr double kReal = 2;       // MMLU points below which a shift is of no concern
constexpr std::size_t kTellingPoints = 8;  // of references, to tell a trend

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

// A run's first departure, and whether it is one from the references' course.
struct Finding {
  Departure departure;
  bool beside_references = false;
};

// `run`: all its informative samples. Where references tell what a healthy curve does, only they are asked.
std::optional<Finding> FindIn(const std::vector<Sample>& run, const Evidence& evidence) {
  const auto split = evidence.samples.begin() + static_cast<std::ptrdiff_t>(evidence.run_points);
  const std::vector<Sample> beside(evidence.samples.begin(), split);
  const std::vector<Sample> references(split, evidence.samples.end());
  const bool told =
      evidence.overlap && beside.size() >= kTellingPoints && references.size() >= kTellingPoints;
  if (told)
    if (const auto found = FindDeparture(beside, references)) return Finding{*found, true};
  const auto found = FindDeparture(run);
  if (!found) return std::nullopt;
  const double onset = run[found->at].log_tokens;
  const bool asked =
      told && onset >= beside.front().log_tokens && onset <= beside.back().log_tokens;
  if (asked) return std::nullopt;  // the references do it as well
  return Finding{*found, false};
}

// What comes after a break speaks of neither the noise nor the level that the run had.
void KeepBefore(const Departure& departure, Evidence& evidence, std::vector<std::string>& notes) {
  const auto broken = [&](const Sample& s) {
    return s.curve == 0 && s.log_tokens >= std::log(departure.onset) - 1e-12;
  };
  const auto out = static_cast<std::size_t>(
      std::count_if(evidence.samples.begin(), evidence.samples.end(), broken));
  // References of other tokens than the run's first may leave nothing to compare.
  if (out == 0 || out >= evidence.run_points) return;
  std::erase_if(evidence.samples, broken);
  evidence.run_points -= out;
  notes.push_back(fmt::format("gamma, noise and band are of the {} checkpoints before that",
                              evidence.run_points));
}

Level AgainstLaw(const Law& law, const std::vector<Sample>& run) {
  Level level;
  level.other = law.sigma;
  // One score has no noise of its own to go by.
  if (run.size() == 1) {
    level.sigma = level.error = BinomialSigma(run);
    level.shift = -run.front().residual;
    level.freedom = 1000;
    return level;
  }
  const auto mean =
      Regression(Trend(run, TrendDegree(run.size()), false), run).Of(Column(run.size(), 1));
  level.shift = -mean->value;
  level.error = mean->error;
  level.sigma = mean->sigma;
  level.freedom = mean->freedom;
  return level;
}

// The run's level less the references': the law's shape error cancels.
std::optional<Effect> Apart(const Evidence& evidence) {
  const auto split = evidence.samples.begin() + static_cast<std::ptrdiff_t>(evidence.run_points);
  const std::vector<Sample> run(evidence.samples.begin(), split);
  const std::vector<Sample> references(split, evidence.samples.end());
  if (evidence.overlap && run.size() >= kTellingPoints && references.size() >= kTellingPoints) {
    const Difference d = Beside(run, references);
    return Regression(Basis(), d).Of(Column(run.size(), 1));
  }
  // Few scores share a trend; where the tokens differ so much that a trend would hide the shift, a plainer one.
  const std::vector<Sample>& samples = evidence.samples;
  Column is_run;
  for (const Sample& s : samples) is_run.push_back(s.curve == 0 ? 1 : 0);
  std::optional<Effect> effect;
  for (int degree = evidence.overlap ? TrendDegree(samples.size()) : 0; degree >= 0 && !effect;
       --degree)
    effect = Regression(Trend(samples, degree, true), samples).Of(is_run);
  return effect;
}

Level AgainstReferences(const Law& law, const Evidence& evidence) {
  const std::vector<Sample>& samples = evidence.samples;
  const std::optional<Effect> effect = Apart(evidence);
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
  level.spread = offsets.size() > 1 ? StandardDeviation(offsets) : 0;
  const double shape = healthy.size() > 1 ? StandardDeviation(healthy) : 0;
  const double misfit = std::sqrt(std::max(0.0, shape * shape - level.sigma * level.sigma));
  level.other = evidence.overlap ? std::hypot(level.spread, misfit) : law.sigma;
  return level;
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

  void OnDeparture(const Finding& finding) {
    const Departure& d = finding.departure;
    const bool deep = d.depth > kReal;
    if (finding.beside_references) {
      return Say(deep ? Verdict::kAbnormal : Verdict::kSuspect,
                 fmt::format("the curve {} at {:.4g} tokens and ends {:.1f} MMLU under the "
                             "references' course",
                             d.step ? "falls" : "bends down", d.onset, d.depth));
    }
    const std::string where =
        fmt::format("the curve {} at {:.4g} tokens and ends {:.1f} MMLU under its earlier course",
                    d.step ? "falls" : "stops rising", d.onset, d.depth);
    if (d.fall > kReal && deep)
      return Say(Verdict::kAbnormal, where + fmt::format("; the scores fall by {:.1f}", d.fall));
    Say(Verdict::kSuspect,
        where +
            "; healthy curves level off too, and only a --reference tells whether this one should");
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

std::string_view VerdictName(Verdict verdict) {
  constexpr std::string_view kNames[] = {"healthy", "suspect", "abnormal"};
  return kNames[static_cast<int>(verdict)];
}

Health CheckHealth(const Law& law, const TrainedModel& model, const Curve& run,
                   const std::vector<Curve>& references) {
  const Expectation expectation{law, model};
  Health report;
  std::vector<std::string> notes;
  Judge judge(report);
  Evidence evidence = Collect(expectation, run, references, notes);
  std::vector<Sample> own;
  for (std::size_t i = Emergence(run); i < run.size(); ++i)
    own.push_back(expectation.SampleOf(run[i], 0));
  const std::optional<Finding> finding = FindIn(own, evidence);
  if (finding) KeepBefore(finding->departure, evidence, notes);
  Level level;
  level.other = law.sigma;
  if (evidence.run_points == 0) {
    judge.Say(
        Verdict::kHealthy,
        "no score has left chance, which says nothing about gamma: released models of 1B "
        "stay there for 3T tokens; give a --reference that has left it, or later checkpoints");
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
  if (own.size() < run.size()) {
    notes.push_back(
        fmt::format("{} checkpoints before the curve leaves chance were not samples with the "
                    "law, which has no plateau",
                    run.size() - own.size()));
  }
  if (finding) {
    report.onset_tokens = finding->departure.onset;
    judge.OnDeparture(*finding);
  }
  report.reasons.insert(report.reasons.end(), notes.begin(), notes.end());
  report.offset = level.offset;
  report.noise_sigma = level.sigma;
  SetCurve(expectation, run, level, report);
  return report;
}

}  // namespace perflaw
