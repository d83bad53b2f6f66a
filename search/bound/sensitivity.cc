#include "search/bound/sensitivity.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>

#include "search/base/control.hpp"
#include "search/base/error.hpp"
#include "search/bound/best_first.hpp"

namespace perflaw {
namespace {

constexpr double kOnePercent = 1.01, kLargestFactor = 16, kPrecise = 1.005;

// Gives a study `factor` times the room under one limit (factor >= 1); returns by how much the limit moved, as a
// share of it.
using Loosen = std::function<double(Study& study, double factor)>;

Loosen OfLimit(const Limit& limit) {
  return [limit](Study& study, double factor) {
    const double moved = limit.is_max ? factor : 1 / factor;
    for (Limit& l : study.limits) {
      if (l.metric == limit.metric && l.is_max == limit.is_max) l.limit = limit.limit * moved;
    }
    return moved - 1;
  };
}

// The first or last value of a range, by whole steps and at least one.
Loosen OfAxisEnd(std::size_t axis, bool last) {
  return [axis, last](Study& study, double factor) {
    const Axis& old = study.space.axes[axis];
    const Count step = old[1] - old[0], from = old[0], to = old[old.size() - 1];
    const auto end = static_cast<double>(last ? to : from);
    const double wanted = std::abs(end - end * (last ? factor : 1 / factor));
    Count steps = std::max<Count>(1, std::llround(wanted / static_cast<double>(step)));
    if (!last) steps = std::min(steps, (from - 1) / step);
    if (steps == 0) return 0.0;
    study.space.axes[axis] =
        last ? Axis(from, to + steps * step, step) : Axis(from - steps * step, to, step);
    return static_cast<double>(steps * step) / end * (last ? 1 : -1);
  };
}

Loosen OfDomain(std::size_t feature, bool is_max) {
  return [feature, is_max](Study& study, double factor) {
    Domain::Range& range = study.law.domain.box[feature];
    const double moved = is_max ? factor : 1 / factor;
    (is_max ? range.max : range.min) *= moved;
    return moved - 1;
  };
}

struct Asked {
  std::string name;
  Loosen loosen;
  bool is_listed_idle = true;  // even where no room under it brings anything
};

// Limits by feature, of which most are idle.
void AddDomain(std::vector<Asked>& all) {
  for (std::size_t f = 0; f < kFeatures; ++f) {
    for (const bool is_max : {false, true}) {
      const std::string name = fmt::format(
          "domain.{}.{}", FeatureName(Feature{static_cast<int>(f)}), is_max ? "max" : "min");
      all.push_back({name, OfDomain(f, is_max), false});
    }
  }
}

std::vector<Asked> AllLimits(const ObjectiveFunction& objective, const Design& best) {
  const Study& study = objective.study();
  std::vector<Asked> all;
  for (const Rule& rule : objective.Rules()) {
    const bool positive = rule.limit && rule.limit->limit > 0;  // else there is no share of it
    if (positive && rule.kind != Rule::Kind::kMaxTokens)
      all.push_back({rule.name, OfLimit(*rule.limit)});
  }
  if (study.budget.train_flops) {
    all.push_back({"budget", [](Study& s, double factor) {
                     *s.budget.train_flops *= factor;
                     return factor - 1;
                   }});
  }
  if (study.budget.max_tokens) {
    all.push_back({"max_tokens", [](Study& s, double factor) {
                     *s.budget.max_tokens *= factor;
                     return factor - 1;
                   }});
  }
  if (study.inside_domain) AddDomain(all);
  for (std::size_t i = 0; i < kAxes; ++i) {
    const Axis& axis = study.space.axes[i];
    const bool multipliers = i == kFfnAxis && !study.space.ffn_times_hidden.empty();
    if (!axis.IsRange() || axis.size() < 2 || multipliers) continue;
    const std::string name(kAxisNames[i]);
    if (best.point[i] == axis[0]) all.push_back({name + ".from", OfAxisEnd(i, false)});
    if (best.point[i] == axis[axis.size() - 1]) all.push_back({name + ".to", OfAxisEnd(i, true)});
  }
  return all;
}

class Solver {
 public:
  Solver(const ObjectiveFunction& objective, double score, int threads, Control& control)
      : objective_(objective),
        study_(objective.study()),
        score_(score),
        threads_(threads),
        control_(control) {
    study_.front.clear();
  }

  // Nothing where the limit is idle and need not be listed.
  std::optional<Sensitivity> Of(const Asked& asked) {
    if (!asked.is_listed_idle && !(Gain(asked, kLargestFactor).first > 0)) return std::nullopt;
    Sensitivity found{asked.name, 0, std::nullopt};
    const auto [gain, moved] = Gain(asked, kOnePercent);
    if (moved != 0) found.mmlu_per_percent = gain / (100 * std::abs(moved));
    found.change_for_plus_one = ChangeForPlusOne(asked);
    return found;
  }

 private:
  // More budget may bring less again, as more tokens break another limit: so from little room to much.
  std::optional<double> ChangeForPlusOne(const Asked& asked) {
    double little = 1, enough = kOnePercent;
    while (!control_.stop) {
      const double wanted = enough;
      while (enough > little * kPrecise && !CanBeAsked(asked, enough))
        enough = std::sqrt(little * enough);
      if (Gain(asked, enough).first >= 1) return LeastChange(asked, little, enough);
      if (enough < wanted || enough >= kLargestFactor) return std::nullopt;
      little = enough;
      enough = std::min(1 + 2 * (enough - 1), kLargestFactor);
    }
    return std::nullopt;
  }

  double LeastChange(const Asked& asked, double little, double enough) {
    while (enough / little > kPrecise && !control_.stop) {
      const double middle = std::sqrt(enough * little);
      (Gain(asked, middle).first < 1 ? little : enough) = middle;
    }
    return Gain(asked, enough).second;
  }

  // What the best gains, and by how much the limit moved.
  std::pair<double, double> Gain(const Asked& asked, double factor) {
    Study looser = study_;
    const double moved = asked.loosen(looser, factor);
    if (moved == 0 || !CanBeAsked(asked, factor)) return {0, 0};
    const Merit best = BestOf(looser, threads_, control_);
    // More budget means more tokens, which may break another limit for every point.
    return {best.index < 0 ? 0 : objective_.ToUser(best.value) - score_, moved};
  }

  // A study may become larger than what can be counted.
  bool CanBeAsked(const Asked& asked, double factor) const {
    Study looser = study_;
    asked.loosen(looser, factor);
    try {
      return looser.space.CheckedSize() && !ObjectiveFunction(looser).Rules().empty();
    } catch (const InputError&) {
      return false;
    }
  }

  const ObjectiveFunction& objective_;
  Study study_;
  double score_;
  int threads_;
  Control& control_;
};

}  // namespace

std::vector<Sensitivity> FindSensitivity(const ObjectiveFunction& objective,
                                         const SearchSummary& summary, int threads,
                                         Control& control) {
  const Study& study = objective.study();
  if (!study.objective.IsScore() || summary.best.empty() ||
      study.space.token_rule == TokenRule::kLeast)
    return {};
  const Design& best = summary.best.front();
  Solver solver(objective, objective.ToUser(objective.MeritOf(best).value), threads, control);
  std::vector<Sensitivity> all;
  for (const Asked& asked : AllLimits(objective, best)) {
    if (auto found = solver.Of(asked)) all.push_back(*std::move(found));
    if (control.stop) return {};
  }
  return all;
}

}  // namespace perflaw
