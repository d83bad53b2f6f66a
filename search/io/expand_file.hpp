// Expansion studies from their JSON files, and results to JSON.
//   {"from": {"layers", "hidden", "ffn", "params", "tokens"}, "to": {the same}} is one plan.
//   {"from": {..., without tokens the switch moment is free}, "budget": {"train_flops": X}, "template": {as a
//   study's}, "space": {"layers": axis, "hidden": axis, "ffn": axis}} is a search. The budget pays for the whole
//   training, the tokens of `from` included. `from.params` left out are counted by the template.
// Both take "law" and "gamma".
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "search/expand.hpp"
#include "search/io/inputs.hpp"
#include "search/io/json.hpp"

namespace perflaw {

struct ExpansionFile {
  ExpansionStudy study;
  std::vector<std::string> defaults;
};

// Throws InputError, also for a budget that the given tokens of `from` overspend and for a space of more than
// kMaxTargets points. `law` and `gamma` are what the command line says in place of the file.
ExpansionFile LoadExpansion(const std::string& path, const std::optional<std::string>& law,
                            std::optional<double> gamma, Inputs& inputs);

// The keys of `expand`. Precondition: result.best.
Json ExpansionJson(const ExpansionStudy& study, const Expansion& result);

// Targets by why they are out: "shape" cannot be built, "growth" has r outside [0, 1] at every moment.
Json RejectedJson(const Expansion& result);

}  // namespace perflaw
