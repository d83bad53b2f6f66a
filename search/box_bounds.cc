#include "search/box_bounds.hpp"

#include <algorithm>
#include <cmath>

namespace perflaw {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
// Rounding in the scalar path, and its tolerance for a budget, may move a rule's edge by less than this.
constexpr double kMargin = 1e-11;

// The objective over a box as something to maximise, and what its values are as merits.
struct Goals {
  Enclosure form;
  enum Scale { kPlain, kLog, kNegativeLog } scale = kPlain;

  double MeritAt(double value) const {
    switch (scale) {
      case kPlain:
        return value;
      case kLog:
        return std::exp(value) * (1 + 1e-14);
      case kNegativeLog:
        return -std::exp(-value) * (1 - 1e-14);
    }
    return kInfinity;
  }
  // The least form value of a point whose rounded merit is at least this.
  double Needed(double merit) const {
    const double unrounded = merit - 2e-9 - 2e-11 * std::abs(merit);
    switch (scale) {
      case kPlain:
        return unrounded;
      case kLog:
        return unrounded > 0 ? std::log(unrounded) - 1e-13 : -kInfinity;
      case kNegativeLog:
        return unrounded < 0 ? -std::log(-unrounded) - 1e-13 : kInfinity;
    }
    return -kInfinity;
  }
};

// See Domain::Distance.
Enclosure DistanceOf(BoxForms& forms, const Domain& domain, bool moe) {
  Enclosure distance = 0.0;
  const auto exceed = [&](const Enclosure& excess) { distance = -min(-distance, -excess); };
  for (std::size_t f = 0; f < kFeatures; ++f) {
    const Feature feature{static_cast<int>(f)};
    if (feature == Feature::kActiveShare && !moe) continue;
    const Enclosure log_value = forms.Of(feature);
    exceed(log_value - Enclosure(std::log(domain.box[f].max)));
    exceed(Enclosure(std::log(domain.box[f].min)) - log_value);
  }
  return distance;
}

Goals GoalsOf(const FormMaker& maker, BoxForms& forms) {
  const Objective& objective = maker.objective().study().objective;
  switch (objective.goal) {
    case Goal::kShallowest:
      return {-forms.Of(Metric::kLayers).value, Goals::kNegativeLog};
    case Goal::kBalance:
      return {forms.Balance(), Goals::kPlain};
    case Goal::kNearestToDomain:
      return {-DistanceOf(forms, maker.objective().study().law.domain, maker.lattice().moe()),
              Goals::kPlain};
    case Goal::kMetric:
      break;
  }
  const auto [value, is_log] = forms.Of(objective.metric);
  const Goals::Scale scale = !is_log              ? Goals::kPlain
                             : objective.maximize ? Goals::kLog
                                                  : Goals::kNegativeLog;
  return {objective.maximize ? value : -value, scale};
}

// The multiplier >= 0 of one slack that makes the highest point of sum + multiplier x slack lowest: where the
// slope of that convex, piecewise linear function turns.
double BestMultiplier(const Enclosure& sum, const Enclosure& slack) {
  double slope = slack.mid + slack.above;
  std::array<std::pair<double, double>, kPlaneVariables> turns;
  std::size_t count = 0;
  for (std::size_t i = 0; i < kPlaneVariables; ++i) {
    const double s = slack.slope[i];
    if (s == 0) continue;
    const double turn = -sum.slope[i] / s;
    slope += turn > 0 ? -std::abs(s) : std::abs(s);
    if (turn > 0) turns[count++] = {turn, 2 * std::abs(s)};
  }
  if (slope >= 0 || count == 0) return 0;
  std::sort(turns.begin(), turns.begin() + static_cast<std::ptrdiff_t>(count));
  for (std::size_t i = 0; i < count; ++i) {
    slope += turns[i].second;
    if (slope >= 0) return turns[i].first;
  }
  return turns[count - 1].first;
}

}  // namespace

BoxBounds::BoxBounds(const ObjectiveFunction& objective, const Lattice& lattice)
    : maker_(objective, lattice) {
  const std::vector<Rule>& rules = objective.Rules();
  const Study& study = objective.study();
  for (std::size_t i = 0; i < rules.size(); ++i) {
    const int rule = static_cast<int>(i);
    if (const auto& limit = rules[i].limit) {
      slacks_.push_back({rule, limit->metric, limit->is_max ? -1.0 : 1.0, limit->limit});
    } else if (rules[i].name == "budget") {
      slacks_.push_back({rule, Metric::kTrainFlops, -1, *study.budget.train_flops});
    } else if (rules[i].name == "domain") {
      for (std::size_t f = 0; f < kFeatures; ++f) {
        const Feature feature{static_cast<int>(f)};
        if (feature == Feature::kActiveShare && !lattice.moe()) continue;
        slacks_.push_back({rule, feature, 1, study.law.domain.box[f].min});
        slacks_.push_back({rule, feature, -1, study.law.domain.box[f].max});
      }
    }
  }
}

