#include "search/answers/compare.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "search/cli/model_flags.hpp"
#include "search/cli/shell/command.hpp"
#include "search/cli/shell/describe.hpp"
#include "search/cli/shell/output.hpp"
#include "search/io/outputs/envelope.hpp"
#include "search/io/text/numbers.hpp"
#include "search/terminal/text_table.hpp"

namespace perflaw {
namespace {

struct CompareFlags : CompareQuestion {
  OutputFlags output;
};

// Whole numbers up to a million as they stand, so that shapes read exactly.
std::string Cell(const Json& value) {
  if (value.is_number_integer() && value.get<Count>() < 1'000'000) return value.dump();
  if (value.is_number()) return HumanCount(value.get<double>());
  if (value.is_string()) return value.get<std::string>();
  return value.is_null() ? "-" : value.dump();
}

// The warnings of a row in one cell.
Json CompareRows(const Json& result) {
  Json rows = result.at("rows");
  for (Json& row : rows) {
    if (!row.contains("domain_warnings")) continue;
    const auto warnings = row.at("domain_warnings").get<std::vector<std::string>>();
    row["domain_warnings"] = fmt::format("{}", fmt::join(warnings, "; "));
  }
  return rows;
}

// One column a model, one line a quantity.
Printout ComparePrintout(const Json& result) {
  const Json& rows = result.at("rows");
  std::vector<std::string> header{"model"};
  for (const Json& row : rows) header.push_back(row.at("model").get<std::string>());
  TextTable table(header);
  const auto label = [&](const std::string& key) {
    constexpr std::string_view kFlops = "prefill_flops_per_token";
    if (!key.starts_with(kFlops)) return key;
    const Json& context = result.at(key == kFlops ? "context" : "long_context");
    return fmt::format("{} at {}", kFlops, context.dump());
  };
  for (const auto& item : rows[0].items()) {
    const bool given = std::any_of(rows.begin(), rows.end(),
                                   [&](const Json& row) { return !row.at(item.key()).is_null(); });
    if (item.key() == "model" || item.key() == "index" || item.key() == "domain_warnings" || !given)
      continue;
    std::vector<std::string> line{label(item.key())};
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
  out.Echo(result.at("notes"), result.at("defaults"));
  out.Lines(kConventionsLine);
  return out;
}

int Compare(const CompareFlags& flags) {
  Inputs inputs;
  Control control;
  Show(flags.output, Answer(flags, inputs, control), {CompareRows, ComparePrintout});
  return kDone;
}

}  // namespace

void AddCompare(Command& program) {
  auto flags = std::make_shared<CompareFlags>();
  Command& command = program.Add("compare", "architectures side by side");
  command.Value("models", flags->models, "each " + std::string(kModelWords))
      .Required()
      .Takes(kTakesModel);
  AddModelOptions(command, flags->options);
  command
      .Value("--tokens", flags->tokens,
             "training tokens, as 15T: adds the score and the training FLOPs")
      .Takes(kTakesTokens);
  command.Value("--gamma", flags->gamma, "precision loss of the training infrastructure; 1 is good")
      .Takes(kTakesNumber)
      .ShowsDefault();
  command.Value("--context", flags->context, "tokens of a sequence")
      .Takes(kTakesTokens)
      .ShowsDefault();
  command
      .Value("--long-context", flags->long_context,
             "a second context, for the FLOPs of a token there")
      .Takes(kTakesTokens)
      .ShowsDefault();
  AddStoredDtype(command, flags->dtype);
  const char* accelerator = "--accelerator";
  command
      .Value(accelerator, flags->accelerator,
             "a name in configs/hardware or a path: adds decode and prefill speed")
      .Takes(kTakesAccelerator);
  command.Value("--count", flags->count, "accelerators that serve")
      .Takes(kTakesNumber)
      .ShowsDefault()
      .Needs(accelerator);
  command.Value("--batch", flags->batch, "sequences decoded together")
      .Takes(kTakesNumber)
      .ShowsDefault()
      .Needs(accelerator);
  AddLaw(command, flags->law);
  AddFormat(command, flags->output);
  command.Examples({"perflaw compare llama-3.1-8b qwen3-30b-a3b --tokens 15T",
                    "perflaw compare llama-3.1-8b mixtral-8x7b --accelerator h100-sxm --count 8"});
  command.Run([flags] { return Compare(*flags); });
}

}  // namespace perflaw
