#include "search/io/outputs/count.hpp"

#include "engine/cost.hpp"

namespace perflaw {

Json BlocksJson(const BlockCounts& b) {
  return {{"embedding", b.embedding},
          {"attention", b.attention},
          {"dense_ffn", b.dense_ffn},
          {"routed_experts", b.routed_experts},
          {"shared_experts", b.shared_experts},
          {"router", b.router},
          {"norms", b.norms},
          {"biases", b.biases},
          {"head", b.head}};
}

Json CountJson(const Model& model, const CountOptions& options) {
  const Architecture& a = model.architecture;
  const ParamCounts counts = CountParams(a);
  return {
      {"model", model.name},
      {"family", model.source},
      {"total_params", counts.Total()},
      {"active_params", counts.Active()},
      {"active_params_excluding_input_embedding", ActiveExcludingInputEmbedding(a)},
      {"blocks", BlocksJson(counts.total)},
      {"active_blocks", BlocksJson(counts.active)},
      {"context", options.context},
      {"dtype", options.dtype},
      {"weight_bytes", Real(static_cast<double>(counts.Total()) * options.bytes)},
      {"kv_bytes_per_token", Real(KvBytesPerToken(a, options.context, options.bytes))},
      {"train_flops_per_token",
       {{"six_nd", Real(SixNdFlopsPerToken(a))},
        {"with_attention", Real(TrainingFlopsPerToken(a, options.context, Attention::kCausal))}}},
      {"defaults", model.defaults},
      {"notes", model.notes}};
}

}  // namespace perflaw
