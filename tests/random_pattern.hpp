// Patterns of mixers for random studies.
#pragma once

#include <random>

#include "engine/stack_template.hpp"

namespace perflaw {

// One to six layers of one to three mixers of any kind, in the order in which they come. Attention has the template's heads.
inline MixerPattern RandomPattern(std::mt19937_64& random, const StackTemplate& base) {
  const auto below = [&](int end) {
    return static_cast<int>(random() % static_cast<std::uint64_t>(end));
  };
  const auto mixer = [&]() -> Block {
    SoftmaxAttention<Count> attention;
    attention.kv_heads = Count{1} << below(4);
    attention.head_dim = attention.v_head_dim = base.head_dim;
    LatentAttention<Count> latent;
    latent.heads = 16, latent.kv_lora_rank = 512, latent.qk_nope_dim = 128, latent.v_head_dim = 128;
    Mamba2 mamba2;
    mamba2.inner = 4096, mamba2.heads = 64, mamba2.groups = 8, mamba2.state = 128,
    mamba2.kernel = 4;
    switch (below(7)) {
      case 0:
        return GatedDelta{16, 32, 128, 128, 4};
      case 1:
        return mamba2;
      case 2:
        return LightningAttention{16, 64};
      case 3:
        return ShortConvolution{3, false};
      case 4:
        return latent;
      case 5:
        attention.window = 1024;
        return attention;
      default:
        return attention;
    }
  };
  MixerPattern pattern;
  const int mixers = 1 + below(3), layers = 1 + below(6);
  std::vector<Block> all;
  for (int i = 0; i < mixers; ++i) all.push_back(mixer());
  for (int i = 0; i < layers; ++i) {
    const Block& next = all[static_cast<std::size_t>(below(mixers))];
    const auto at = std::find(pattern.mixers.begin(), pattern.mixers.end(), next);
    pattern.order.push_back(static_cast<int>(at - pattern.mixers.begin()));
    if (at == pattern.mixers.end()) pattern.mixers.push_back(next);
  }
  return pattern;
}

}  // namespace perflaw
