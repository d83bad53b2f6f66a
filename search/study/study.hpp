// A question about architectures, read and checked: what io makes of a study file and every search
// takes.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/cost.hpp"
#include "engine/law.hpp"
#include "search/study/design.hpp"
#include "search/study/metric.hpp"
#include "search/study/pareto.hpp"

namespace perflaw {

struct Limit {
  Metric metric;
  bool is_max;  // value <= limit, else value >= limit
  double limit;
};

// What training may spend, at 6 A T FLOPs.
struct Budget {
  std::optional<Flops> train_flops;
  std::optional<Tokens> max_tokens;
  // Count is 0 when the budget names no number of accelerators: then there are dollars but no days.
  std::optional<TrainingRun> run;
};

struct Serve {
  Serving serving;
  std::optional<Tokens> tokens;  // over the model's lifetime
};

enum class Goal {
  kMetric,           // the largest or smallest value of a metric; of mmlu the raw score
  kShallowest,       // fewest layers, then the higher score
  kBalance,          // mmlu |mmlu| / ln(1 + layers): the sign keeps raw scores under 0 the worst
  kNearestToDomain,  // the least distance from where the law was checked
};

struct Objective {
  Goal goal = Goal::kMetric;
  Metric metric = Metric::kMmlu;
  bool maximize = true;
  std::string name = "mmlu";

  bool IsScore() const { return goal == Goal::kMetric && metric == Metric::kMmlu && maximize; }
};

// A metric of the front, and how much of it a listed design may lack against one that is not listed (>= 0).
struct FrontMetric {
  Metric metric;
  bool maximize;
  double resolution;
};

enum class Method { kCertified, kExhaustive };

// A design space, and what is asked of it.
struct Study : DesignSpace {
  std::string file;  // for messages
  Law law;
  double gamma = 1;
  Budget budget;
  std::optional<Parallelism> training;
  std::optional<Serve> inference;
  double weight_bytes = 2, kv_bytes = 2;  // BF16 unless the inference block says otherwise
  std::vector<Limit> limits;
  Objective objective;
  std::vector<FrontMetric> front;  // none, or 2 to kMaxFrontMetrics
  bool inside_domain = true;
  bool must_fit_serving = false;  // even where no metric asks for what serving costs
  Method method = Method::kCertified;
  Count top = 20;
  std::vector<std::string> defaults;  // a sentence for each default that was used
};

}  // namespace perflaw
