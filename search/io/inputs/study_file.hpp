// Studies from their JSON files; configs/study.schema.json describes the format.
#pragma once

#include <optional>
#include <string>

#include "search/io/text/inputs.hpp"
#include "search/io/text/json.hpp"
#include "search/study/study.hpp"

namespace perflaw {

// What a command line says in place of the file.
struct StudyOverrides {
  std::optional<std::string> law, method;
  std::optional<double> gamma;
  std::optional<Count> top;
};

// Checks a study, the JSON of `file`, and reads the law and the accelerators that it names. Throws InputError.
Study ParseStudy(const Json& root, const std::string& file, const StudyOverrides& overrides,
                 Inputs& inputs);
// The same of the file at `path`.
Study LoadStudy(const std::string& path, const StudyOverrides& overrides, Inputs& inputs);

// `root` with the overrides in their places: a study that asks the same without them, for whoever reads the result.
Json Overridden(Json root, const StudyOverrides& overrides);

// {"train_flops"} or {"accelerator", "mfu", "count", "days"} or {"accelerator", "mfu", "usd"}; list prices used go to
// `defaults`. Throws InputError.
Budget ReadBudget(Fields fields, Inputs& inputs, std::vector<std::string>& defaults);

}  // namespace perflaw
