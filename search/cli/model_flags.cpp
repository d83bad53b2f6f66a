#include "search/cli/model_flags.hpp"

#include "engine/count.hpp"
#include "search/cli/command.hpp"
#include "search/error.hpp"
#include "search/io/files.hpp"
#include "search/io/model_config.hpp"

namespace perflaw {
namespace {

constexpr Range kAnySize{0, 1e30, true};

const std::string& Given(const char* flag, const std::string& text) {
  if (text.empty()) throw InputError("command line", flag, "", "is missing");
  return text;
}
double Width(const char* flag, const std::string& text, Count most) {
  return static_cast<double>(FlagWhole(flag, Given(flag, text), 1, most));
}
double Size(const char* flag, const std::string& text) {
  return FlagNumber(flag, Given(flag, text), kAnySize);
}

TrainedModel FromShape(const ModelFlags& f, Tokens tokens) {
  TrainedModel m;
  m.layers = Width("--layers", f.layers, kMaxLayers);
  m.hidden = Width("--hidden", f.hidden, kMaxWidth);
  m.ffn = Width("--ffn", f.ffn, kMaxWidth);
  m.widest_ffn = m.ffn;
  m.total_params = m.active_params = Size("--params", f.params);
  m.tokens = tokens;
  if (!f.active_params.empty()) {
    m.form = Form::kMoe;
    m.active_params = Size("--active-params", f.active_params);
    if (m.active_params > m.total_params) {
      throw InputError("command line", "--active-params", f.active_params,
                       "must be at most --params");
    }
  }
  if (!f.activated_ffn.empty()) {
    if (m.form == Form::kDense) {
      throw InputError("command line", "--activated-ffn", f.activated_ffn,
                       "is of a MoE: needs --active-params");
    }
    m.widest_ffn = Width("--activated-ffn", f.activated_ffn, kMaxWidth);
  }
  return m;
}

}  // namespace

void AddModelFlags(CLI::App& command, ModelFlags& flags) {
  auto* model = command.add_option("--model", flags.model,
                                   "a config.json, a short form, or a name in configs/models");
  const auto shape = [&](const char* flag, std::string& value, const char* what) {
    command.add_option(flag, value, what)->excludes(model);
  };
  shape("--layers", flags.layers, "transformer layers");
  shape("--hidden", flags.hidden, "hidden size");
  shape("--ffn", flags.ffn, "FFN size; of one expert for a MoE");
  shape("--params", flags.params, "total parameters, as 70B");
  shape("--active-params", flags.active_params, "activated parameters; makes it a MoE");
  shape("--activated-ffn", flags.activated_ffn,
        "widest FFN block a token passes through; default --ffn");
}

FlaggedModel ReadModelFlags(const ModelFlags& flags, Tokens tokens, Inputs& inputs) {
  if (flags.model.empty()) return {FromShape(flags, tokens), {}, {}};
  const std::string path = FindConfig("models", flags.model, "command line", "--model");
  const Model model = ParseModel(inputs.Read(path), path);
  return {AsTrained(model.architecture, CountParams(model.architecture), tokens), model.defaults,
          model.notes};
}

}  // namespace perflaw
