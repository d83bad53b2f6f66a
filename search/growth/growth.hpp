// The growth of one dense model to one target, as a function of the moment of the switch.
#pragma once

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <utility>

#include "engine/number/dual.hpp"
#include "search/growth/growth_case.hpp"

namespace perflaw {

// Growth to one target with a budget, as a function of t, the 10^12 tokens before the switch. The budget makes
// S1 T1 + S2 T2 = S2 C constant, so that each term of r falls or rises with t alone and intervals stay tight.
class Growth {
 public:
  Growth(const ExpansionStudy& study, GrowthStage to, Flops budget)
      : study_(&study),
        to_(to),
        whole_(budget / 6 / to.params / kTokensUnit),
        share_(study.from.params / to.params) {}

  double Last() const { return whole_ / share_; }  // where nothing is left for the target
  double Whole() const { return whole_; }
  // The moments at which all tokens, before and after, are from `least` to `most` (10^12). Range: `to` is no smaller.
  std::pair<double, double> WithTokens(double least, double most) const {
    constexpr double kAll = std::numeric_limits<double>::infinity();
    if (share_ >= 1)
      return least <= whole_ && whole_ <= most ? std::pair{0.0, kAll} : std::pair{kAll, 0.0};
    return {(least - whole_) / (1 - share_), (most - whole_) / (1 - share_)};
  }

  template <class R>
  R Ratio(const R& t) const {
    using std::exp;
    const R whole(whole_), share(share_);
    const R late = exp(R(-10) * (whole - share * t));
    return whole / (whole + R(1 - share_) * t) - share * t * (late / (R(1) + late));
  }

  // The raw score where r is `ratio`; r in [0, 1].
  template <class R>
  R RawAt(const R& t, const R& ratio) const {
    using std::log;
    const auto grown = [&](double a, double b) { return log(R(a) + R(b - a) * ratio); };
    LawInput<R> in{};
    in.log_layers = grown(study_->from.layers, to_.layers);
    in.log_hidden = grown(study_->from.hidden, to_.hidden);
    in.log_ffn = in.log_widest_ffn = grown(study_->from.ffn, to_.ffn);
    in.log_tokens = log(R(whole_) + R(1 - share_) * t);
    in.log_total = in.log_active =
        grown(study_->from.params / kParamsUnit, to_.params / kParamsUnit);
    in.gamma = R(study_->gamma);
    return EvaluateLaw(study_->law, Form::kDense, in, kNotSaturating).raw;
  }

  SwitchMoment At(double t) const {
    SwitchMoment m{t * kTokensUnit, std::max(0.0, whole_ - share_ * t) * kTokensUnit, Ratio(t), {}};
    m.raw = ScoreOf(m);
    return m;
  }
  std::optional<double> ScoreOf(const SwitchMoment& m) const {
    GrowthStage from = study_->from, to = to_;
    from.tokens = m.from_tokens;
    to.tokens = m.to_tokens;
    return ExpansionScore(study_->law, from, to, study_->gamma);
  }
  double Raw(double t) const {
    return At(t).raw.value_or(-std::numeric_limits<double>::infinity());
  }

  // At least the score at every moment in [a, b]; -inf where r is outside [0, 1] on all of it.
  double UpperBound(double a, double b) const {
    const Interval t(a, b);
    Interval ratio = Ratio(t);
    if (ratio.hi < 0 || ratio.lo > 1) return -std::numeric_limits<double>::infinity();
    ratio = Intersect(ratio, {0, 1});
    return RawAt(t, ratio).hi;
  }

  // d raw / d t; NaN outside the formula.
  double Slope(double t) const {
    using D = Dual<1>;
    const D at = D::Variable(t, 0), ratio = Ratio(at);
    if (!(ratio.value >= 0 && ratio.value <= 1)) return NAN;
    return RawAt(at, ratio).d[0];
  }

 private:
  const ExpansionStudy* study_;
  GrowthStage to_;
  double whole_, share_;  // C in 10^12 tokens, S1/S2
};

}  // namespace perflaw
