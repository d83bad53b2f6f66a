// The law's coefficients from runs.
#pragma once

#include <string>

#include "engine/law.hpp"
#include "search/base/control.hpp"
#include "search/io/inputs/catalog.hpp"
#include "search/io/text/inputs.hpp"
#include "search/io/text/json.hpp"
#include "search/io/text/key_place.hpp"

namespace perflaw {

// `method` is empty where it is to be chosen by the runs.
struct FitQuestion {
  std::string table, law = kDefaultLaw, gamma = "1", method, seed = "0";
  bool robust = false;
};

// What `perflaw fit` prints as JSON, the fitted law and where it is from. Throws InputError.
struct FitAnswer {  // NOLINT(bugprone-exception-escape)
  Json result;
  Law law;
  std::string source;
};
FitAnswer Fit(const FitQuestion& question, Inputs& inputs, Control& control,
              const KeyPlace& place = {});
inline Json Answer(const FitQuestion& question, Inputs& inputs, Control& control,
                   const KeyPlace& place = {}) {
  return Fit(question, inputs, control, place).result;
}

}  // namespace perflaw
