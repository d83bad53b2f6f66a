#include "search/study/metric_value.hpp"

#include <cmath>

#include "engine/cost.hpp"

namespace perflaw {

std::string MissingInput(Metric metric, const Study& study) {
  const auto& run = study.budget.run;
  const auto& inference = study.inference;
  switch (metric) {
    case Metric::kTrainMemoryBytesPerAccelerator:
      return study.training ? "" : "the training block";
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
      if (!MissingInput(Metric::kTrainUsd, study).empty())
        return "budget.accelerator, its price and budget.mfu";
      return inference && inference->tokens && inference->serving.accelerator.usd_per_hour
                 ? ""
                 : "inference.serve_tokens and the price of inference.accelerator";
    default:
      return "";
  }
}

double ValueOfFlops(Metric metric, const Study& study, Flops flops) {
  if (metric == Metric::kTrainFlops) return flops;
  const TrainingCost cost = CostOfTraining(flops, *study.budget.run);
  return metric == Metric::kTrainDays  ? cost.seconds / kSecondsPerDay
         : metric == Metric::kTrainUsd ? *cost.usd
                                       : cost.kwh;
}

double Value(Metric metric, const Study& study, const Design& d) {
  const Architecture& a = d.architecture;
  const Count context = study.inference ? study.inference->serving.context : 1;
  const auto train = [&](Metric of) {
    return ValueOfFlops(of, study, TrainFlops(d.model.active_params, d.model.tokens));
  };
  switch (metric) {
    case Metric::kLayers:
      return d.model.layers;
    case Metric::kHidden:
      return AsReal(a.hidden);
    case Metric::kFfn:
      return AsReal(d.point[kFfnAxis]);
    case Metric::kExperts:
      return AsReal(d.point[kExpertsAxis]);
    case Metric::kExpertsActive:
      return AsReal(d.point[kActiveAxis]);
    case Metric::kExpertsShared:
      return AsReal(d.point[kSharedAxis]);
    case Metric::kFfnRatio:
      return AsReal(d.point[kFfnAxis]) / AsReal(a.hidden);
    case Metric::kAspectRatio:
      return AsReal(a.hidden) / d.model.layers;
    case Metric::kTotalParams:
      return d.model.total_params;
    case Metric::kActiveParams:
      return d.model.active_params;
    case Metric::kActiveShare:
      return d.model.active_params / d.model.total_params;
    case Metric::kWeightBytes:
      return d.model.total_params * study.weight_bytes;
    case Metric::kKvBytesPerToken:
      return KvBytesPerToken(a, context, study.kv_bytes);
    case Metric::kStateBytesPerSequence:
      return StateBytesPerSequence(a, study.kv_bytes);
    case Metric::kTrainMemoryBytesPerAccelerator:
      return MemoryPerAccelerator(a, *study.training).Sum();
    case Metric::kPrefillFlopsPerToken:
      return PrefillFlopsPerToken(a, context);
    case Metric::kDecodeTokensPerSecond:
      return DecodeTokensPerSecond(a, d.Params(), study.inference->serving);
    case Metric::kTokens:
      return d.model.tokens;
    case Metric::kTokensPerParam:
      return d.model.tokens / d.model.total_params;
    case Metric::kTrainFlops:
    case Metric::kTrainDays:
    case Metric::kTrainUsd:
    case Metric::kTrainKwh:
      return train(metric);
    case Metric::kLifetimeUsd:
      return train(Metric::kTrainUsd) +
             *ServingUsd(a, d.Params(), study.inference->serving, *study.inference->tokens);
    case Metric::kMmlu:
      return Bounded(study.law, d.law.raw);
  }
  return NAN;
}

}  // namespace perflaw
