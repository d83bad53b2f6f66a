#include "search/learn/audit.hpp"

#include <fmt/format.h>

#include <cmath>

#include "search/statistics/quantiles.hpp"

namespace perflaw {
namespace {

struct Others {
  double median = 0;
  // Of a model's distance to the median of n others, against its distance to their true middle.
  double spread = 1;
};

std::optional<Others> OthersOf(const std::vector<ScoredRun>& runs,
                               const std::vector<double>& residuals, std::size_t i) {
  if (runs[i].family.empty()) return std::nullopt;
  std::vector<double> others;
  for (std::size_t j = 0; j < runs.size(); ++j)
    if (j != i && runs[j].family == runs[i].family) others.push_back(residuals[j]);
  if (others.size() < 2) return std::nullopt;
  constexpr double kMedianVariance = 1.5707963267948966;  // pi/2 sigma^2 / n, for normal values
  const double spread = std::sqrt(1 + kMedianVariance / static_cast<double>(others.size()));
  return Others{Median(std::move(others)), spread};
}

// The paper's section 4.1: what a score off the law may mean.
void Explain(const Law& law, AuditRow& row) {
  const bool low = row.flag == AuditFlag::kLow;
  row.reasons.push_back(low ? "under what its shape and tokens should give: weak or early data, an "
                              "unstable or interrupted run, or "
                              "another way of measuring"
                            : "above what its shape and tokens should give: test data in the "
                              "training data, distillation, better data, "
                              "or another way of measuring");
  if (!row.family_offset) return;
  if (std::abs(*row.family_offset) > law.sigma * std::sqrt(law.family_share))
    row.reasons.push_back(
        fmt::format("its family's other models lie {:+.1f} off, too: look at the recipe first",
                    *row.family_offset));
  else
    row.reasons.push_back(fmt::format(
        "its family's other models lie {:+.1f} off: this model stands out", *row.family_offset));
}

AuditFlag FlagOf(const ScoredRun& run, const AuditRow& row) {
  if (run.mmlu < kNearChance && row.predicted.mmlu < kNearChance) return AuditFlag::kNone;
  const bool strays = row.z_in_family && std::abs(*row.z_in_family) > kFlagZInFamily &&
                      *row.z_in_family * row.z > 0;
  if (std::abs(row.z) <= kFlagZ && !strays) return AuditFlag::kNone;
  return row.z < 0 ? AuditFlag::kLow : AuditFlag::kHigh;
}

}  // namespace

std::vector<AuditRow> Audit(const Law& law, const std::vector<ScoredRun>& runs, double gamma) {
  std::vector<AuditRow> rows(runs.size());
  std::vector<double> residuals(runs.size());
  for (std::size_t i = 0; i < runs.size(); ++i) {
    const ScoredRun& run = runs[i];
    Score& predicted = rows[i].predicted;
    predicted = PredictScore(LawOf(law, run), run.model, gamma);
    // Under a ceiling sigma is of the raw score.
    residuals[i] =
        law.ceiling ? RawBehind(law, run.mmlu) - predicted.raw : run.mmlu - predicted.mmlu;
  }
  for (std::size_t i = 0; i < runs.size(); ++i) {
    AuditRow& row = rows[i];
    row.z = residuals[i] / law.sigma;
    if (const auto others = OthersOf(runs, residuals, i)) {
      row.family_offset = others->median;
      row.z_in_family = (residuals[i] - others->median) /
                        (law.sigma * std::sqrt(1 - law.family_share) * others->spread);
    }
    row.flag = FlagOf(runs[i], row);
    if (row.flag != AuditFlag::kNone) Explain(law, row);
  }
  return rows;
}

}  // namespace perflaw
