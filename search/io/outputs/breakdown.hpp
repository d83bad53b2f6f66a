// What an architecture's parameters, memory and cost are made of.
#pragma once

#include "search/io/text/json.hpp"
#include "search/study/objective.hpp"

namespace perflaw {

// {"params", "active_params": {block: parameters}, "train_memory_bytes": of one accelerator {"weights", "gradients", "optimizer",
// "activations", "logits"}, "serving_memory_bytes": of all accelerators {"weights", "kv_cache"}, "usd": {"training", "serving"}},
// with null for what the study does not define. Precondition: the design can be built.
Json BreakdownJson(const ObjectiveFunction& objective, const Design& design);

}  // namespace perflaw
