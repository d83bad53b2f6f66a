// A judged training curve as JSON.
#pragma once

#include "search/health/health.hpp"
#include "search/io/text/json.hpp"

namespace perflaw {

// The keys of `health`.
Json HealthJson(const Health& health);

}  // namespace perflaw
