#include "search/health.hpp"

#include <fmt/format.h>

#include "search/cli/command.hpp"
#include "search/cli/model_flags.hpp"
#include "search/io/catalog.hpp"
#include "search/io/curve_file.hpp"
#include "search/io/health_json.hpp"
#include "search/io/result.hpp"
#include "search/io/text.hpp"
#include "search/io/text_table.hpp"

namespace perflaw {
namespace {

struct HealthCommand {
  ModelSource model;
  std::vector<std::string> curve, references;
  std::string select, law = kDefaultLaw, fail_on;
  bool json = false;
};

std::string Text(const Health& h, const Json& notes, const Json& defaults) {
  std::string text = fmt::format("{}\n", VerdictName(h.verdict));
  for (const std::string& reason : h.reasons) text += "  " + reason + "\n";
  if (h.gamma) {
    text += fmt::format(
        "gamma {:.2f}, 90% {:.2f} to {:.2f} by the points' noise, {:.2f} to {:.2f} with the law's "
        "error; offset {:+.2f}, noise {:.2f} MMLU\n",
        *h.gamma, h.gamma_90[0], h.gamma_90[1], h.gamma_90_with_law_error[0],
        h.gamma_90_with_law_error[1], h.offset, h.noise_sigma);
  }
  TextTable table({"tokens", "measured", "expected", "90% low", "90% high"});
  for (const HealthPoint& p : h.points)
    table.Add({HumanCount(p.tokens), fmt::format("{:.2f}", p.measured),
               fmt::format("{:.2f}", p.expected), fmt::format("{:.1f}", p.low),
               fmt::format("{:.1f}", p.high)});
  return text + table.Format() + EchoText(notes, defaults);
}

int RunHealth(const HealthCommand& command) {
  const Stopwatch stopwatch;
  Inputs inputs;
  const Law law = LoadLaw(command.law, inputs, "command line", "--law");
  SourcedModel model = ReadModelSource(command.model, kTokensUnit, inputs);
  EchoRecipe(law, model.defaults);
  std::vector<std::string> notes = model.notes;
  const Curve curve = ReadCurve(command.curve, command.select, inputs, notes);
  std::vector<Curve> references;
  for (const std::string& path : command.references)
    references.push_back(ReadCurve({path}, "", inputs, notes));
  const Health health = CheckHealth(law, model.trained, curve, references);
  if (command.json) {
    Json result = Envelope("health", law.name, inputs, 1, stopwatch.Seconds());
    result.update(HealthJson(health));
    result["notes"] = notes;
    result["defaults"] = model.defaults;
    PrintJson(result);
  } else {
    Print(Text(health, notes, model.defaults));
  }
  const bool failed = (command.fail_on == "abnormal" && health.verdict == Verdict::kAbnormal) ||
                      (command.fail_on == "suspect" && health.verdict != Verdict::kHealthy);
  return failed ? kAskedCheckFailed : kDone;
}

}  // namespace

void AddHealth(CLI::App& app, int& status) {
  auto options = std::make_shared<HealthCommand>();
  CLI::App* command = app.add_subcommand("health", "is a training run as the law expects");
  command
      ->add_option(
          "curve", options->curve,
          "tokens against mmlu: a .csv, a .jsonl, or the .json results of lm-evaluation-harness")
      ->required();
  command->add_option("--select", options->select, "the rows of this model, in a table of several");
  command->add_option(
      "--reference", options->references,
      "the curve of an earlier healthy run of the same recipe and shape; repeatable");
  command->add_option("--fail-on", options->fail_on, "exit with 4 on this verdict or a worse one")
      ->check(CLI::IsMember({"suspect", "abnormal"}));
  AddModelFlags(*command, options->model);
  AddLaw(*command, options->law);
  AddJson(*command, options->json);
  command->callback([options, &status] { status = RunHealth(*options); });
}

}  // namespace perflaw
