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
  bool attention = true;               // whether attention and other mixers are converted
  bool routed = true, dense = true, shared = true;  // whether these FFNs are

  // Of the whole model: matrices of layers as converted; embedding, head, router, norms, biases and what is left out at 2 bytes.
  Bytes WeightBytes(const BlockCounts& counts) const;
};

// Nothing where there is none, or one that is not known, of which `note` says so.
std::optional<Quantization> ReadQuantization(const Json& config, std::string& note);

}  // namespace perflaw
