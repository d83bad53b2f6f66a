// Exact parameter counts, itemised by block, for every stack that Architecture can describe.
#pragma once

#include "engine/architecture.hpp"
#include "engine/domain.hpp"

namespace perflaw {

// Parameters by block. Every bias and norm shift is in `biases`, so the other blocks are matrices
// and scales. N is Count where the count must be exact, double where it may be huge.
template <class N>
struct Blocks {
  N embedding{0};  // vocab x hidden, and learned positions
  N attention{
      0};  // q, k, v, out (latent attention: the down and up projections), gates, sinks, indexers
  N mixers{0};          // of layers without softmax attention: projections, convolutions, decays
  N dense_ffn{0};       // FFNs of dense layers: 3 (gated) or 2 matrices of hidden x ffn
  N routed_experts{0};  // likewise for each routed expert
  N shared_experts{
      0};       // and the projections between which routed experts work, where they are narrower
  N router{0};  // hidden x experts, and shared-expert gates
  N norms{0};   // block norms, final norm, q/k norms, the norms inside mixers, embedding norm
  N biases{0};
  N head{0};   // vocab x hidden when not tied
  N other{0};  // parts that stand by their numbers, see CustomPart

  N Sum() const {
    return embedding + attention + mixers + dense_ffn + routed_experts + shared_experts + router +
           norms + biases + head + other;
  }
};
using BlockCounts = Blocks<Count>;

struct ParamCounts {
  BlockCounts total;
  BlockCounts
      active;  // what one token passes through: `active` of the routed experts, all else whole

  Count Total() const { return total.Sum(); }
  // Including the input embedding: the law's A and the convention of Mixtral and Qwen3.
  Count Active() const { return active.Sum(); }
};
struct ParamTotals {
  Count total = 0, active = 0;
};

// Precondition: Validate(architecture) found nothing.
// Sources: the models' published configs and weight lists; see tests/golden/published_counts.csv.
ParamCounts CountParams(const Architecture& architecture);
ParamTotals TotalsOf(const Architecture& architecture);

// Activated parameters without what is looked up, not multiplied: the input embedding's vocab x hidden, and tables of layers. The
// convention of gpt-oss and of FLOP counts. A tied matrix serves as the head, where there is one, and stays.
Count ActiveExcludingInputEmbedding(const Architecture& architecture);
Count LookedUp(const Architecture& architecture);  // what that leaves out

// The total in floating point: relative error under 1e-12 and no overflow for any field up to
// kMaxWidth.
double ApproximateTotalParams(const Architecture& architecture);

// The law's d': the widest FFN block that one token passes through, in channels: the widest of a
// dense layer's FFN, the shared experts merged and one routed expert; for fine-grained experts (ffn
// < hidden) also the activated experts together, active x ffn + the shared ones. 0 without FFNs.
Count WidestFfn(const Architecture& architecture);

// The law's d: the widest dense FFN, for a MoE the width of one routed expert. 0 without FFNs, where the law says nothing.
Count LawFfn(const Architecture& architecture);

// Whether any layer has experts.
bool IsMoe(const Architecture& architecture);

// The architecture with these counts, trained on `tokens`, as the law and its domain take it.
TrainedModel AsTrained(const Architecture& architecture, const ParamCounts& counts, Tokens tokens);

}  // namespace perflaw
