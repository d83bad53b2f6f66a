#include "search/answers/compare.hpp"

#include <fmt/format.h>

#include "search/cli/shell/command.hpp"
#include "search/cli/shell/describe.hpp"
#include "search/cli/shell/output.hpp"
#include "search/io/outputs/envelope.hpp"
#include "search/io/text/numbers.hpp"
#include "search/terminal/text_table.hpp"

namespace perflaw {
namespace {

struct CompareFlags : CompareQuestion {
  bool json = false;
};

// Whole numbers up to a million as they stand, so that shapes read exactly.
std::string Cell(const Json& value) {
  if (value.is_number_integer() && value.get<Count>() < 1'000'000) return value.dump();
  if (value.is_number()) return HumanCount(value.get<double>());
  return value.is_null() ? "-" : value.dump();
}

// One column a model, one line a quantity.
Printout ComparePrintout(const Json& rows) {
  std::vector<std::string> header{"model"};
  for (const Json& row : rows) header.push_back(row.at("model").get<std::string>());
  TextTable table(header);
  for (const auto& item : rows[0].items()) {
    if (item.key() == "model" || item.key() == "index" || item.key() == "domain_warnings") continue;
    std::vector<std::string> line{item.key()};
    for (const Json& row : rows) line.push_back(Cell(row.at(item.key())));
    table.Add(std::move(line));
  }
  Printout out;
  out.Table(std::move(table));
  for (const Json& row : rows) {
    for (const Json& warning : row.value("domain_warnings", Json::array()))
      out.Warnings(
          Json::array({row.at("model").get<std::string>() + ": " + warning.get<std::string>()}));
  }
  return out;
}

int Compare(const CompareFlags& flags) {
  Inputs inputs;
  Control control;
  const Json result = Answer(flags, inputs, control);
  if (flags.json) {
    PrintJson(result);
    return kDone;
  }
  Printout out = ComparePrintout(result.at("rows"));
  out.Echo(result.at("notes"), result.at("defaults"));
  out.Lines(kConventionsLine);
  Print(out);
  return kDone;
}

}  // namespace

void AddCompare(CLI::App& app, int& status) {
  auto flags = std::make_shared<CompareFlags>();
  CLI::App* command = app.add_subcommand("compare", "architectures side by side");
  command
      ->add_option("models", flags->models,
                   "config.json files, short forms or names in configs/models")
      ->required()
      ->type_name(kTakesModel);
  command
      ->add_option("--tokens", flags->tokens,
                   "training tokens, as 15T: adds the score and the training FLOPs")
      ->type_name(kTakesTokens);
  const auto add = [&](const char* flag, std::string& value, const char* type, const char* what) {
    return command->add_option(flag, value, what)->type_name(type)->capture_default_str();
  };
  add("--gamma", flags->gamma, kTakesNumber,
      "precision loss of the training infrastructure; 1 is good");
  add("--context", flags->context, kTakesTokens, "tokens of a sequence");
  AddDtype(*command, flags->dtype);
  auto* accelerator =
      command
          ->add_option("--accelerator", flags->accelerator,
                       "a name in configs/hardware or a path: adds decode and prefill speed")
          ->type_name(kTakesAccelerator);
  add("--count", flags->count, kTakesNumber, "accelerators that serve")->needs(accelerator);
  add("--batch", flags->batch, kTakesNumber, "sequences decoded together")->needs(accelerator);
  AddLaw(*command, flags->law);
  AddJson(*command, flags->json);
  AddExamples(*command,
              {"perflaw compare llama-3.1-8b qwen3-30b-a3b --tokens 15T",
               "perflaw compare llama-3.1-8b mixtral-8x7b --accelerator h100-sxm --count 8"});
  command->callback([flags, &status] { status = Compare(*flags); });
}

}  // namespace perflaw
