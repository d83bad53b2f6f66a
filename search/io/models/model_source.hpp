// Which model a question is about: a file or a name, or its shape.
#pragma once

#include <string>
#include <vector>

#include "engine/architecture.hpp"
#include "engine/domain.hpp"
#include "search/io/models/model_config.hpp"
#include "search/io/text/inputs.hpp"
#include "search/io/text/key_place.hpp"

namespace perflaw {

// As people write them: `model` a config.json, a short form or a name in configs/models; else the shape, with numbers as
// "70B".
struct ModelSource {
  std::string model, layers, hidden, ffn, params, active_params, activated_ffn;
  ModelOptions options;  // of `model`
};

// The model of a file or a name. Throws InputError.
Model ReadModel(const std::string& model, const ModelOptions& options, Inputs& inputs,
                const KeyPlace& place = {});

// The law's view of a stack; throws InputError by `model` for one without FFNs.
TrainedModel TrainedOn(const Architecture& architecture, Tokens tokens, const std::string& model,
                       const KeyPlace& place);

// The model that the source describes, trained on `tokens`, and what was assumed of its file. Throws InputError
// naming the key that is missing or wrong.
struct SourcedModel {
  TrainedModel trained;
  std::vector<std::string> defaults, notes;
  std::optional<Architecture> architecture;  // of a file
};
SourcedModel ReadModelSource(const ModelSource& source, Tokens tokens, Inputs& inputs,
                             const KeyPlace& place = {});

}  // namespace perflaw
