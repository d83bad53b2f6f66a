#include "search/answers/count.hpp"

#include <fmt/format.h>

#include "search/cli/model_flags.hpp"
#include "search/cli/shell/command.hpp"
#include "search/cli/shell/describe.hpp"
#include "search/cli/shell/output.hpp"
#include "search/io/outputs/envelope.hpp"
#include "search/io/text/numbers.hpp"

namespace perflaw {
namespace {

struct CountFlags : CountQuestion {
  OutputFlags output;
};

Json CountRows(const Json& c) {
  Json rows = Json::array();
  for (const auto& block : c.at("blocks").items()) {
    rows.push_back({{"block", block.key()},
                    {"total_params", block.value()},
                    {"active_params", c.at("active_blocks").at(block.key())}});
  }
  return rows;
}

TextTable BlockTable(const Json& c) {
  const auto count = [&](const char* key) { return c.at(key).dump(); };
  TextTable table({"parameters", "total", "activated"});
  for (const Json& row : CountRows(c)) {
    if (row.at("total_params") != 0)
      table.Add({row.at("block").get<std::string>(), row.at("total_params").dump(),
                 row.at("active_params").dump()});
  }
  table.Add({"sum", count("total_params"), count("active_params")}, Tone::kHeading);
  table.Add({"without input embedding", "", count("active_params_excluding_input_embedding")});
  return table;
}

Printout CountPrintout(const Json& c) {
  Printout out;
  out.Line(fmt::format("{} ({}): {}", c.at("model").get<std::string>(),
                       c.at("family").get<std::string>(),
                       c.at("stack_in_words").get<std::string>()));
  out.Table(BlockTable(c));
  out.Line(
      fmt::format("weights {} bytes, KV cache {} bytes a token ({}, mean over a context of {})",
                  HumanCount(c.at("weight_bytes").get<double>()), c.at("kv_bytes_per_token").dump(),
                  c.at("dtype").get<std::string>(), c.at("context").dump()));
  if (c.at("state_bytes_per_sequence") != 0)
    out.Line(fmt::format("state that does not grow {} bytes a sequence",
                         HumanCount(c.at("state_bytes_per_sequence").get<double>())));
  const Json& flops = c.at("train_flops_per_token");
  out.Line(fmt::format(
      "training {:.4g} FLOPs a token by 6ND, {:.4g} with causal attention over the context",
      flops.at("six_nd").get<double>(), flops.at("with_attention").get<double>()));
  out.Echo(c.at("notes"), c.at("defaults"));
  out.Lines(kConventionsLine);
  return out;
}

int CountModel(const CountFlags& flags) {
  Inputs inputs;
  Control control;
  Show(flags.output, Answer(flags, inputs, control), {CountRows, CountPrintout});
  return kDone;
}

}  // namespace

void AddCount(Command& program) {
  auto flags = std::make_shared<CountFlags>();
  Command& command =
      program.Add("count", "exact parameters by block, KV cache and FLOPs of a model");
  command.Value("--model", flags->model, kModelWords).Required().Takes(kTakesModel);
  AddModelOptions(command, flags->options);
  command.Value("--context", flags->context, "tokens of a sequence, for the KV cache and attention")
      .Takes(kTakesTokens)
      .ShowsDefault();
  AddStoredDtype(command, flags->dtype);
  AddFormat(command, flags->output);
  command.Examples({"perflaw count --model deepseek-v3 --context 8192",
                    "perflaw count --model llama-3.1-8b --dtype fp8 --format markdown"});
  command.Run([flags] { return CountModel(*flags); });
}

}  // namespace perflaw
