// Sizes behind benchmark scores as JSON.
#pragma once

#include <string>
#include <vector>

#include "search/io/text/inputs.hpp"
#include "search/io/text/key_place.hpp"
#include "search/learn/size_law.hpp"

namespace perflaw {

// A fitted line.
Json RegressionJson(const SizeLaw& law);

// As people write it: one score for each benchmark, on its own scale.
struct SizeQuestion {
  std::vector<std::string> benchmarks, scores;
  std::string active_ratio;  // activated share of the parameters; empty where not known
};

// The keys of `size predict`, by the published lines. Throws InputError.
Json SizePredictionJson(const SizeQuestion& question, Inputs& inputs, const KeyPlace& place);

}  // namespace perflaw
