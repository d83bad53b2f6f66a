#include "search/answers/audit.hpp"

#include "search/base/stopwatch.hpp"
#include "search/io/inputs/run_file.hpp"
#include "search/io/outputs/envelope.hpp"
#include "search/learn/audit.hpp"

namespace perflaw {
namespace {

constexpr const char* kFlagNames[] = {"none", "low", "high"};
constexpr const char* kFalseAlarms =
    "a row is flagged outside the law's 90 % interval (|z| > 1.645), or 2.576 sigma off its "
    "family: of healthy models "
    "about 10 in 100 would be, and up to 1 more";

Json RowJson(const ScoredRun& run, const AuditRow& row) {
  return {{"model", run.name},
          {"family", FamilyJson(run)},
          {"year_month", YearMonthJson(run)},
          {"reported", Real(run.mmlu)},
          {"predicted", Real(row.predicted.mmlu)},
          {"z", Real(row.z)},
          {"family_offset", RealOrNull(row.family_offset)},
          {"z_in_family", RealOrNull(row.z_in_family)},
          {"flag", kFlagNames[static_cast<int>(row.flag)]},
          {"reasons", row.reasons}};
}

}  // namespace

Json Answer(const AuditQuestion& question, Inputs& inputs, Control&, const KeyPlace& place) {
  const Stopwatch stopwatch;
  const Law law = LoadLaw(question.law, inputs, place.file, place.Key("law"));
  const double gamma = place.Number("gamma", question.gamma, kGammaRange);
  std::vector<std::string> notes;
  const std::vector<ScoredRun> runs =
      ReadRuns(ParseCsv(inputs.Read(question.table), question.table), notes);
  const std::vector<AuditRow> audited = Audit(law, runs, gamma);
  Json rows = Json::array();
  for (std::size_t i = 0; i < runs.size(); ++i) rows.push_back(RowJson(runs[i], audited[i]));
  Json result = Envelope("audit", law.name, inputs, 1, stopwatch.Seconds());
  result["rows"] = std::move(rows);
  result["sigma"] = Real(law.sigma);
  result["gamma"] = Real(gamma);
  result["false_alarms"] = kFalseAlarms;
  result["notes"] = notes;
  return result;
}

}  // namespace perflaw
