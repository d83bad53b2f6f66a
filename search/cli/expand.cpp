#include "search/growth/expand.hpp"

#include <fmt/format.h>

#include "search/base/control.hpp"
#include "search/base/error.hpp"
#include "search/cli/shell/command.hpp"
#include "search/cli/shell/describe.hpp"
#include "search/cli/shell/output.hpp"
#include "search/io/inputs/catalog.hpp"
#include "search/io/inputs/expand_file.hpp"
#include "search/io/outputs/envelope.hpp"
#include "search/io/outputs/growth.hpp"
#include "search/io/text/numbers.hpp"
#include "search/terminal/text_table.hpp"

namespace perflaw {
namespace {

struct ExpandOptions {
  std::string study, law, gamma;
  int threads = 1;
  bool json = false;
};

TextTable CriticalTable(const Json& points) {
  TextTable table({"critical point", "tokens before", "tokens after", "r", "raw MMLU"});
  for (const Json& c : points) {
    const Json& raw = c.at("mmlu_raw");
    table.Add({c.at("kind").get<std::string>(), HumanCount(c.at("from_tokens").get<double>()),
               HumanCount(c.at("to_tokens").get<double>()),
               fmt::format("{:.3f}", c.at("r").get<double>()),
               raw.is_null() ? "-" : fmt::format("{:.2f}", raw.get<double>())});
  }
  return table;
}

Printout ExpandPrintout(const Json& answer) {
  const Json& best = answer.at("best");
  const auto number = [&](const char* key) { return best.at(key).get<double>(); };
  Printout out;
  if (answer.at("status") == "interrupted")
    out.Line("interrupted: the best so far; a better target may be there", Tone::kDoubtful);
  if (answer.at("advice") != "grow") out.Line("growing gains nothing: train from scratch");
  out.Line(fmt::format(
      "grow to {} layers, hidden {}, FFN {} ({} parameters) after {} tokens, then {} more: MMLU "
      "{:.2f} "
      "(raw {:.2f}), r {:.3f}, {:.3g} FLOPs",
      best.at("layers").dump(), best.at("hidden").dump(), best.at("ffn").dump(),
      HumanCount(number("params")), HumanCount(number("from_tokens")),
      HumanCount(number("to_tokens")), number("mmlu"), number("mmlu_raw"), number("r"),
      number("train_flops")));
  out.Line(fmt::format(
      "from scratch with the same FLOPs: raw {:.2f} on {} tokens, no saturation on either; gain "
      "{:+.2f} MMLU (raw {:+.2f})",
      answer.at("scratch").at("mmlu_raw").get<double>(),
      HumanCount(answer.at("scratch").at("tokens").get<double>()),
      answer.at("gain_mmlu").get<double>(), answer.at("gain").get<double>()));
  if (answer.contains("certificate")) {
    const Json& proof = answer.at("certificate");
    out.Line(fmt::format("no target of {} scores above {:.6f} at any moment (gap {:.2g})",
                         proof.at("lattice_points").dump(), proof.at("upper_bound").get<double>(),
                         proof.at("gap").get<double>()));
  }
  const Json& critical = answer.at("critical_points");
  if (!critical.empty()) out.Table(CriticalTable(critical));
  out.Warnings(answer.at("domain").at("warnings"));
  out.Echo(Json::array(), answer.at("defaults"));
  return out;
}

// What is told where no target can be grown to.
int NothingGrows(const ExpandOptions& options, const ExpansionFile& file, Json result,
                 const Expansion& found) {
  if (file.study.to) {
    throw InputError(options.study, "to.tokens", fmt::format("{}", file.study.to->tokens),
                     "leads to r outside [0, 1], where the growth formula means nothing");
  }
  const bool stopped = found.status == Status::kInterrupted;
  result["status"] = StatusName(found.status);
  result["rejected"] = RejectedJson(found);
  if (options.json) {
    PrintJson(result);
  } else if (stopped) {
    Print("interrupted before a target to grow to was found\n");
  } else {
    Print(fmt::format("none of {} targets can be grown to: {}\n", found.lattice_points,
                      result["rejected"].dump()));
  }
  return stopped ? kInterrupted : kNothingFeasible;
}

int RunExpand(const ExpandOptions& options) {
  const Stopwatch stopwatch;
  Inputs inputs;
  std::optional<std::string> law;
  if (!options.law.empty()) law = options.law;
  std::optional<double> gamma;
  if (!options.gamma.empty()) gamma = kFlags.Number("gamma", options.gamma, {0, 1000, true});
  const ExpansionFile file = LoadExpansion(options.study, law, gamma, inputs);
  Control control;
  const Watch watch(control, 1, true);
  const Expansion found = Expand(file.study, options.threads, control);
  Json result =
      Envelope("expand", file.study.law.name, inputs, options.threads, stopwatch.Seconds());
  result["study"] = file.asked;
  if (!found.best) return NothingGrows(options, file, std::move(result), found);
  result.update(ExpansionJson(file.study, found));
  result["defaults"] = file.defaults;
  if (options.json) {
    PrintJson(result);
  } else {
    Print(ExpandPrintout(result));
  }
  return found.status == Status::kInterrupted ? kInterrupted : kDone;
}

}  // namespace

void AddExpand(CLI::App& app, int& status) {
  auto options = std::make_shared<ExpandOptions>();
  CLI::App* command = app.add_subcommand("expand", "when to grow a dense model, and to what");
  command->add_option("study", options->study, "the expansion study's JSON file")
      ->required()
      ->type_name(kTakesFile);
  command->add_option("--gamma", options->gamma, "in place of the study's gamma")
      ->type_name(kTakesNumber);
  AddLaw(*command, options->law);
  AddThreads(*command, options->threads);
  AddJson(*command, options->json);
  AddExamples(*command, {"perflaw expand configs/expansions/7b-to-70b.json"});
  command->callback([options, &status] { status = RunExpand(*options); });
}

}  // namespace perflaw
