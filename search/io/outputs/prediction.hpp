// The score of one model as JSON.
#pragma once

#include "engine/law.hpp"
#include "search/io/text/json.hpp"

namespace perflaw {

// The keys of `predict` for one model.
Json PredictionJson(const Law& law, const TrainedModel& model, double gamma);

}  // namespace perflaw
