// Why a point may be left out: the rules of a study, and the conditions on a design that they come to.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "search/study/study.hpp"

namespace perflaw {

// Rules are tried in a fixed order, cheapest first, and a point counts as rejected by the first that fails.
struct Rule {
  enum class Kind {
    kBuild,  // what cannot be built, see BuildRule
    kLimit,  // of a constraint
    kGoal,   // the score that "least" tokens are spent for: without it there is no question
    kBudget,
    kMaxTokens,
    kDomain
  };
  Kind kind;
  std::string name;            // "total_params.max", "domain", "heads"
  std::string text;            // a sentence
  std::optional<Limit> limit;  // where there is one number in the study's own units
  std::size_t first = 0;       // its first condition; of kBuild none

  bool CanRelax() const { return kind != Kind::kBuild; }
  bool IsGoal() const { return kind == Kind::kGoal; }
};

// A limit on one value of a design. The domain's rule has one for each end of each feature's range, other rules have one.
struct Condition {
  std::size_t rule = 0;
  std::variant<Metric, Feature> subject;
  bool is_max = false;
  double limit = 0;      // of mmlu as reported
  double tolerance = 0;  // how far past the limit still keeps it, as a share of it
  bool of_moe_only = false;

  // The last value that keeps it.
  double Edge() const { return limit * (1 + tolerance); }
  bool Keeps(double value) const { return is_max ? value <= Edge() : value >= Edge(); }
  bool NeedsTokens() const;
};

// A budget that was itself computed as 6 A T must admit its own design.
inline constexpr double kBudgetTolerance = 1e-12;

class Conditions {
 public:
  explicit Conditions(const Study& study);

  // Those of what can be built come first, as BuildRule has them, then those that need no tokens.
  const std::vector<Rule>& Rules() const { return rules_; }
  const std::vector<Condition>& All() const { return all_; }  // in order of their rules
  std::size_t FirstRelaxable() const { return first_relaxable_; }
  std::size_t FirstWithTokens() const { return first_with_tokens_; }

  // The limit of a rule that can be relaxed at which the design would just keep it; of the domain the distance to it.
  double Needed(const Study& study, const Rule& rule, const Design& design) const;
  // The same where the design breaks the rule; nothing where it keeps it.
  std::optional<double> Excess(const Study& study, const Rule& rule, const Design& design) const;

 private:
  void AddBuildRules();
  void AddLimits(const Study& study, bool tokens);
  void Add(Rule::Kind kind, const Limit& limit);
  void AddDomain(const Domain& domain);

  std::vector<Rule> rules_;
  std::vector<Condition> all_;
  std::size_t first_relaxable_ = 0, first_with_tokens_ = 0;
};

}  // namespace perflaw
