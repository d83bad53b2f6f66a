// The parameters of one model as JSON, and what its tokens cost.
#pragma once

#include <string>

#include "engine/count.hpp"
#include "search/io/models/model_config.hpp"
#include "search/io/text/json.hpp"

namespace perflaw {

// What one token costs to keep and to train on, under the conventions named beside it.
struct CountOptions {
  Count context = 4096;
  std::string dtype = "bf16";
  double bytes = 2;
  bool as_stored = true;  // weights of a quantized config take the bytes that it says
};
// Parameters by block.
Json BlocksJson(const BlockCounts& blocks);
// The keys of `count`.
Json CountJson(const Model& model, const CountOptions& options);

}  // namespace perflaw
