// From a point of a study's space to what it is worth: where the lattice meets the engine.
#pragma once

#include <cmath>
#include <cstddef>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "engine/count.hpp"
#include "search/study/merit.hpp"
#include "search/study/pareto.hpp"
#include "search/study/study.hpp"

namespace perflaw {

// One architecture of the space with its tokens, counts and score.
struct Design {
  Count index = 0;
  Point point{};
  Architecture architecture;
  Count total_params = 0, active_params = 0;
  TrainedModel model;  // as the law sees it, tokens set
  LawTerms<double> law;
};

// The architecture of a point, whatever rules it breaks. Precondition: its experts are 1 (dense) or more.
Architecture ArchitectureAt(const Study& study, const Point& point);

// Why a point may be left out. Rules are tried in a fixed order, cheapest first, and a point counts
// as rejected by the first that fails.
struct Rule {
  std::string name;            // "total_params.max", "domain", "heads"
  std::string text;            // a sentence
  std::optional<Limit> limit;  // of a constraint
  bool can_relax = false;      // constraints, budget and domain; not what cannot be built
  bool is_goal =
      false;  // the score that "least" tokens are spent for: without it there is no question
};

constexpr int kNoRule = -1;
// The rules of what can be built come first, in the order they are tried.
enum BuildRule { kExpertsRule, kHeadsRule, kFfnRepeatRule, kParallelRule, kServingRule };

struct Outcome {
  int rule = kNoRule;  // the first rule that fails, as an index into Rules()
  bool only = false;   // that rule can be relaxed and is the only one that fails
  double needed = 0;   // then: the limit that would admit the point
  Form form = Form::kDense;
  Merit merit;          // set when feasible or `only`
  FrontValues front{};  // set when feasible
};

class ObjectiveFunction {
 public:
  // Throws InputError when a metric of the study lacks its inputs or the space's largest
  // architecture cannot be counted.
  explicit ObjectiveFunction(const Study& study);

  const Study& study() const { return study_; }
  const std::vector<Rule>& Rules() const { return rules_; }

  Outcome Evaluate(Count index) const;

  // The first rule that keeps the point from being built, or kNoRule and all of the design but what its tokens and score are
  // (under TokenRule::kAxis the tokens stand).
  int Build(Count index, Design& design) const;

  // The design at an index, even one that rules leave out; nothing when it cannot be built.
  std::optional<Design> Describe(Count index) const;
  // A point's architecture and counts, whatever rules it breaks; without tokens and score.
  Design DesignAt(const Point& point) const;

  // The limit of a rule that can be relaxed at which a point would just keep it. Precondition: the point can be
  // built.
  double Needed(const Rule& rule, Count index) const;

  bool NeedsServing() const { return study_.must_fit_serving; }  // whether kServingRule applies
  // What TokenRule::kLeast spends for, as a raw score.
  double LeastRaw() const { return least_raw_; }

  struct Failure {
    int rule;
    double needed;  // the limit that would admit the point; NaN for a rule that cannot be relaxed
  };
  // Every rule that the point breaks, in order; the first alone when it cannot be built.
  std::vector<Failure> Failures(Count index) const;

  // Under TokenRule::kLeast: the highest mmlu for which the point would be feasible, spending the most
  // tokens that every other rule admits. Nothing when there is none above chance.
  std::optional<double> ReachableGoal(Count index) const;

  bool Defined(Metric metric) const { return MissingInput(metric).empty(); }
  double Value(Metric metric, const Design& design) const;

  Merit MeritOf(const Design& design) const;
  // The study's front metrics, larger better, rounded as merits are; mmlu is the raw score.
  FrontValues FrontOf(const Design& design) const;
  FrontValues FrontResolution() const;
  // The objective in the user's sense and units, from Merit::value.
  double ToUser(double merit_value) const;
  bool IsMinimized() const { return negate_; }

 private:
  void CheckInputs();
  void AddRules();
  void CheckLargest() const;
  void AddRule(const std::string& name, const std::string& text, bool can_relax,
               std::optional<Limit> limit = {});
  void AddLimits(bool tokens);
  std::string MissingInput(Metric metric) const;
  void SpendTokens(Design& design) const;
  Tokens MostTokens(Design design) const;
  std::optional<double> Excess(std::size_t rule, const Design& design) const;

  Study study_;
  bool negate_ = false;
  double least_raw_ = 0;  // the raw score that TokenRule::kLeast spends for
  std::vector<Rule> rules_;
  std::size_t first_relaxable_ = 0, first_with_tokens_ = 0;
  std::optional<std::size_t> budget_rule_;
};

}  // namespace perflaw
