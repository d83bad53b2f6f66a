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
  OutputFlags output;
};

// The reasons of a row in one cell.
Json AuditRows(const Json& result) {
  Json rows = result.at("rows");
  for (Json& row : rows)
    row["reasons"] =
        fmt::format("{}", fmt::join(row.at("reasons").get<std::vector<std::string>>(), "; "));
  return rows;
}

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
  Show(options.output, Answer(options, inputs, control), {AuditRows, AuditPrintout});
  return kDone;
}

}  // namespace

void AddAudit(Command& program) {
  auto options = std::make_shared<AuditOptions>();
  Command& command = program.Add("audit", "which reported scores lie off the law");
  command.Value("table", options->table, "a CSV table of models with mmlu_reported")
      .Required()
      .Takes(kTakesFile);
  command
      .Value("--gamma", options->gamma, "precision loss of the training infrastructure; 1 is good")
      .Takes(kTakesNumber)
      .ShowsDefault();
  AddLaw(command, options->law);
  AddFormat(command, options->output);
  command.Examples({"perflaw audit configs/tables/performance-law-table1.csv"});
  command.Run([options] { return RunAudit(*options); });
}

}  // namespace perflaw
