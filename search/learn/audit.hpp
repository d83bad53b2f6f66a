// Which reported scores lie off the law: contamination where they are too high, weak data or training where too low.
#pragma once

#include <string>
#include <vector>

#include "engine/law.hpp"
#include "search/learn/scored_run.hpp"

namespace perflaw {

enum class AuditFlag { kNone, kLow, kHigh };

struct AuditRow {
  Score predicted;
  double z = 0;  // (reported - predicted) / sigma, in the law's own residual sigma
  // The median residual of the family's other models, MMLU points; nothing with fewer than two.
  std::optional<double> family_offset;
  // (reported - predicted - family_offset) / (sigma sqrt(1 - family_share) sqrt(1 + pi/2 / others)): the last
  // factor is for the median's own error.
  std::optional<double> z_in_family;
  AuditFlag flag = AuditFlag::kNone;
  std::vector<std::string> reasons;
};

// A model is flagged outside the law's 90 % interval: |z| > 1.645, or, so that a family's common offset neither hides
// nor makes a stray, |z_in_family| > 2.576 on the same side. A score at chance that is predicted there is not.
// Of healthy, normal residuals 10 % pass the first and at most 1 % the second.
inline constexpr double kFlagZ = kNormalQuantile95, kFlagZInFamily = 2.5758293035489004;

// One row a run, in their order.
std::vector<AuditRow> Audit(const Law& law, const std::vector<ScoredRun>& runs, double gamma);

}  // namespace perflaw
