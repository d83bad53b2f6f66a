// What an architecture costs to train and to serve. First-order models with their sources: ideal
// sharding, no communication, no fragmentation. Achieved speed enters as MFU, the share of peak
// that training sustains.
#pragma once

#include <optional>
#include <string>

#include "engine/count.hpp"
#include "engine/units.hpp"

namespace perflaw {

// One accelerator as it is scheduled. Peaks are of dense matrices, without sparsity. What has no source is not there.
struct Accelerator {
  std::string name;
  FlopsPerSecond peak = 0;  // in BF16
  Bytes memory = 0;
  BytesPerSecond bandwidth = 0;
  Watts tdp = 0;
  std::optional<Dollars> usd_per_hour;
  std::optional<FlopsPerSecond> fp16 = {}, tf32 = {}, fp8 = {}, fp4 = {};
  // How many accelerators reach each other without the network, and what one of them sends to the others; then what one sends to the
  // network. In one direction.
  std::optional<Count> scale_up = {};
  std::optional<BytesPerSecond> scale_up_bandwidth = {}, network = {};
};

// ---- FLOPs ----

enum class Attention { kIgnored, kCausal, kFull };
enum class Recompute { kNone, kSelective, kFull };

// 6 x activated parameters, input embedding included: the budget's convention (Kaplan et al.,
// arXiv:2001.08361).
Flops SixNdFlopsPerToken(const Architecture& architecture);

// 6 A T: by that convention, what A activated parameters take for T tokens; and the tokens that so many FLOPs pay for.
inline Flops TrainFlops(double active_params, Tokens tokens) { return 6 * active_params * tokens; }
inline Tokens TokensFor(Flops flops, double active_params) { return flops / (6 * active_params); }

// Training FLOPs of one token: 6 for each activated parameter (the input embedding is looked up;
// norms and biases, under 0.1%, are taken along) plus attention, of each layer
//   6 heads (qk_dim + v_dim) keys,
// where `keys` is the mean number attended to: context/2 when causal, context when full, less in
// sliding-window layers (w - w^2/(2 context) when causal); an indexer's heads x dim stand for its scores, and where it leaves top_k keys
// no more are attended to; a recurrent state takes 3 multiply-adds a value, to be decayed, written and read. Full recomputation runs every layer's
// forward pass again, 8/6 of the layers; selective only the attention.
// Sources: Narayanan et al., arXiv:2104.04473, equation 3 (full attention and recomputation);
// Korthikanti et al., arXiv:2205.05198, appendix A. Range: context >= 1.
Flops TrainingFlopsPerToken(const Architecture& architecture, Count context, Attention attention,
                            Recompute recompute = Recompute::kNone);

// ---- Training run ----

struct TrainingRun {
  Accelerator accelerator;
  Count count = 0;                              // >= 1 where seconds are asked for
  double mfu = 0;                               // in (0, 1]
  double power_usage_effectiveness = 1;         // facility power over accelerator power, >= 1
  std::optional<double> kilograms_co2_per_kwh;  // of the grid
};

struct TrainingCost {
  Seconds seconds = 0;  // flops / (count x peak x mfu)
  double accelerator_hours = 0;
  std::optional<Dollars> usd;  // accelerator-hours x price
  // accelerator-hours x TDP x PUE (Patterson et al., arXiv:2104.10350); hosts and network are not
  // counted.
  KilowattHours kwh = 0;
  std::optional<KilogramsCo2> co2;  // kwh x the grid's intensity
};
TrainingCost CostOfTraining(Flops flops, const TrainingRun& run);

// ---- Training memory ----

struct Parallelism {
  Count data = 1, tensor = 1, pipeline = 1,
        expert = 1;       // expert parallelism divides the data-parallel ranks
  int zero = 0;           // ZeRO stage 0 to 3 over the data-parallel ranks
  Count micro_batch = 1;  // sequences
  Count context = 0;      // tokens of a sequence
  bool sequence_parallel = false;
  Recompute recompute = Recompute::kNone;
};

// The first size that does not divide, as a rule to show; nothing when the architecture can be laid
// out so: tensor parallel divides heads and FFN widths, and kv_heads or the reverse; pipeline the
// layers; expert the experts.
std::optional<Violation> CheckParallelism(const Architecture& architecture,
                                          const Parallelism& parallelism);

struct TrainingMemory {
  Bytes weights = 0;      // 2 bytes a parameter (BF16)
  Bytes gradients = 0;    // 4 (FP32)
  Bytes optimizer = 0;    // 12 (FP32 master copy, two Adam moments)
  Bytes activations = 0;  // of the layers
  Bytes logits = 0;       // and the head's input, on the last pipeline stage
  Bytes Sum() const { return weights + gradients + optimizer + activations + logits; }
};

// Peak bytes on the fullest accelerator, the worse of the first and the last pipeline stage (1F1B).
// Parameters: every block divided by tensor x pipeline, routed experts also by expert; k and v by no
// more than the KV heads; norms, under 0.1%, count as divided. ZeRO 1, 2, 3 divides optimizer,
// gradients, weights by the data-parallel ranks that share them.
// Activations, 2-byte with 1-byte dropout masks, of context x micro_batch tokens and one layer:
//   10 h + 24 h/t + 5 heads s/t bytes for the Megatron layer (MHA, FFN 4 h),
// here itemised for any attention and FFN. Sequence parallelism divides the 10 h too; selective
// recomputation drops 5 heads s (FlashAttention keeps none of it either); full recomputation keeps
// each layer's input, 2 h. The first stage holds as many micro-batches as there are stages, so all
// layers' worth whatever `pipeline`.
// Source: Korthikanti et al., arXiv:2205.05198, section 4; ZeRO: Rajbhandari et al., arXiv:1910.02054.
// Precondition: CheckParallelism found nothing; context >= 1.
TrainingMemory MemoryPerAccelerator(const Architecture& architecture,
                                    const Parallelism& parallelism);

// Activation bytes that one layer keeps for one token on one accelerator (the mean layer, for mixed
// stacks).
Bytes ActivationBytesPerTokenAndLayer(const Architecture& architecture,
                                      const Parallelism& parallelism);

// ---- Serving ----

// Mean KV-cache bytes a token of a sequence of `context` tokens: of each layer 2 kv_heads head_dim x bytes (latent attention:
// kv_lora_rank + qk_rope_dim, arXiv:2405.04434), where a sliding-window layer holds min(window, context) tokens. What does not grow
// with the tokens is StateBytesPerSequence: recurrent states and convolutions' inputs, at the same bytes a value.
Bytes KvBytesPerToken(const Architecture& architecture, Count context, double bytes_per_value);
Bytes StateBytesPerSequence(const Architecture& architecture, double bytes_per_value);

// Counts at least 1.
struct Serving {
  Accelerator accelerator;
  Count count = 1;
  Count batch = 1;                        // sequences decoded together
  Count context = 0;                      // tokens of each sequence
  double weight_bytes = 2, kv_bytes = 2;  // bytes of one parameter, of one cached value
};

// The KV caches and states of the batch.
Bytes CacheBytes(const Architecture& architecture, const Serving& serving);

// Whether all weights and the batch's caches fit the accelerators' memory.
// Here and below `params` are the architecture's own, which callers often know.
bool FitsServing(const Architecture& architecture, const ParamTotals& params,
                 const Serving& serving);

// Decode tokens per second of one sequence, by roofline: the slower of reading the weights that the
// batch touches and its KV caches at count x bandwidth, and of its FLOPs at count x peak. A MoE
// layer's batch touches E (1 - (1 - k/E)^batch) of E experts in the mean, routed evenly. Latent
// attention counts FLOPs at its full head sizes, not absorbed. 0 when weights and caches do not fit
// the memory. The batch as a whole decodes `batch` times as fast.
// Source: Williams et al., "Roofline", CACM 52(4), 2009.
double DecodeTokensPerSecond(const Architecture& architecture, const ParamTotals& params,
                             const Serving& serving);

// Forward FLOPs a token of a causal prefill of `context` tokens: a third of the training FLOPs.
Flops PrefillFlopsPerToken(const Architecture& architecture, Count context);

// Seconds to prefill `context` tokens of one sequence: the slower of its FLOPs and of reading the
// weights once; infinity when it does not fit.
Seconds PrefillSeconds(const Architecture& architecture, const Serving& serving);

// Dollars of decoding `tokens` tokens at full batches; nothing without a price, infinity when it
// does not fit.
std::optional<Dollars> ServingUsd(const Architecture& architecture, const ParamTotals& params,
                                  const Serving& serving, Tokens tokens);

}  // namespace perflaw