Enclosure BoxBounds::SlackOf(const Slack& slack, BoxForms& forms) const {
  if (const Feature* feature = std::get_if<Feature>(&slack.of))
    return slack.sign * (forms.Of(*feature) - Enclosure(std::log(slack.limit)));
  const Metric metric = std::get<Metric>(slack.of);
  double limit = slack.limit;
  if (metric == Metric::kMmlu) {
    // The reported score never leaves [25, 100); under 25 and from 100 on a limit says all or nothing.
    const bool is_max = slack.sign < 0;
    if (limit >= 100) return Enclosure(is_max ? 1.0 : -1.0);
    if (is_max ? limit < 25 : limit <= 25) return Enclosure(is_max ? -1.0 : 1.0);
    limit = Unbounded(limit);
  }
  const auto [value, is_log] = forms.Of(metric);
  if (is_log) {
    if (limit <= 0) return Enclosure(slack.sign < 0 ? -1.0 : 1.0);
    return slack.sign * (value - Enclosure(std::log(limit)));
  }
  // Of what is not a logarithm the margin must grow with the value.
  const double scale = 1 / std::max(1.0, std::abs(limit));
  return slack.sign * scale * (value - Enclosure(limit));
}

int BoxBounds::FindOpen(BoxForms& forms, std::uint64_t& kept, Open& open) const {
  for (std::size_t i = 0; i < slacks_.size(); ++i) {
    const std::uint64_t bit = i < 64 ? std::uint64_t{1} << i : 0;
    if ((kept & bit) != 0) continue;
    const Enclosure slack = SlackOf(slacks_[i], forms);
    if (slack.range.hi < -kMargin) return slacks_[i].rule;
    if (slack.range.lo > kMargin) {
      kept |= bit;
      continue;
    }
    open.slacks.push_back(slack);
    open.rules.push_back(slacks_[i].rule);
  }
  return kNoRule;
}

bool BoxBounds::TrimExperts(Box& box) const {
  if (!lattice().moe()) return true;
  const LatticeAxis &experts = lattice().axis(kExpertsAxis), &active = lattice().axis(kActiveAxis);
  Count& least = box.lo[kExpertsAxis];
  Count& most = box.hi[kActiveAxis];
  least = std::max(least, experts.LowerBound(active.Value(box.lo[kActiveAxis])));
  most = std::min(most, active.UpperBound(experts.Value(box.hi[kExpertsAxis])) - 1);
  return least <= box.hi[kExpertsAxis] && most >= box.lo[kActiveAxis];
}

bool BoxBounds::Trim(const Enclosure& plane, double least, const BoxForms& forms, Box& box) const {
  const double room = plane.mid + plane.above + plane.Reach() - least;
  if (room < 0) return false;
  if (!std::isfinite(room)) return true;
  const LogBox& variables = forms.variables();
  for (std::size_t i = 0; i < kBoxVariables; ++i) {
    const double slope = plane.slope[i];
    constexpr double kWorthwhile = 1.9;
    if (room >= kWorthwhile * std::abs(slope)) continue;
    const AxisName name = AxisOfVariable(i);
    const LatticeAxis& axis = lattice().axis(name);
    // On the side where the plane is low, e = +-(1 - room / |slope|) is where it falls under `least`.
    const double e = 1 - room / std::abs(slope);
    const double more = name == kLayersAxis ? static_cast<double>(maker_.DenseLayers()) : 0;
    const double value =
        std::exp(variables.log_middle[i] + (slope > 0 ? e : -e) * variables.log_radius[i]) + more;
    constexpr double kRounding = 1e-12;
    if (slope > 0) {
      box.lo[name] = std::max(box.lo[name], axis.LowerBound(value * (1 - kRounding)));
    } else {
      box.hi[name] = std::min(box.hi[name], axis.UpperBound(value * (1 + kRounding)) - 1);
    }
    if (box.lo[name] > box.hi[name]) return false;
  }
  return true;
}

