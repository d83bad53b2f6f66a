#include "engine/domain.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace perflaw {
namespace {

constexpr std::array<std::string_view, kFeatures> kNames = {
    "layers",          "hidden",       "activated_ffn",
    "tokens",          "total_params", "active_params",
    "active_share",    "aspect_ratio", "activated_ffn_ratio",
    "tokens_per_param"};

}  // namespace

std::string_view FeatureName(Feature feature) { return kNames[static_cast<std::size_t>(feature)]; }

double FeatureValue(Feature feature, const TrainedModel& m) {
  switch (feature) {
    case Feature::kLayers:
      return m.layers;
    case Feature::kHidden:
      return m.hidden;
    case Feature::kActivatedFfn:
      return m.widest_ffn;
    case Feature::kTokens:
      return m.tokens;
    case Feature::kTotalParams:
      return m.total_params;
    case Feature::kActiveParams:
      return m.active_params;
    case Feature::kActiveShare:
      return m.active_params / m.total_params;
    case Feature::kAspectRatio:
      return m.hidden / m.layers;
    case Feature::kActivatedFfnRatio:
      return m.widest_ffn / m.hidden;
    case Feature::kTokensPerParam:
      return m.tokens / m.total_params;
  }
  return NAN;
}

double Domain::Distance(const TrainedModel& model) const {
  // Ratios first: one logarithm at the end instead of one for each limit.
  double excess = 1;
  for (std::size_t i = 0; i < kFeatures; ++i) {
    const Feature feature{static_cast<int>(i)};
    if (!Applies(feature, model.form)) continue;
    const double value = FeatureValue(feature, model);
    excess = std::max({excess, value / box[i].max, box[i].min / value});
  }
  return excess > 1 ? std::log(excess) : 0;
}

std::vector<std::string> DomainWarnings(const Domain& domain, const TrainedModel& model,
                                        double discount, Tokens effective_tokens) {
  std::vector<std::string> warnings;
  for (std::size_t i = 0; i < kFeatures; ++i) {
    const Feature feature{static_cast<int>(i)};
    const double value = FeatureValue(feature, model);
    const auto [min, max] = domain.box[i];
    if (!Applies(feature, model.form) || (value >= min && value <= max)) continue;
    warnings.push_back(fmt::format(
        "{} {:.4g} is {} {:.4g}, the {} the law was checked on (by a factor of {:.3g})",
        FeatureName(feature), value, value > max ? "above" : "below", value > max ? max : min,
        value > max ? "largest" : "smallest", value > max ? value / max : min / value));
  }
  if (!model.softmax_attention) {
    warnings.emplace_back(
        "the law was checked on softmax attention alone: what other mixers do to a score it does "
        "not "
        "know");
  }
  if (!warnings.empty()) {
    warnings.emplace_back(
        "outside the domain the 90% interval, the law's error inside it, is too narrow");
  }
  if (effective_tokens < model.tokens) {
    warnings.push_back(fmt::format(
        "tokens past {:.4g} change nothing in this law: it saturates there for this size",
        effective_tokens));
  }
  if (discount < domain.least_discount) {
    warnings.push_back(fmt::format(
        "the unstable discount is {:.3g}: too deep for its width or gamma too large, beyond any "
        "model the law was checked on",
        discount));
  }
  return warnings;
}

}  // namespace perflaw
