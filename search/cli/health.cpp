
#include "search/answers/health.hpp"

#include <fmt/format.h>

#include "search/cli/model_flags.hpp"
#include "search/cli/shell/command.hpp"
#include "search/cli/shell/describe.hpp"
#include "search/cli/shell/output.hpp"
#include "search/io/text/numbers.hpp"

namespace perflaw {
namespace {

struct HealthCommand : HealthQuestion {
  std::string fail_on;
  OutputFlags output;
};

Tone ToneOf(const std::string& verdict) {
  return verdict == "healthy" ? Tone::kGood : verdict == "suspect" ? Tone::kDoubtful : Tone::kBad;
}

TextTable CurveTable(const Json& curve) {
  TextTable table({"tokens", "measured", "expected", "90% low", "90% high"});
  for (const Json& point : curve) {
    const auto number = [&](const char* key) { return point.at(key).get<double>(); };
    table.Add({HumanCount(number("tokens")), fmt::format("{:.2f}", number("measured")),
               fmt::format("{:.2f}", number("expected")), fmt::format("{:.1f}", number("low")),
               fmt::format("{:.1f}", number("high"))});
  }
  return table;
}

TextChart Picture(const Json& curve) {
  TextChart chart{"tokens", "MMLU", {{"expected", {}, true}, {"measured", {}}}};
  for (const Json& point : curve) {
    const double tokens = point.at("tokens").get<double>();
    chart.series[0].points.push_back({tokens, point.at("expected").get<double>()});
    chart.series[1].points.push_back({tokens, point.at("measured").get<double>()});
  }
  return chart;
}

Printout HealthPrintout(const Json& h) {
  Printout out;
  const std::string verdict = h.at("verdict").get<std::string>();
  out.Line(verdict, ToneOf(verdict));
  for (const Json& reason : h.at("reasons")) out.Line("  " + reason.get<std::string>());
  if (!h.at("gamma").is_null()) {
    const Json &noise = h.at("gamma_90"), &law = h.at("gamma_90_with_law_error");
    out.Line(fmt::format(
        "gamma {:.2f}, 90% {:.2f} to {:.2f} by the points' noise, {:.2f} to {:.2f} with the law's "
        "error; offset {:+.2f}, noise {:.2f} MMLU",
        h.at("gamma").get<double>(), noise[0].get<double>(), noise[1].get<double>(),
        law[0].get<double>(), law[1].get<double>(), h.at("offset").get<double>(),
        h.at("noise_sigma").get<double>()));
  }
  out.Table(CurveTable(h.at("curve")));
  out.Picture(Picture(h.at("curve")));
  out.Echo(h.at("notes"), h.at("defaults"));
  return out;
}

int RunHealth(const HealthCommand& command) {
  Inputs inputs;
  Control control;
  const Json result = Answer(command, inputs, control);
  Show(command.output, result, {[](const Json& h) { return h.at("curve"); }, HealthPrintout});
  const Json& verdict = result.at("verdict");
  const bool failed = (command.fail_on == "abnormal" && verdict == "abnormal") ||
                      (command.fail_on == "suspect" && verdict != "healthy");
  return failed ? kAskedCheckFailed : kDone;
}

}  // namespace

void AddHealth(Command& program) {
  auto options = std::make_shared<HealthCommand>();
  Command& command = program.Add("health", "is a training run as the law expects");
  command
      .Value("curve", options->curve,
             "tokens against mmlu: a .csv, a .jsonl, or the .json results of lm-evaluation-harness")
      .Required()
      .Takes(kTakesFile);
  command.Value("--select", options->select, "the rows of this model, in a table of several")
      .Takes("NAME");
  command
      .Value("--reference", options->references,
             "the curve of an earlier healthy run of the same recipe and shape")
      .Takes(kTakesFile);
  command.Value("--fail-on", options->fail_on, "exit with 4 on this verdict or a worse one")
      .Takes("VERDICT")
      .OneOf({"suspect", "abnormal"});
  AddModelFlags(command, options->model);
  AddLaw(command, options->law);
  AddFormat(command, options->output);
  command.Examples({"perflaw health run.csv --model llama-3.1-70b --reference earlier.csv",
                    "perflaw health run.csv --layers 80 --hidden 8192 --ffn 28672 --params 70B "
                    "--fail-on abnormal"});
  command.Run([options] { return RunHealth(*options); });
}

}  // namespace perflaw
