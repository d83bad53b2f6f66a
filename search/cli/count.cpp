#include <fmt/format.h>

#include "search/cli/command.hpp"
#include "search/io/dtype.hpp"
#include "search/io/files.hpp"
#include "search/io/result.hpp"
#include "search/io/text.hpp"
#include "search/io/text_table.hpp"

namespace perflaw {
namespace {

struct CountFlags {
  std::string model, context = "4096";
  std::string dtype = "bf16";
  bool json = false;
};

std::string Text(const Json& c) {
  const auto count = [&](const char* key) { return c.at(key).get<Count>(); };
  std::string text =
      fmt::format("{} ({})\n", c.at("model").get<std::string>(), c.at("family").get<std::string>());
  TextTable table({"parameters", "total", "activated"});
  for (const auto& block : c.at("blocks").items()) {
    const Count active = c.at("active_blocks").at(block.key()).get<Count>();
    if (block.value() != 0)
      table.Add(
          {block.key(), fmt::format("{}", block.value().get<Count>()), fmt::to_string(active)});
  }
  table.Add({"sum", fmt::to_string(count("total_params")), fmt::to_string(count("active_params"))});
  table.Add({"without input embedding", "",
             fmt::to_string(count("active_params_excluding_input_embedding"))});
  text += table.Format();
  const Json& flops = c.at("train_flops_per_token");
  text +=
      fmt::format("weights {} bytes, KV cache {} bytes a token ({}, mean over a context of {})\n",
                  HumanCount(c.at("weight_bytes").get<double>()), c.at("kv_bytes_per_token").dump(),
                  c.at("dtype").get<std::string>(), count("context"));
  text += fmt::format(
      "training {:.4g} FLOPs a token by 6ND, {:.4g} with causal attention over the context\n",
      flops.at("six_nd").get<double>(), flops.at("with_attention").get<double>());
  return text + EchoText(c.at("notes"), c.at("defaults")) + kConventionsLine;
}

int CountModel(const CountFlags& flags) {
  const Stopwatch stopwatch;
  Inputs inputs;
  const std::string path = FindConfig("models", flags.model, "command line", "--model");
  const Model model = ParseModel(inputs.Read(path), path);
  const Json counts =
      CountJson(model, {FlagWhole("--context", flags.context, 1, kMaxWidth), flags.dtype,
                        DtypeBytes(flags.dtype, "command line", "--dtype")});
  if (!flags.json) {
    Print(Text(counts));
    return kDone;
  }
  Json result = Envelope("count", "", inputs, 1, stopwatch.Seconds());
  result.update(counts);
  result["conventions"] = ConventionsJson();
  PrintJson(result);
  return kDone;
}

}  // namespace

void AddCount(CLI::App& app, int& status) {
  auto flags = std::make_shared<CountFlags>();
  CLI::App* command =
      app.add_subcommand("count", "exact parameters by block, KV cache and FLOPs of a model");
  command
      ->add_option("--model", flags->model,
                   "a config.json, a short form, or a name in configs/models")
      ->required();
  command->add_option("--context", flags->context,
                      "tokens of a sequence, for the KV cache and attention; default 4096");
  command->add_option(
      "--dtype", flags->dtype,
      "of weights and KV cache: fp32, bf16, fp16, fp8, int8, fp4, int4; default bf16");
  AddJson(*command, flags->json);
  command->callback([flags, &status] { status = CountModel(*flags); });
}

}  // namespace perflaw
