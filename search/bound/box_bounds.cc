#include "search/bound/box_bounds.hpp"

#include <algorithm>
#include <cmath>

namespace perflaw {
namespace {

// Rounding in the scalar path, and its tolerance for a budget, may move a rule's edge by less than this.
constexpr double kSlackMargin = 1e-11;
static_assert(kBudgetTolerance < kSlackMargin);

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
Enclosure DistanceOf(BoxForms& forms, const Domain& domain, Form form) {
  Enclosure distance = 0.0;
  const auto exceed = [&](const Enclosure& excess) { distance = -min(-distance, -excess); };
  for (std::size_t f = 0; f < kFeatures; ++f) {
    const Feature feature{static_cast<int>(f)};
    if (!Applies(feature, form)) continue;
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
      return {-forms.Of(Metric::kLayers), Goals::kNegativeLog};
    case Goal::kBalance:
      return {forms.Balance(), Goals::kPlain};
    case Goal::kNearestToDomain:
      return {-DistanceOf(forms, maker.objective().study().law.domain, maker.lattice().form()),
              Goals::kPlain};
    case Goal::kMetric:
      break;
  }
  const Enclosure value = forms.Of(objective.metric);
  const Goals::Scale scale = !IsLog(objective.metric) ? Goals::kPlain
                             : objective.maximize     ? Goals::kLog
                                                      : Goals::kNegativeLog;
  return {objective.maximize ? value : -value, scale};
}

}  // namespace

BoxBounds::BoxBounds(const ObjectiveFunction& objective, const Lattice& lattice)
    : maker_(objective, lattice) {
  for (const Condition& condition : objective.conditions().All()) {
    if (!condition.of_moe_only || lattice.form() == Form::kMoe) conditions_.push_back(condition);
  }
}

Enclosure BoxBounds::SlackOf(const Condition& condition, BoxForms& forms) const {
  const bool is_max = condition.is_max;
  const double sign = is_max ? -1 : 1;
  if (const Feature* feature = std::get_if<Feature>(&condition.subject))
    return sign * (forms.Of(*feature) - Enclosure(std::log(condition.limit)));
  const Metric metric = std::get<Metric>(condition.subject);
  double limit = condition.limit;
  if (metric == Metric::kMmlu) {
    // The reported score stays between chance and the highest; outside a limit says all or nothing. Close to the
    // highest many raw scores are reported alike, and near chance under a ceiling, so there only the points
    // themselves tell.
    constexpr double kBlur = 0.001;
    const Law& law = maker_.objective().study().law;
    const double highest = HighestScore(law);
    if (is_max ? limit >= highest : limit > highest) return Enclosure(is_max ? 1.0 : -1.0);
    if (is_max ? limit < kChance : limit <= kChance) return Enclosure(is_max ? -1.0 : 1.0);
    if (limit > highest - kBlur || (law.ceiling && limit < kChance + kBlur))
      return Enclosure::Within({-1, 1});
    limit = Unbounded(law, limit);
  }
  const Enclosure value = forms.Of(metric);
  if (IsLog(metric)) {
    if (limit <= 0) return Enclosure(is_max ? -1.0 : 1.0);
    return sign * (value - Enclosure(std::log(limit)));
  }
  // Of what is not a logarithm the margin must grow with the value.
  const double scale = 1 / std::max(1.0, std::abs(limit));
  return sign * scale * (value - Enclosure(limit));
}

int BoxBounds::FindOpen(Screened& screened) const {
  for (std::size_t i = 0; i < conditions_.size(); ++i) {
    const std::uint64_t bit = i < 64 ? std::uint64_t{1} << i : 0;
    if ((screened.kept & bit) != 0) continue;
    const Enclosure slack = SlackOf(conditions_[i], *screened.forms);
    const Interval value = slack.Both();
    const int rule = static_cast<int>(conditions_[i].rule);
    if (value.hi < -kSlackMargin) return rule;
    if (value.lo > kSlackMargin) {
      screened.kept |= bit;
      continue;
    }
    screened.slacks.push_back(slack);
    screened.rules.push_back(rule);
  }
  return kNoRule;
}

bool BoxBounds::TrimExperts(Box& box) const {
  if (lattice().form() == Form::kDense) return true;
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

double BestMultiplier(const Enclosure& plane, const Enclosure& other) {
  // Where the slope of that convex, piecewise linear function turns.
  double slope = other.mid + other.above;
  std::array<std::pair<double, double>, kPlaneVariables> turns;
  std::size_t count = 0;
  for (std::size_t i = 0; i < kPlaneVariables; ++i) {
    const double s = other.slope[i];
    if (s == 0) continue;
    const double turn = -plane.slope[i] / s;
    slope += turn > 0 ? -std::abs(s) : std::abs(s);
    if (turn > 0) turns[count++] = {turn, 2 * std::abs(s)};
  }
  if (slope >= 0 || count == 0) return 0;
  // The few turns in order, without sorting those that are not needed.
  double last = 0;
  while (count > 0) {
    const auto end = turns.begin() + static_cast<std::ptrdiff_t>(count);
    const auto next = std::min_element(turns.begin(), end);
    last = next->first;
    slope += next->second;
    if (slope >= 0) break;
    *next = turns[--count];
  }
  return std::isfinite(last) ? last : 0;
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
    if (multipliers[j] > 0) sum = sum + multipliers[j] * (slacks[j] + Enclosure(kSlackMargin));
  }
  return sum;
}

namespace {

std::size_t LongestAxis(const Box& box) {
  std::size_t longest = 0;
  for (std::size_t i = 1; i < kAxes; ++i) {
    if (box.hi[i] - box.lo[i] > box.hi[longest] - box.lo[longest]) longest = i;
  }
  return longest;
}

}  // namespace

std::size_t BoxBounds::SplitAxis(const Enclosure& plane, const BoxForms& forms,
                                 const Box& box) const {
  const LogBox& variables = forms.variables();
  double widest = 0;
  for (const double radius : variables.log_radius) widest += radius;
  const double remainder = std::isfinite(plane.above) ? plane.above + plane.below : 1;
  std::size_t split = LongestAxis(box);
  double most = 0;
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

namespace {

// Counts the points that a step takes off a box under the step's reason.
class Cutter {
 public:
  Cutter(const Box& box, Cuts& cuts) : box_(box), cuts_(cuts), points_(box.Points()) {}
  // `left`: whether there is a box left at all; passed on.
  bool Left(std::size_t reason, bool left) {
    const Count remain = left ? box_.Points() : 0;
    cuts_[reason] += points_ - remain;
    points_ = remain;
    return left;
  }
  bool Left(int rule, bool left) { return Left(static_cast<std::size_t>(rule), left); }

 private:
  const Box& box_;
  Cuts& cuts_;
  Count points_;
};

}  // namespace

bool BoxBounds::Screen(Box& box, std::uint64_t kept, Cuts& cuts, Screened& screened) const {
  Cutter cutter(box, cuts);
  if (!cutter.Left(kExpertsRule, TrimExperts(box))) return false;
  screened.kept = kept;
  if (box.lo[kSharedAxis] < box.hi[kSharedAxis]) return true;
  screened.forms.emplace(maker_, box);
  if (maker_.objective().NeedsServing() &&
      !cutter.Left(kServingRule, screened.forms->FitsServing())) {
    return false;
  }
  const int broken = FindOpen(screened);
  return broken == kNoRule || cutter.Left(broken, false);
}

bool BoxBounds::TrimByRules(const Screened& screened, Box& box, Cuts& cuts) const {
  Cutter cutter(box, cuts);
  for (std::size_t j = 0; j < screened.slacks.size(); ++j) {
    const bool left = Trim(screened.slacks[j], -kSlackMargin, *screened.forms, box);
    if (!cutter.Left(screened.rules[j], left)) return false;
  }
  return true;
}

std::optional<BoxBound> BoxBounds::Bound(Box& box, std::uint64_t kept, const Merit& to_beat,
                                         Cuts& cuts) const {
  const Count before = box.Points();
  Screened screened;
  if (!Screen(box, kept, cuts, screened)) return std::nullopt;
  BoxBound bound;
  bound.kept = screened.kept;
  bound.most = {kInfinity, kInfinity, lattice().LeastIndex(box)};
  bound.split = kSharedAxis;
  if (!screened.forms) return bound;

  BoxForms& forms = *screened.forms;
  const Goals goals = GoalsOf(maker_, forms);
  const Enclosure relaxed = Relax(goals.form, screened.slacks);
  const double highest = std::min(goals.form.Both().hi, Highest(relaxed));
  bound.most.value = RoundForOrder(goals.MeritAt(highest));
  const bool has_tie = maker_.objective().study().objective.goal == Goal::kShallowest;
  bound.most.tie = has_tie ? RoundForOrder(forms.Raw().Both().hi) : 0;

  const bool by_merit = to_beat.index >= 0;
  const std::size_t reason = cuts.size() - 1;
  if (by_merit && !Cutter(box, cuts).Left(reason, Better(bound.most, to_beat))) return std::nullopt;
  if (!TrimByRules(screened, box, cuts)) return std::nullopt;
  if (by_merit) {
    Cutter cutter(box, cuts);
    const double needed = goals.Needed(to_beat.value);
    if (!cutter.Left(reason, Trim(relaxed, needed, forms, box))) return std::nullopt;
  }
  // A box that lost much has a better bound than the one it had.
  if (box.Points() < before / 2) return Bound(box, bound.kept, to_beat, cuts);
  bound.split = SplitAxis(relaxed, forms, box);
  return bound;
}

}  // namespace perflaw
