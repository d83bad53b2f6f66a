#include "search/learn/audit.hpp"

#include <fmt/format.h>

#include "search/cli/shell/command.hpp"
#include "search/cli/shell/describe.hpp"
#include "search/cli/shell/output.hpp"
#include "search/io/inputs/catalog.hpp"
#include "search/io/inputs/run_file.hpp"
#include "search/io/outputs/envelope.hpp"
#include "search/terminal/text_table.hpp"

namespace perflaw {
namespace {

struct AuditOptions {
  std::string table, law = kDefaultLaw, gamma = "1";
  bool json = false;
};

constexpr const char* kFlagNames[] = {"none", "low", "high"};
constexpr const char* kFalseAlarms =
    "a row is flagged outside the law's 90 % interval (|z| > 1.645), or 2.576 sigma off its "
    "family: of healthy models "
    "about 10 in 100 would be, and up to 1 more";

Json OrNull(const std::optional<double>& value) { return value ? Real(*value) : Json(nullptr); }

Json RowJson(const ScoredRun& run, const AuditRow& row) {
  return {{"model", run.name},
          {"family", FamilyJson(run)},
          {"year_month", YearMonthJson(run)},
          {"reported", Real(run.mmlu)},
          {"predicted", Real(row.predicted.mmlu)},
          {"z", Real(row.z)},
          {"family_offset", OrNull(row.family_offset)},
          {"z_in_family", OrNull(row.z_in_family)},
          {"flag", kFlagNames[static_cast<int>(row.flag)]},
          {"reasons", row.reasons}};
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
  const Stopwatch stopwatch;
  Inputs inputs;
  const Law law = LoadLaw(options.law, inputs, "command line", "--law");
  const double gamma = kFlags.Number("gamma", options.gamma, {0, 1000, true});
  std::vector<std::string> notes;
  const std::vector<ScoredRun> runs =
      ReadRuns(ParseCsv(inputs.Read(options.table), options.table), notes);
  const std::vector<AuditRow> rows = Audit(law, runs, gamma);
  Json answer = {{"rows", Json::array()},
                 {"sigma", Real(law.sigma)},
                 {"gamma", Real(gamma)},
                 {"false_alarms", kFalseAlarms},
                 {"notes", notes}};
  for (std::size_t i = 0; i < rows.size(); ++i) answer["rows"].push_back(RowJson(runs[i], rows[i]));
  if (options.json) {
    Json result = Envelope("audit", law.name, inputs, 1, stopwatch.Seconds());
    result.update(answer);
    PrintJson(result);
  } else {
    Print(AuditPrintout(answer));
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
