// One design of a space as a row, and why it is not first.
#pragma once

#include "search/io/text/json.hpp"
#include "search/study/summary.hpp"

namespace perflaw {

// What columns of designs mean: {name: {"label", "unit": see MetricInfo, "larger_is_better"}}, of all metrics or of those that the study
// of an objective defines.
Json MetricsJson();
Json MetricsJson(const ObjectiveFunction& objective);

// A row of best[]: flat, with every metric that the study's inputs define.
Json DesignJson(const ObjectiveFunction& objective, const Design& design);

// Why an asked point is not first: its row, the rules it breaks, its rank and distance to the best.
Json WhyJson(const ObjectiveFunction& objective, Count index, const SearchSummary& summary);

// null without a design.
Json DesignOrNull(const ObjectiveFunction& objective, const std::optional<Design>& design);

}  // namespace perflaw
