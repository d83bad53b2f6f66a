// The project's own short form of an architecture, as a JSON object of the fields of Architecture:
//   layers, hidden, heads, kv_heads, head_dim, vocab, ffn, gated_ffn, tied_embeddings, qk_norm
//   (false, "head", "full"), norms_per_layer, norm_weights, embedding_norm, learned_positions,
//   lm_head_bias, sinks, biases {qkv, out, ffn, norm}, sliding_window {tokens, layers}, mla
//   {q_lora_rank, kv_lora_rank, qk_nope_dim, qk_rope_dim, v_head_dim}, moe {experts, active,
//   shared, ffn, shared_ffn, dense_layers, interval, shared_gate, router_bias}, and instead of one attention for all layers pattern
//   (names of mixers by depth, over and over) and mixers {name: {kind, ...}} with the fields of block_fields.hpp, where heads of 0 are
//   the template's.
#pragma once

#include "engine/stack_template.hpp"
#include "search/io/text/json.hpp"

namespace perflaw {

// Reads a whole architecture. Anything left out is absent; layers, hidden, heads, vocab, gated_ffn
// and what the attention needs are required. Throws InputError for what Validate refuses, too.
StackTemplate ReadShortForm(Fields& fields);

// The whole template in the short form; ReadShortForm reads it back.
Json ToShortForm(const StackTemplate& stack);

// Reads the members that do not depend on the axes of a study into `architecture` (and `moe`, when
// there is one): vocabulary, attention shape, switches. `heads` stays 0 when absent.
void ReadTemplate(Fields& fields, StackTemplate& architecture, Moe& moe);

}  // namespace perflaw
