// What a sequence keeps between tokens: keys and values that grow, and states that do not.
#pragma once

#include "engine/architecture.hpp"

namespace perflaw {

// Numbers of values, whatever their type, of all layers together.
struct CacheValues {
  double growing = 0;   // a token, for ever; compressed keys count by their share of a token
  double windowed = 0;  // a token, while it is within its layer's window
  double held_of_windowed = 0;  // of those, held a token in the mean over `context` tokens
  double per_sequence =
      0;  // recurrent states, the last inputs of convolutions, and tokens not yet compressed
};
// After `context` >= 1 tokens. Attention keeps kv_heads (head_dim + v_head_dim), latent attention kv_lora_rank + qk_rope_dim, an indexer
// its dim; convolutions their kernel's inputs; recurrences heads x key channels x value channels.
CacheValues CacheOf(const Architecture& architecture, Count context);

// Values of a block's recurrent state, without convolutions: each is decayed, written and read once a token.
double RecurrentState(const Block& block);

}  // namespace perflaw
