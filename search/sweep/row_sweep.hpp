// The fast path of a sweep. It tells, for whole rows of points that differ in FFN size and tokens only, which rule leaves them out
// and which can't matter to the summary, and only counts those; the objective function decides every other point.
#pragma once

#include "search/sweep/row_tables.hpp"
#include "search/sweep/tally.hpp"

namespace perflaw {

// Adds the points of [first, end) to the tally: by rows where the study has `tables`, else one by one; Report says the same of both.
// Several threads may call this at once, each with its own tally.
void SweepBlock(const ObjectiveFunction& objective, const std::optional<RowTables>& tables,
                Tally& tally, Count first, Count end);

}  // namespace perflaw
