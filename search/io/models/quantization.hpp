// How a published file stores its weights: what quantization_config of a config.json says.
#pragma once

#include <optional>
#include <string>

#include "engine/count.hpp"
#include "search/io/text/json.hpp"

namespace perflaw {

struct Quantization {
  std::string method;                  // "fp8", "awq", ...
  double bytes = 2;                    // of one converted parameter, its scales included
  std::optional<double> routed_bytes;  // of a routed expert's, where it is another ("expert_dtype")
  // Of the layers that have such a block, the share whose blocks are converted.
  double attention = 1, mixers = 1, dense = 1, routed = 1, shared = 1;

  // Of the whole model: matrices of layers as converted; embedding, head, router, norms, biases and what is left out at 2 bytes.
  Bytes WeightBytes(const BlockCounts& counts) const;
};

// Of a config of that architecture. Nothing where there is none, or one that is not known, of which `note` says so. Modules that are
// left out are found by the names that the public modelling code gives them. Throws InputError for a number out of its range.
std::optional<Quantization> ReadQuantization(const Json& config, const std::string& file,
                                             const Architecture& architecture, std::string& note);

}  // namespace perflaw
