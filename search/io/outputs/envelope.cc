#include "search/io/outputs/envelope.hpp"

#include "perflaw_version.hpp"

namespace perflaw {
namespace {

constexpr int kSchemaVersion = 1;

}  // namespace

Json Envelope(const std::string& command, const std::string& law, const Inputs& inputs, int threads,
              double seconds, int ranks) {
  return {{"schema_version", kSchemaVersion},
          {"perflaw_version", kVersion},
          {"git_revision", kGitRevision},
          {"command", command},
          {"law", law.empty() ? Json(nullptr) : Json(law)},
          {"inputs_sha256", inputs.Sha256()},
          {"seed", nullptr},
          {"threads", threads},
          {"ranks", ranks},
          {"seconds", Real(seconds)}};
}

Json WithoutEnvelope(Json result) {
  const Json envelope = Envelope("", "", {}, 0, 0);
  for (const auto& item : envelope.items()) result.erase(item.key());
  return result;
}

Json ConventionsJson() {
  return {
      {"units", "decimal base units: parameters, tokens, FLOPs, bytes, seconds, dollars"},
      {"active_params",
       "routed experts: the active ones; all else whole; with the input embedding"},
      {"active_params_excluding_input_embedding",
       "less vocab x hidden, unless tied: then it is the head"},
      {"activated_ffn", "the law's d': the widest FFN block that one token passes through"},
      {"train_flops", "6 x active_params x tokens"},
      {"six_nd", "6 x active_params"},
      {"with_attention",
       "6 x active without the input embedding, plus causal attention over the context"},
      {"train_memory_bytes_per_accelerator",
       "18 bytes a parameter before ZeRO, activations of the layers, logits; ideal sharding, no "
       "fragmentation"},
      {"kv_bytes_per_token", "mean over the context; a sliding-window layer holds its window"},
      {"decode_tokens_per_second", "of one sequence, by roofline; null or 0 where it does not fit"},
      {"interval_90", "the law's own error inside its domain, normal"}};
}

}  // namespace perflaw
