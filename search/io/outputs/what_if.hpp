// The answers to "what if" as JSON: what is nearly as good as the best, and what each limit costs.
#pragma once

#include <vector>

#include "search/bound/near_best.hpp"
#include "search/bound/sensitivity.hpp"
#include "search/io/text/json.hpp"

namespace perflaw {

// [{"within", "at_least", "at_most", "cheapest", "shallowest", "smallest_kv"}], rows as in best[].
Json NearBestJson(const ObjectiveFunction& objective, const std::vector<NearBest>& all);

// {limit: {"mmlu_per_percent", "change_for_plus_one"}}.
Json SensitivityJson(const std::vector<Sensitivity>& all);

}  // namespace perflaw
