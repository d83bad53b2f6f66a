#include "search/io/outputs/breakdown.hpp"

#include "search/io/outputs/count.hpp"

namespace perflaw {
namespace {

Json TrainMemoryJson(const Study& study, const Architecture& a) {
  if (!study.training) return nullptr;
  const TrainingMemory memory = MemoryPerAccelerator(a, *study.training);
  return {{"weights", Real(memory.weights)},
          {"gradients", Real(memory.gradients)},
          {"optimizer", Real(memory.optimizer)},
          {"activations", Real(memory.activations)},
          {"logits", Real(memory.logits)}};
}

Json ServingMemoryJson(const Study& study, const Design& design) {
  if (!study.inference) return nullptr;
  const Serving& s = study.inference->serving;
  const double cached = static_cast<double>(s.batch) * static_cast<double>(s.context);
  return {{"weights", Real(static_cast<double>(design.total_params) * s.weight_bytes)},
          {"kv_cache", Real(cached * KvBytesPerToken(design.architecture, s.context, s.kv_bytes))}};
}

}  // namespace

Json BreakdownJson(const ObjectiveFunction& objective, const Design& design) {
  const Study& study = objective.study();
  const ParamCounts counts = CountParams(design.architecture);
  Json usd = {{"training", nullptr}, {"serving", nullptr}};
  if (objective.Defined(Metric::kTrainUsd))
    usd["training"] = Real(objective.Value(Metric::kTrainUsd, design));
  if (study.inference && study.inference->tokens) {
    const auto serving = ServingUsd(design.architecture, design.Params(), study.inference->serving,
                                    *study.inference->tokens);
    if (serving) usd["serving"] = Real(*serving);
  }
  return {{"params", BlocksJson(counts.total)},
          {"active_params", BlocksJson(counts.active)},
          {"train_memory_bytes", TrainMemoryJson(study, design.architecture)},
          {"serving_memory_bytes", ServingMemoryJson(study, design)},
          {"usd", usd}};
}

}  // namespace perflaw
