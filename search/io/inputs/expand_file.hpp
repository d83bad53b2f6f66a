// Expansion studies from their JSON files.
//   {"from": {"layers", "hidden", "ffn", "params", "tokens"}, "to": {the same}} is one plan.
//   {"from": {..., without tokens the switch moment is free}, "budget": {as a study's}, "template": {as a
//   study's}, "space": {"layers": axis, "hidden": axis, "ffn": axis}, "domain": "inside" (or "any")} is a search. The budget pays for the whole
//   training, the tokens of `from` included. `from.params` left out are counted by the template.
// Both take "law" and "gamma".
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "search/growth/expand.hpp"
#include "search/io/text/inputs.hpp"
#include "search/io/text/json.hpp"

namespace perflaw {

// The JSON library asserts in its moves, which clang-tidy takes for exceptions.
struct ExpansionFile {  // NOLINT(bugprone-exception-escape)
  ExpansionStudy study;
  std::vector<std::string> defaults;
  // The file, with what the command line says in its place: for whoever reads the result.
  Json asked;
};

// Throws InputError, also for a budget that the given tokens of `from` overspend and for a space of more than
// kMaxTargets points, and for a plan whose target is smaller in any size. `law` and `gamma` are what the command line says in place of the file.
ExpansionFile LoadExpansion(const std::string& path, const std::optional<std::string>& law,
                            std::optional<double> gamma, Inputs& inputs);

}  // namespace perflaw
