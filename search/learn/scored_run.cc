#include "search/learn/scored_run.hpp"

#include <algorithm>
#include <limits>

namespace perflaw {

Domain DomainOf(const Domain& fallback, const std::vector<ScoredRun>& runs, double gamma) {
  Domain domain;
  domain.least_discount = 1;
  for (std::size_t f = 0; f < kFeatures; ++f) {
    const Feature feature{static_cast<int>(f)};
    Domain::Range& range = domain.box[f];
    range = {std::numeric_limits<double>::infinity(), 0};
    for (const ScoredRun& run : runs) {
      if (!Applies(feature, run.model.form)) continue;
      const double value = FeatureValue(feature, run.model);
      range = {std::min(range.min, value), std::max(range.max, value)};
    }
    if (range.max == 0) range = fallback.box[f];
  }
  for (const ScoredRun& run : runs) {
    TrainedModel dense = run.model;
    dense.form = Form::kDense;
    // No coefficient enters the discount.
    domain.least_discount =
        std::min(domain.least_discount, PredictScore(Law{}, dense, gamma).unstable_discount);
  }
  return domain;
}

}  // namespace perflaw
