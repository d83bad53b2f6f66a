// What a point of a study's space is worth: its design, the rules it breaks, its merit.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "search/study/conditions.hpp"
#include "search/study/merit.hpp"
#include "search/study/metric_value.hpp"

namespace perflaw {

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
  const Conditions& conditions() const { return conditions_; }
  const std::vector<Rule>& Rules() const { return conditions_.Rules(); }

  Outcome Evaluate(Count index) const;
  int Build(Count index, Design& design) const { return perflaw::Build(study_, index, design); }

  // The design at an index, even one that rules leave out; nothing when it cannot be built.
  std::optional<Design> Describe(Count index) const;

  bool NeedsServing() const { return study_.must_fit_serving; }  // whether kServingRule applies
  double LeastRaw() const { return least_raw_; }                 // see spending.hpp

  struct Failure {
    int rule;
    double needed;  // the limit that would admit the point; NaN for a rule that cannot be relaxed
  };
  // Every rule that the point breaks, in order; the first alone when it cannot be built.
  std::vector<Failure> Failures(Count index) const;

  bool Defined(Metric metric) const { return MissingInput(metric, study_).empty(); }
  double Value(Metric metric, const Design& design) const {
    return perflaw::Value(metric, study_, design);
  }

  Merit MeritOf(const Design& design) const;
  // The study's front metrics, larger better, rounded as merits are; mmlu is the raw score.
  FrontValues FrontOf(const Design& design) const;
  FrontValues FrontResolution() const;
  // The objective in the user's sense and units, from Merit::value.
  double ToUser(double merit_value) const;
  bool IsMinimized() const { return negate_; }

 private:
  void CheckInputs() const;

  Study study_;
  bool negate_;
  Conditions conditions_;
  double least_raw_ = 0;
};

}  // namespace perflaw
