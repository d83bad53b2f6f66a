#include "search/answers/fit.hpp"

#include <fmt/format.h>

#include "search/base/stopwatch.hpp"
#include "search/io/inputs/run_file.hpp"
#include "search/io/outputs/envelope.hpp"
#include "search/learn/fit.hpp"

namespace perflaw {
namespace {

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

FitOptions OptionsOf(const FitQuestion& question, const KeyPlace& place) {
  FitOptions options;
  options.robust = question.robust;
  options.gamma = place.Number("gamma", question.gamma, kGammaRange);
  options.seed = static_cast<std::uint64_t>(place.Whole("seed", question.seed, 0, Count{1} << 53));
  for (const FitMethod method : kFitMethods) {
    if (question.method == FitMethodName(method)) options.method = method;
  }
  return options;
}

}  // namespace

FitAnswer Fit(const FitQuestion& question, Inputs& inputs, Control& control,
              const KeyPlace& place) {
  const Stopwatch stopwatch;
  const Law published = LoadLaw(question.law, inputs, place.file, place.Key("law"));
  const FitOptions options = OptionsOf(question, place);
  std::vector<std::string> notes;
  const std::vector<ScoredRun> runs =
      ReadRuns(ParseCsv(inputs.Read(question.table), question.table), notes);
  FitSummary summary = FitLaw(published, runs, options, question.table, control);
  summary.notes.insert(summary.notes.begin(), notes.begin(), notes.end());
  FitAnswer answer;
  answer.law = summary.law;
  answer.source = fmt::format(
      "perflaw fit, method {}, over {} runs of a table with SHA-256 {}; sigma: leave one run out",
      FitMethodName(summary.method), summary.used.size(), inputs.Sha256());
  answer.result = Envelope("fit", published.name, inputs, 1, stopwatch.Seconds());
  answer.result["seed"] = options.seed;
  answer.result.update(FitJson(summary, runs));
  return answer;
}

}  // namespace perflaw
