// Random templates, for the tests of writing them.
#pragma once

#include <algorithm>
#include <random>

#include "engine/stack_template.hpp"

namespace perflaw {

// A dense or MoE decoder that some family writes, from switches that families know.
inline StackTemplate RandomTemplate(std::mt19937_64& random) {
  const auto pick = [&](Count least, Count most) {
    return std::uniform_int_distribution<Count>(least, most)(random);
  };
  StackTemplate a;
  a.layers = pick(2, 80);
  a.head_dim = 64 * pick(1, 2);
  a.kv_heads = 1 << pick(0, 4);
  a.heads = a.kv_heads * pick(1, 6);
  a.hidden = pick(0, 1) ? a.heads * a.head_dim : 64 * pick(1, 64);
  a.vocab = pick(1000, 200'000);
  a.ffn = 64 * pick(1, 300);
  a.tied_embeddings = pick(0, 1) == 1;
  a.qk_norm = QkNorm{static_cast<int>(pick(0, 2))};
  a.gated_ffn = pick(0, 9) > 0;
  if (pick(0, 4) == 0) a.biases = {true, pick(0, 1) == 1, pick(0, 1) == 1, pick(0, 1) == 1};
  if (pick(0, 4) == 0) a.norms_per_layer = 4;
  if (pick(0, 9) == 0) a.sliding_window = {128, (a.layers + 1) / 2};
  if (pick(0, 1) == 0) {
    a.moe = Moe{};
    a.moe->experts = pick(2, 256);
    a.moe->active = pick(1, std::min<Count>(8, a.moe->experts));
    a.moe->shared = pick(0, 2);
    a.moe->ffn = 64 * pick(1, 60);
    a.moe->dense_layers = pick(0, 2) == 0 ? 1 : 0;
    a.moe->shared_gate = a.moe->shared > 0 && pick(0, 1) == 1;
    a.moe->router_bias = pick(0, 2) == 0;
    if (a.moe->dense_layers == 0) a.ffn = 0;
  }
  if (pick(0, 3) == 0) {
    a.mla = LatentSizes{64 * pick(0, 20), 512, 128, 64, 128};
    a.kv_heads = a.head_dim = 0, a.qk_norm = QkNorm::kNone, a.biases = {};
  }
  return a;
}

}  // namespace perflaw
