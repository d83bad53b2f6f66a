// Inversions as `reproduce` shows them: how often intervals hold on published models, and all cases of configs/cases.
#pragma once

#include "search/answers/reproduction.hpp"
#include "search/io/text/inputs.hpp"

namespace perflaw {

// Adds inversion-calibration.csv (a row a model), inversion-errors.csv (a row a quantity), closed-models.csv (a row a case, beside the
// published guesses) and their checks. Reads configs/laws, configs/priors, configs/tables and configs/cases.
void AddInversions(Inputs& inputs, Reproduction& made);

}  // namespace perflaw
