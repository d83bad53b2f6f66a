// The project's own short form of an architecture, as a JSON object; see
// configs/architecture.schema.json.
#pragma once

#include "engine/architecture.hpp"
#include "search/io/json.hpp"

namespace perflaw {

// Reads a whole architecture. Anything left out is absent; layers, hidden, heads, vocab, gated_ffn
// and what the attention needs are required. Throws InputError for what Validate refuses, too.
Architecture ReadShortForm(Fields& fields);

// Reads the members that do not depend on the axes of a study into `architecture` (and `moe`, when
// there is one): vocabulary, attention shape, switches. `heads` stays 0 when absent.
void ReadTemplate(Fields& fields, Architecture& architecture, Moe& moe);

}  // namespace perflaw
