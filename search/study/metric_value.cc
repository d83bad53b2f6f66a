// What each metric of a study is worth for a design, and which inputs it needs.
#include <cmath>

#include "engine/cost.hpp"
#include "search/study/objective.hpp"

namespace perflaw {
namespace {

double Real(Count n) { return static_cast<double>(n); }

}  // namespace

std::string ObjectiveFunction::MissingInput(Metric metric) const {
  const auto& run = study_.budget.run;
  const auto& inference = study_.inference;
  switch (metric) {
    case Metric::kTrainMemoryBytesPerAccelerator:
      return study_.training ? "" : "the training block";
    case Metric::kPrefillFlopsPerToken:
    case Metric::kDecodeTokensPerSecond:
      return inference ? "" : "the inference block";
    case Metric::kTrainDays:
      return run && run->count > 0 ? "" : "budget.accelerator, budget.count and budget.mfu";
    case Metric::kTrainKwh:
      return run ? "" : "budget.accelerator and budget.mfu";
    case Metric::kTrainUsd:
      return run && run->accelerator.usd_per_hour ? ""
                                                  : "budget.accelerator, its price and budget.mfu";
    case Metric::kLifetimeUsd:
      if (!Defined(Metric::kTrainUsd)) return "budget.accelerator, its price and budget.mfu";
      return inference && inference->tokens && inference->serving.accelerator.usd_per_hour
                 ? ""
                 : "inference.serve_tokens and the price of inference.accelerator";
    default:
      return "";
  }
}

double ObjectiveFunction::Value(Metric metric, const Design& d) const {
  const Architecture& a = d.architecture;
  const auto& run = study_.budget.run;
  const Count context = study_.inference ? study_.inference->serving.context : 1;
  const auto train = [&] {
    return CostOfTraining(6 * d.model.active_params * d.model.tokens, *run);
  };
  switch (metric) {
    case Metric::kLayers:
      return Real(a.layers);
    case Metric::kHidden:
      return Real(a.hidden);
    case Metric::kFfn:
      return Real(d.point[kFfnAxis]);
    case Metric::kExperts:
      return Real(d.point[kExpertsAxis]);
    case Metric::kExpertsActive:
      return Real(d.point[kActiveAxis]);
    case Metric::kExpertsShared:
      return Real(d.point[kSharedAxis]);
    case Metric::kFfnRatio:
      return Real(d.point[kFfnAxis]) / Real(a.hidden);
    case Metric::kAspectRatio:
      return Real(a.hidden) / Real(a.layers);
    case Metric::kTotalParams:
      return d.model.total_params;
    case Metric::kActiveParams:
      return d.model.active_params;
    case Metric::kActiveShare:
      return d.model.active_params / d.model.total_params;
    case Metric::kWeightBytes:
      return d.model.total_params * study_.weight_bytes;
    case Metric::kKvBytesPerToken:
      return KvBytesPerToken(a, context, study_.kv_bytes);
    case Metric::kTrainMemoryBytesPerAccelerator:
      return MemoryPerAccelerator(a, *study_.training).Sum();
    case Metric::kPrefillFlopsPerToken:
      return PrefillFlopsPerToken(a, context);
    case Metric::kDecodeTokensPerSecond:
      return DecodeTokensPerSecond(a, study_.inference->serving);
    case Metric::kTokens:
      return d.model.tokens;
    case Metric::kTokensPerParam:
      return d.model.tokens / d.model.total_params;
    case Metric::kTrainFlops:
      return 6 * d.model.active_params * d.model.tokens;
    case Metric::kTrainDays:
      return train().seconds / kSecondsPerDay;
    case Metric::kTrainUsd:
      return *train().usd;
    case Metric::kTrainKwh:
      return train().kwh;
    case Metric::kLifetimeUsd:
      return *train().usd + *ServingUsd(a, study_.inference->serving, *study_.inference->tokens);
    case Metric::kMmlu:
      return Bounded(study_.law, d.law.raw);
  }
  return NAN;
}

}  // namespace perflaw
