
#include "search/answers/fit.hpp"

#include <fmt/format.h>

#include <cmath>
#include <filesystem>

#include "search/base/error.hpp"
#include "search/cli/shell/command.hpp"
#include "search/cli/shell/describe.hpp"
#include "search/cli/shell/output.hpp"
#include "search/io/inputs/catalog.hpp"
#include "search/io/text/files.hpp"
#include "search/learn/fit_method.hpp"
#include "search/terminal/text_table.hpp"

namespace perflaw {
namespace {

struct FitCommand : FitQuestion {
  std::string out;
  OutputFlags output;
};

constexpr const char* kCoefficientNames[] = {"w1 (ln N)", "w2 (ln h)", "w3 (ln d)", "w4 (ln T')",
                                             "b"};

std::string ErrorsText(const char* what, const Json& errors) {
  return fmt::format("{}: mean absolute error {:.2f}, root mean square {:.2f} MMLU", what,
                     errors.at("mae").get<double>(), errors.at("rmse").get<double>());
}

std::string FourDigits(const Json& value) {
  return value.is_null() ? "-" : fmt::format("{:.4f}", value.get<double>());
}

bool IsFitted(const std::string& method, std::size_t coefficient) {
  if (method == FitMethodName(FitMethod::kShrunk) ||
      method == FitMethodName(FitMethod::kLeastSquares))
    return true;
  return coefficient + 1 == kCoefficients && method != FitMethodName(FitMethod::kPublished);
}

TextTable CoefficientTable(const Json& fit) {
  TextTable table({"coefficient", "value", "std. error", "bootstrap 5%", "95%"});
  const Json& w = fit.at("w");
  for (std::size_t c = 0; c < kCoefficients; ++c) {
    const Json& coefficient = c < w.size() ? w[c] : fit.at("b");
    const std::string value = fmt::format("{:.5f}", coefficient.get<double>());
    if (!IsFitted(fit.at("method"), c)) {
      table.Add({kCoefficientNames[c], value, "held", "held", "held"});
      continue;
    }
    const Json& bootstrap = fit.at("bootstrap_90")[c];
    table.Add({kCoefficientNames[c], value,
               fmt::format("{:.5f}", fit.at("standard_errors")[c].get<double>()),
               FourDigits(bootstrap[0]), FourDigits(bootstrap[1])});
  }
  return table;
}

// One row a coefficient.
Json FitRows(const Json& fit) {
  Json rows = Json::array();
  const Json& w = fit.at("w");
  for (std::size_t c = 0; c < kCoefficients; ++c) {
    rows.push_back({{"coefficient", kCoefficientNames[c]},
                    {"value", c < w.size() ? w[c] : fit.at("b")},
                    {"standard_error", fit.at("standard_errors")[c]},
                    {"bootstrap_low90", fit.at("bootstrap_90")[c][0]},
                    {"bootstrap_high90", fit.at("bootstrap_90")[c][1]},
                    {"fitted", IsFitted(fit.at("method"), c)}});
  }
  return rows;
}

Printout FitPrintout(const Json& fit) {
  Printout out;
  if (fit.at("status") == "interrupted")
    out.Line("interrupted: without the bootstrap", Tone::kDoubtful);
  out.Table(CoefficientTable(fit));
  const std::string method = fit.at("method");
  const double strength = fit.at("strength").get<double>();
  out.Line(fmt::format(
      "method {}{}: {}", method,
      strength > 0 ? fmt::format(" (as if {} more runs obeyed the published law)", strength) : "",
      fit.at("why").get<std::string>()));
  if (method == FitMethodName(FitMethod::kOffsetAndGamma))
    out.Line(fmt::format("gamma {:.3f}: it is not part of a law; give it as --gamma",
                         fit.at("gamma").get<double>()));
  out.Line(fmt::format("{} runs used, residual sigma {:.2f}", fit.at("rows_used").dump(),
                       fit.at("residual_sigma").get<double>()));
  out.Line(ErrorsText("leave one run out", fit.at("leave_one_out")));
  if (const Json& family = fit.at("leave_one_family_out"); !family.is_null())
    out.Line(ErrorsText("leave one family out", family));
  out.Echo(fit.at("notes"), Json::array());
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
  CheckOut(command.out);
  Inputs inputs;
  Control control;
  const Watch watch(control, 1, true);
  FitAnswer answer = Fit(command, inputs, control);
  if (!command.out.empty()) {
    answer.law.name = std::filesystem::path(command.out).stem().string();
    WriteFile(command.out, FormatLaw(answer.law, answer.source));
  }
  Show(command.output, answer.result, {FitRows, FitPrintout});
  return answer.result.at("status") == "interrupted" ? kInterrupted : kDone;
}

}  // namespace

void AddFit(Command& program) {
  auto options = std::make_shared<FitCommand>();
  Command& command = program.Add("fit", "the law's coefficients from your own runs");
  command
      .Value("table", options->table,
             "a CSV table of models with mmlu_reported; family and weight are used where "
             "they are there")
      .Required()
      .Takes(kTakesFile);
  std::vector<std::string> names;
  for (const FitMethod method : kFitMethods) names.emplace_back(FitMethodName(method));
  command
      .Value("--method", options->method,
             "without: chosen by how many runs there are and their leave-one-out error")
      .Takes("METHOD")
      .OneOf(names);
  command.Flag("--robust", options->robust, "Huber's weights: a run far off counts less");
  command.Value("--gamma", options->gamma, "precision loss of the runs' infrastructure; 1 is good")
      .Takes(kTakesNumber)
      .ShowsDefault();
  command.Value("--seed", options->seed, "of the bootstrap").Takes(kTakesNumber).ShowsDefault();
  command.Value("--out", options->out, "writes the law to this file, for --law").Takes(kTakesFile);
  AddLaw(command, options->law);
  AddFormat(command, options->output);
  command.Examples({"perflaw fit configs/tables/performance-law-table1.csv",
                    "perflaw fit configs/tables/performance-law-table1.csv --robust --json"});
  command.Run([options] { return RunFit(*options); });
}

}  // namespace perflaw
