
#include "search/answers/expand.hpp"

#include <fmt/format.h>

#include "search/cli/shell/command.hpp"
#include "search/cli/shell/describe.hpp"
#include "search/cli/shell/output.hpp"
#include "search/io/inputs/catalog.hpp"
#include "search/io/text/numbers.hpp"
#include "search/terminal/text_table.hpp"

namespace perflaw {
namespace {

struct ExpandOptions : ExpandQuestion {
  OutputFlags output;
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
  Printout out;
  const bool stopped = answer.at("status") == "interrupted";
  if (stopped && !answer.contains("best")) {
    out.Line("interrupted before a target to grow to was found", Tone::kDoubtful);
    return out;
  }
  if (!answer.contains("best")) {
    out.Line(fmt::format("none of {} targets can be grown to: {}",
                         answer.at("lattice_points").dump(), answer.at("rejected").dump()));
    return out;
  }
  if (stopped)
    out.Line("interrupted: the best so far; a better target may be there", Tone::kDoubtful);
  const Json& best = answer.at("best");
  const auto number = [&](const char* key) { return best.at(key).get<double>(); };
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

// One row a moment of the switch; none where nothing grows.
Json ExpandRows(const Json& result) { return result.value("curve", Json::array()); }

int RunExpand(const ExpandOptions& options) {
  Inputs inputs;
  Control control;
  const Watch watch(control, 1, true);
  const Json result = Answer(options, inputs, control);
  Show(options.output, result, {ExpandRows, ExpandPrintout});
  if (result.at("status") == "interrupted") return kInterrupted;
  return result.contains("best") ? kDone : kNothingFeasible;
}

}  // namespace

void AddExpand(Command& program) {
  auto options = std::make_shared<ExpandOptions>();
  Command& command = program.Add("expand", "when to grow a dense model, and to what");
  command.Value("study", options->study, "the expansion study's JSON file")
      .Required()
      .Takes(kTakesFile);
  command.Value("--gamma", options->gamma, "in place of the study's gamma").Takes(kTakesNumber);
  AddLaw(command, options->law);
  AddThreads(command, options->threads);
  AddFormat(command, options->output);
  command.Examples({"perflaw expand configs/expansions/7b-to-70b.json"});
  command.Run([options] { return RunExpand(*options); });
}

}  // namespace perflaw