Enclosure Relax(const Enclosure& goal, const std::vector<Enclosure>& slacks) {
  Enclosure sum = goal;
  if (!std::isfinite(goal.above)) return sum;
  std::vector<double> multipliers(slacks.size(), 0);
  constexpr int kRounds = 3;
  for (int round = 0; round < kRounds; ++round) {
    for (std::size_t j = 0; j < slacks.size(); ++j) {
      if (!std::isfinite(slacks[j].above)) continue;
      // Take this slack out, and put it back at its best.
      Enclosure without = sum;
      for (std::size_t i = 0; i < kPlaneVariables; ++i)
        without.slope[i] -= multipliers[j] * slacks[j].slope[i];
      const double best = BestMultiplier(without, slacks[j]);
      const double change = best - multipliers[j];
      if (change == 0) continue;
      multipliers[j] = best;
      for (std::size_t i = 0; i < kPlaneVariables; ++i) sum.slope[i] += change * slacks[j].slope[i];
    }
  }
  // Anew, so that rounding errors are those of these operations only.
  sum = goal;
  for (std::size_t j = 0; j < slacks.size(); ++j) {
    if (multipliers[j] > 0) sum = sum + multipliers[j] * (slacks[j] + Enclosure(kMargin));
  }
  return sum;
}

std::size_t BoxBounds::SplitAxis(const Enclosure& plane, const BoxForms& forms,
                                 const Box& box) const {
  const LogBox& variables = forms.variables();
  double widest = 0;
  for (const double radius : variables.log_radius) widest += radius;
  const double remainder = std::isfinite(plane.above) ? plane.above + plane.below : 1;
  std::size_t split = kAxes;
  double most = -1;
  for (std::size_t i = 0; i < kBoxVariables; ++i) {
    const AxisName name = AxisOfVariable(i);
    if (box.lo[name] == box.hi[name]) continue;
    // The remainder goes by size: what bends most is not known.
    const double weight =
        std::abs(plane.slope[i]) + (widest > 0 ? remainder * variables.log_radius[i] / widest : 0);
    if (weight > most) {
      most = weight;
      split = name;
    }
  }
  return split;
}

std::optional<BoxBound> BoxBounds::Bound(Box& box, std::uint64_t kept, const Merit& to_beat,
                                         Cuts& cuts) const {
  const ObjectiveFunction& objective = maker_.objective();
  Count points = box.Points();
  // Counts what `left` says is still there; true when that is nothing.
  const auto cut = [&](std::size_t reason, bool left) {
    const Count remain = left ? box.Points() : 0;
    cuts[reason] += points - remain;
    points = remain;
    return !left;
  };
  const auto rule = [](int i) { return static_cast<std::size_t>(i); };
  const std::size_t by_bound = cuts.size() - 1;

  if (cut(rule(kExpertsRule), TrimExperts(box))) return std::nullopt;
  BoxBound bound;
  bound.kept = kept;
  bound.most = {kInfinity, kInfinity, lattice().LeastIndex(box)};
  bound.split = kSharedAxis;
  if (box.lo[kSharedAxis] < box.hi[kSharedAxis]) return bound;

  BoxForms forms(maker_, box);
  if (objective.NeedsServing() && cut(rule(kServingRule), forms.FitsServing())) return std::nullopt;
  Open open;
  const int broken = FindOpen(forms, bound.kept, open);
  if (broken != kNoRule && cut(rule(broken), false)) return std::nullopt;

  const Objective& asked = objective.study().objective;
  const Goals goals = GoalsOf(maker_, forms);
  const Enclosure relaxed = Relax(goals.form, open.slacks);
  const double highest =
      std::min(goals.form.range.hi, relaxed.mid + relaxed.Reach() + relaxed.above);
  bound.most.value = RoundForOrder(goals.MeritAt(highest));
  bound.most.tie = asked.goal == Goal::kShallowest ? RoundForOrder(forms.Raw().range.hi) : 0;
  if (to_beat.index >= 0 && cut(by_bound, Better(bound.most, to_beat))) return std::nullopt;

  for (std::size_t j = 0; j < open.slacks.size(); ++j) {
    if (cut(rule(open.rules[j]), Trim(open.slacks[j], -kMargin, forms, box))) return std::nullopt;
  }
  if (to_beat.index >= 0) {
    const double least = goals.Needed(to_beat.value);
    if (cut(by_bound, Trim(relaxed, least, forms, box))) return std::nullopt;
  }
  bound.split = SplitAxis(relaxed, forms, box);
  return bound;
}

}  // namespace perflaw
