
#include "search/answers/audit.hpp"

#include <fmt/format.h>

#include "search/cli/shell/command.hpp"
#include "search/cli/shell/describe.hpp"
#include "search/cli/shell/output.hpp"
#include "search/io/inputs/catalog.hpp"
#include "search/terminal/text_table.hpp"

namespace perflaw {
namespace {

struct AuditOptions : AuditQuestion {
  bool json = false;
};

Printout AuditPrintout(const Json& answer) {
  TextTable table({"model", "reported", "predicted", "z", "in family", "flag"});
  Printout out, reasons;
  for (const Json& row : answer.at("rows")) {
    const Json& in_family = row.at("z_in_family");
    const std::string flag = row.at("flag");
    table.Add({row.at("model").get<std::string>(),
               fmt::format("{:.1f}", row.at("reported").get<double>()),
               fmt::format("{:.1f}", row.at("predicted").get<double>()),
               fmt::format("{:+.2f}", row.at("z").get<double>()),
               in_family.is_null() ? "-" : fmt::format("{:+.2f}", in_family.get<double>()),
               flag == "none" ? "" : flag});
    if (flag == "none") continue;
    reasons.Line("");
    reasons.Line(fmt::format("{} is {}:", row.at("model").get<std::string>(), flag));
    for (const Json& reason : row.at("reasons")) reasons.Line("  " + reason.get<std::string>());
  }
  out.Table(std::move(table));
  out.Append(std::move(reasons));
  out.Line("");
  out.Line(answer.at("false_alarms").get<std::string>());
  out.Echo(answer.at("notes"), Json::array());
  return out;
}

int RunAudit(const AuditOptions& options) {
  Inputs inputs;
  Control control;
  const Json result = Answer(options, inputs, control);
  if (options.json) {
    PrintJson(result);
  } else {
    Print(AuditPrintout(result));
  }
  return kDone;
}

}  // namespace

void AddAudit(CLI::App& app, int& status) {
  auto options = std::make_shared<AuditOptions>();
  CLI::App* command = app.add_subcommand("audit", "which reported scores lie off the law");
  command->add_option("table", options->table, "a CSV table of models with mmlu_reported")
      ->required()
      ->type_name(kTakesFile);
  command
      ->add_option("--gamma", options->gamma,
                   "precision loss of the training infrastructure; 1 is good")
      ->type_name(kTakesNumber)
      ->capture_default_str();
  AddLaw(*command, options->law);
  AddJson(*command, options->json);
  AddExamples(*command, {"perflaw audit configs/tables/performance-law-table1.csv"});
  command->callback([options, &status] { status = RunAudit(*options); });
}

}  // namespace perflaw
