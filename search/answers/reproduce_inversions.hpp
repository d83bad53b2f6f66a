// Inversions as `reproduce` shows them: how often intervals hold on published models, and all cases of configs/cases.
#pragma once

#include "search/answers/reproduction.hpp"
#include "search/base/control.hpp"
#include "search/io/text/inputs.hpp"

namespace perflaw {

// Adds inversion-calibration.csv (a row a model), inversion-errors.csv (a row a quantity), closed-models.csv (a row a case, beside the
// published guesses) and their checks. Reads configs/laws, configs/priors, configs/tables and configs/cases. Where control.stop
// ends it, what was not whole by then is missing.
void AddInversions(Inputs& inputs, Reproduction& made, Control& control);

}  // namespace perflaw
