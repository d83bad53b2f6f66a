#include "search/learn/fit.hpp"

#include <fmt/format.h>

#include <cmath>
#include <filesystem>

#include "search/base/control.hpp"
#include "search/base/error.hpp"
#include "search/cli/shell/command.hpp"
#include "search/cli/shell/describe.hpp"
#include "search/cli/shell/output.hpp"
#include "search/io/inputs/catalog.hpp"
#include "search/io/inputs/run_file.hpp"
#include "search/io/outputs/envelope.hpp"
#include "search/io/text/files.hpp"
#include "search/terminal/text_table.hpp"

namespace perflaw {
namespace {

struct FitCommand {
  std::string table, law = kDefaultLaw, gamma = "1", method, out, seed = "0";
  bool robust = false, json = false;
};

constexpr FitMethod kMethods[] = {FitMethod::kPublished, FitMethod::kOffset,
                                  FitMethod::kOffsetAndGamma, FitMethod::kShrunk,
                                  FitMethod::kLeastSquares};
constexpr const char* kCoefficientNames[] = {"w1 (ln N)", "w2 (ln h)", "w3 (ln d)", "w4 (ln T')",
                                             "b"};

Json ErrorsJson(const FitErrors& errors) {
  return {{"mae", Real(errors.mae)}, {"rmse", Real(errors.rmse)}};
}

template <class Values>
Json Reals(const Values& values) {
  Json list = Json::array();
  for (const double value : values) list.push_back(Real(value));
  return list;
}

Json FitJson(const FitSummary& s, const std::vector<ScoredRun>& runs) {
  Json answer = {{"status", StatusName(s.status)},
                 {"method", FitMethodName(s.method)},
                 {"strength", Real(s.strength)},
                 {"why", s.why},
                 {"w", Reals(s.law.w)},
                 {"b", Real(s.law.b)},
                 {"gamma", Real(s.gamma)},
                 {"standard_errors", Reals(s.standard_errors)}};
  answer["covariance"] = Json::array();
  for (const auto& row : s.covariance) answer["covariance"].push_back(Reals(row));
  answer["bootstrap_standard_errors"] = Reals(s.bootstrap_standard_errors);
  answer["bootstrap_90"] = Json::array();
  for (const auto& interval : s.bootstrap_90) answer["bootstrap_90"].push_back(Reals(interval));
  answer["leave_one_out"] = ErrorsJson(s.leave_one_out);
  answer["leave_one_family_out"] =
      s.leave_one_family_out ? ErrorsJson(*s.leave_one_family_out) : Json(nullptr);
  answer["residual_sigma"] = Real(s.residual_sigma);
  answer["sigma"] = Real(s.law.sigma);
  answer["rows_used"] = s.used.size();
  answer["candidates"] = Json::array();
  for (const FitCandidate& c : s.candidates) {
    answer["candidates"].push_back(
        {{"method", FitMethodName(c.method)},
         {"strength", Real(c.strength)},
         {"leave_one_out", ErrorsJson(c.leave_one_out)},
         {"leave_one_family_out",
          c.leave_one_family_out ? ErrorsJson(*c.leave_one_family_out) : Json(nullptr)}});
  }
  answer["rows"] = Json::array();
  for (std::size_t i = 0; i < s.used.size(); ++i) {
    const ScoredRun& run = runs[s.used[i]];
    answer["rows"].push_back({{"model", run.name},
                              {"family", FamilyJson(run)},
                              {"year_month", YearMonthJson(run)},
                              {"reported", Real(run.mmlu)},
                              {"fitted", Real(s.fitted[i])},
                              {"left_out", Real(s.left_out[i])}});
  }
  answer["notes"] = s.notes;
  return answer;
}

std::string ErrorsText(const char* what, const FitErrors& errors) {
  return fmt::format("{}: mean absolute error {:.2f}, root mean square {:.2f} MMLU", what,
                     errors.mae, errors.rmse);
}

std::string FourDigits(double value) {
  return std::isnan(value) ? "-" : fmt::format("{:.4f}", value);
}

bool IsFitted(const FitSummary& s, std::size_t coefficient) {
  if (s.method == FitMethod::kShrunk || s.method == FitMethod::kLeastSquares) return true;
  return coefficient == s.law.w.size() && s.method != FitMethod::kPublished;
}

TextTable CoefficientTable(const FitSummary& s) {
  TextTable table({"coefficient", "value", "std. error", "bootstrap 5%", "95%"});
  for (std::size_t c = 0; c < kCoefficients; ++c) {
    const std::string value = fmt::format("{:.5f}", c < s.law.w.size() ? s.law.w[c] : s.law.b);
    if (!IsFitted(s, c)) {
      table.Add({kCoefficientNames[c], value, "held", "held", "held"});
      continue;
    }
    table.Add({kCoefficientNames[c], value, fmt::format("{:.5f}", s.standard_errors[c]),
               FourDigits(s.bootstrap_90[c][0]), FourDigits(s.bootstrap_90[c][1])});
  }
  return table;
}

Printout FitPrintout(const FitSummary& s) {
  Printout out;
  if (s.status == Status::kInterrupted)
    out.Line("interrupted: without the bootstrap", Tone::kDoubtful);
  out.Table(CoefficientTable(s));
  out.Line(fmt::format(
      "method {}{}: {}", FitMethodName(s.method),
      s.strength > 0 ? fmt::format(" (as if {} more runs obeyed the published law)", s.strength)
                     : "",
      s.why));
  if (s.method == FitMethod::kOffsetAndGamma)
    out.Line(fmt::format("gamma {:.3f}: it is not part of a law; give it as --gamma", s.gamma));
  out.Line(fmt::format("{} runs used, residual sigma {:.2f}", s.used.size(), s.residual_sigma));
  out.Line(ErrorsText("leave one run out", s.leave_one_out));
  if (s.leave_one_family_out) out.Line(ErrorsText("leave one family out", *s.leave_one_family_out));
  out.Echo(s.notes, Json::array());
  return out;
}

// Told before the work, not after.
void CheckOut(const std::string& out) {
  namespace fs = std::filesystem;
  if (out.empty()) return;
  const fs::path folder = fs::path(out).parent_path();
  std::error_code ignored;
  if (!folder.empty() && !fs::is_directory(folder, ignored))
    throw InputError("command line", "--out", out, "its folder does not exist");
  if (fs::is_directory(out, ignored)) throw InputError("command line", "--out", out, "is a folder");
}

int RunFit(const FitCommand& command) {
  const Stopwatch stopwatch;
  CheckOut(command.out);
  Inputs inputs;
  const Law published = LoadLaw(command.law, inputs, "command line", "--law");
  FitOptions options;
  options.robust = command.robust;
  options.gamma = kFlags.Number("gamma", command.gamma, {0, 1000, true});
  options.seed = static_cast<std::uint64_t>(kFlags.Whole("seed", command.seed, 0, Count{1} << 53));
  for (const FitMethod method : kMethods)
    if (command.method == FitMethodName(method)) options.method = method;
  std::vector<std::string> notes;
  const std::vector<ScoredRun> runs =
      ReadRuns(ParseCsv(inputs.Read(command.table), command.table), notes);
  Control control;
  const Watch watch(control, 1, true);
  FitSummary summary = FitLaw(published, runs, options, command.table, control);
  summary.notes.insert(summary.notes.begin(), notes.begin(), notes.end());
  if (!command.out.empty()) {
    summary.law.name = std::filesystem::path(command.out).stem().string();
    const std::string source = fmt::format(
        "perflaw fit, method {}, over {} runs of a table with SHA-256 {}; sigma: leave one run out",
        FitMethodName(summary.method), summary.used.size(), inputs.Sha256());
    WriteFile(command.out, FormatLaw(summary.law, source));
  }
  if (command.json) {
    Json result = Envelope("fit", published.name, inputs, 1, stopwatch.Seconds());
    result["seed"] = options.seed;
    result.update(FitJson(summary, runs));
    PrintJson(result);
  } else {
    Print(FitPrintout(summary));
  }
  return summary.status == Status::kInterrupted ? kInterrupted : kDone;
}

}  // namespace

void AddFit(CLI::App& app, int& status) {
  auto options = std::make_shared<FitCommand>();
  CLI::App* command = app.add_subcommand("fit", "the law's coefficients from your own runs");
  command
      ->add_option("table", options->table,
                   "a CSV table of models with mmlu_reported; family and weight are used where "
                   "they are there")
      ->required()
      ->type_name(kTakesFile);
  std::vector<std::string> names;
  for (const FitMethod method : kMethods) names.emplace_back(FitMethodName(method));
  command
      ->add_option("--method", options->method,
                   "without: chosen by how many runs there are and their leave-one-out error")
      ->type_name("METHOD")
      ->check(CLI::IsMember(names));
  command->add_flag("--robust", options->robust, "Huber's weights: a run far off counts less");
  command
      ->add_option("--gamma", options->gamma,
                   "precision loss of the runs' infrastructure; 1 is good")
      ->type_name(kTakesNumber)
      ->capture_default_str();
  command->add_option("--seed", options->seed, "of the bootstrap")
      ->type_name(kTakesNumber)
      ->capture_default_str();
  command->add_option("--out", options->out, "writes the law to this file, for --law")
      ->type_name(kTakesFile);
  AddLaw(*command, options->law);
  AddJson(*command, options->json);
  AddExamples(*command, {"perflaw fit configs/tables/performance-law-table1.csv",
                         "perflaw fit configs/tables/performance-law-table1.csv --robust --json"});
  command->callback([options, &status] { status = RunFit(*options); });
}

}  // namespace perflaw
