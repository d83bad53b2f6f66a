// Results as JSON: base units, counts exact, reals at 12 significant digits, null where nothing is
// defined.
#pragma once

#include <optional>
#include <string>

#include "engine/count.hpp"
#include "engine/law.hpp"
#include "search/io/text/inputs.hpp"
#include "search/io/text/json.hpp"
#include "search/io/models/model_config.hpp"
#include "search/sweep/sweep.hpp"

namespace perflaw {

// What every result carries, first in the object. `law` is empty where none took part.
Json Envelope(const std::string& command, const std::string& law, const Inputs& inputs, int threads,
              double seconds, int ranks = 1);

// What each key that has more than one usual meaning means here.
Json ConventionsJson();
// The same for a line under a table.
inline constexpr const char* kConventionsLine =
    "units are decimal; active counts the input embedding; training is 6 x active x tokens FLOPs; "
    "KV cache is the mean "
    "over the context; decode speed is one sequence's, by roofline\n";

// A whole number where the value is one below 2^53, else 12 significant digits; null for what is
// not finite.
Json Real(double value);

// The keys of `predict` for one model.
Json PredictionJson(const Law& law, const TrainedModel& model, double gamma);

// What one token costs to keep and to train on, under the conventions named beside it.
struct CountOptions {
  Count context = 4096;
  std::string dtype = "bf16";
  double bytes = 2;
};
// Parameters by block.
Json BlocksJson(const BlockCounts& blocks);
// The keys of `count`.
Json CountJson(const Model& model, const CountOptions& options);

// A row of best[]: flat, with every metric that the study's inputs define.
Json DesignJson(const ObjectiveFunction& objective, const Design& design);

// Why an asked point is not first: its row, the rules it breaks, its rank and distance to the best.
Json WhyJson(const ObjectiveFunction& objective, Count index, const SearchSummary& summary);

// The keys of `search`, to be merged behind an envelope. A front's rows, of which there may be thousands, are made on `threads`
// threads.
Json SearchJson(const ObjectiveFunction& objective, const SearchSummary& summary, int threads = 1);

// Cells of a JSON row as they stand in CSV.
std::string CellText(const Json& value);

}  // namespace perflaw
