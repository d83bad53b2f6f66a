// Cases for `invert` from their JSON files.
//   {"evidence": {"mmlu": 86.4 or {"value", "noise", "setting": "base" or "instruct"}, "mmlu_pro", "usd_per_million_output_tokens",
//                 "decode_tokens_per_second", "size": {"benchmark", "score", "active_ratio"} or a list of these},
//    "known": {"kind": "dense" or "moe", "released": "2023-03", and numbers: layers, hidden, ffn, activated_ffn, tokens, total_params,
//              active_params, each one number or {"from", "to"}; experts, experts_active: numbers},
//    "law", "gamma", "prior": names or numbers, "name", "sources", "guesses": carried along}
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "search/invert/invert.hpp"
#include "search/io/text/inputs.hpp"
#include "search/io/text/json.hpp"

namespace perflaw {

// The JSON library asserts in its moves, which clang-tidy takes for exceptions.
struct CaseFile {  // NOLINT(bugprone-exception-escape)
  std::string name;
  ClosedCase closed;
  std::vector<std::string> defaults, warnings;
  Json guesses;  // null where there are none
  Json asked;    // the file, with the law that the command line named: for whoever reads the result
};

// The law that inversions use unless told otherwise: it knows of dates, and errs less.
inline constexpr const char* kInversionLaw = "performance-law-2026";

// Throws InputError. `law` is what the command line says in place of the file.
CaseFile LoadCase(const std::string& path, const std::optional<std::string>& law, Inputs& inputs);

}  // namespace perflaw
