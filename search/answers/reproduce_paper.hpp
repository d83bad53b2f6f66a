// The paper's tables, figures and examples made again, and how far both laws err on published models.
// Source: C. Wu, R. Tang, "Performance Law of Large Language Models", 2024.
#pragma once

#include "search/answers/reproduction.hpp"
#include "search/io/text/inputs.hpp"

namespace perflaw {

// Reads configs/laws, configs/models and configs/tables.
Reproduction ReproducePaper(Inputs& inputs);

}  // namespace perflaw
