#include "search/io/outputs/count.hpp"

#include "engine/cache.hpp"
#include "engine/cost.hpp"

namespace perflaw {

Json BlocksJson(const BlockCounts& b) {
  return {{"embedding", b.embedding},
          {"attention", b.attention},
          {"mixers", b.mixers},
          {"dense_ffn", b.dense_ffn},
          {"routed_experts", b.routed_experts},
          {"shared_experts", b.shared_experts},
          {"router", b.router},
          {"norms", b.norms},
          {"biases", b.biases},
          {"head", b.head},
          {"other", b.other}};
}

namespace {

Json StackJson(const Architecture& a) {
  Json stack = Json::array();
  for (const LayerKind& kind : a.layers) {
    const LayerWords words = WordsOf(kind);
    stack.push_back({{"count", kind.count}, {"mixer", words.mixer}, {"ffn", words.ffn}});
  }
  return stack;
}

Bytes WeightBytes(const Model& model, const BlockCounts& total, const CountOptions& options) {
  if (options.as_stored && model.quantization) return model.quantization->WeightBytes(total);
  return AsReal(total.Sum()) * options.bytes;
}

}  // namespace

Json CountJson(const Model& model, const CountOptions& options) {
  const Architecture& a = model.architecture;
  const ParamCounts counts = CountParams(a);
  const CacheValues cache = CacheOf(a, options.context);
  return {
      {"model", model.name},
      {"family", model.source},
      {"total_params", counts.Total()},
      {"active_params", counts.Active()},
      {"active_params_excluding_input_embedding", ActiveExcludingInputEmbedding(a)},
      {"stack", StackJson(a)},
      {"stack_in_words", StackInWords(a)},
      {"blocks", BlocksJson(counts.total)},
      {"active_blocks", BlocksJson(counts.active)},
      {"context", options.context},
      {"dtype", options.dtype},
      {"weight_bytes", Real(WeightBytes(model, counts.total, options))},
      {"kv_bytes_per_token", Real(KvBytesPerToken(a, options.context, options.bytes))},
      {"state_bytes_per_sequence", Real(StateBytesPerSequence(a, options.bytes))},
      {"cache_elements",
       {{"per_token_growing", Real(cache.growing)},
        {"per_token_windowed", Real(cache.windowed)},
        {"per_sequence", Real(cache.per_sequence)}}},
      {"train_flops_per_token",
       {{"six_nd", Real(SixNdFlopsPerToken(a))},
        {"with_attention", Real(TrainingFlopsPerToken(a, options.context, Attention::kCausal))}}},
      {"defaults", model.defaults},
      {"notes", model.notes}};
}

}  // namespace perflaw
