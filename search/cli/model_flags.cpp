#include "search/cli/model_flags.hpp"

#include "search/cli/shell/describe.hpp"

namespace perflaw {

void AddModelOptions(Command& command, ModelOptions& options) {
  command
      .Value("--family", options.family,
             "a family file or a folder of them, for configs that no shipped family reads")
      .Takes(kTakesFile);
  command
      .Value("--ignore-keys", options.ignore_keys, "keys of the config that carry no size, as a,b")
      .Takes("KEYS");
}

void AddModelFlags(Command& command, ModelSource& source) {
  command.Value("--model", source.model, kModelWords).Takes(kTakesModel);
  AddModelOptions(command, source.options);
  const auto shape = [&](const char* flag, std::string& value, const char* what) {
    command.Value(flag, value, what).Takes(kTakesNumber).Excludes("--model");
  };
  shape("--layers", source.layers, "transformer layers");
  shape("--hidden", source.hidden, "hidden size");
  shape("--ffn", source.ffn, "FFN size; of one expert for a MoE");
  shape("--params", source.params, "total parameters, as 70B");
  shape("--active-params", source.active_params, "activated parameters; makes it a MoE");
  shape("--activated-ffn", source.activated_ffn,
        "widest FFN block a token passes through; without, --ffn");
}

}  // namespace perflaw
