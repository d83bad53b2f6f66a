// Searches and single designs of a study.
#include "search/base/control.hpp"
#include "search/base/error.hpp"
#include "search/bound/certified.hpp"
#include "search/io/inputs/asked_point.hpp"
#include "search/io/inputs/study_file.hpp"
#include "search/io/models/model_config.hpp"
#include "search/io/outputs/breakdown.hpp"
#include "search/io/outputs/design.hpp"
#include "search/io/outputs/envelope.hpp"
#include "search/io/outputs/search.hpp"
#include "search/sweep/sweep.hpp"
#include "search/terminal/what_if.hpp"
#include "search/web/question.hpp"

namespace perflaw {
namespace {

void CheckSize(const Study& study) {
  for (std::size_t i = 0; i < kAxes; ++i) {
    if (study.space.axes[i].size() <= kMostAxisValues) continue;
    throw InputError(study.file, fmt::format("space.{}", kAxisNames[i]),
                     fmt::format("{} values", study.space.axes[i].size()),
                     fmt::format("must be at most {} values here", kMostAxisValues));
  }
  const bool swept = study.method == Method::kExhaustive;
  const Count most = swept ? kMostSweptPoints : kMostSpacePoints, points = study.space.Size();
  if (points > most)
    throw InputError(study.file, "space", fmt::format("{} points", points),
                     fmt::format("must be at most {} points here{}", most,
                                 swept ? " with method exhaustive" : ""));
  if (study.top > kMostTop)
    throw InputError(study.file, "top", fmt::format("{}", study.top),
                     fmt::format("must be at most {} here", kMostTop));
}

Study ReadStudy(Fields& fields, Inputs& inputs) {
  const std::string name = "study";
  inputs.Add(name, fields.Get(name).dump());
  Study study = LoadStudy(name, {}, inputs);
  CheckSize(study);
  return study;
}

// The keys of what was asked beside the search; empty where it was not.
void AddWhatIf(const ObjectiveFunction& objective, const SearchSummary& summary, bool near_best,
               bool sensitivity, Control& control, Json& result) {
  result["near_best"] = Json::array();
  result["sensitivity"] = Json::object();
  const bool searched = summary.status != Status::kInterrupted;
  if (searched && near_best)
    result["near_best"] =
        NearBestJson(objective, FindNearBest(objective, summary, kThreads, control));
  if (searched && sensitivity)
    result["sensitivity"] = SensitivityJson(FindSensitivity(objective, summary, kThreads, control));
  if (control.stop && (near_best || sensitivity))
    result["warnings"].push_back("interrupted: near_best or sensitivity is missing");
}

Json DesignAnswer(const ObjectiveFunction& objective, const Json& asked, const std::string& key) {
  const Count index = AskedIndex(asked, objective.study().space, kRequest, key);
  const Json why = WhyJson(objective, index, {});
  Json breaks = Json::array();
  for (const Json& broken : why.at("breaks"))
    breaks.push_back(
        {{"rule", broken.at("rule")}, {"text", broken.at("text")}, {"value", broken.at("value")}});
  Json answer = {{"feasible", why.at("feasible")}, {"breaks", breaks},
                 {"row", why.at("row")},           {"breakdown", nullptr},
                 {"architecture", nullptr},        {"export", nullptr}};
  if (const auto design = objective.Describe(index)) {
    answer["breakdown"] = BreakdownJson(objective, *design);
    answer["architecture"] = ToShortForm(design->architecture);
    if (auto config = ToHuggingFace(design->architecture)) answer["export"] = *std::move(config);
  }
  return answer;
}

}  // namespace

Json AnswerSearch(const Json& request, Inputs& inputs, Control& control) {
  Fields fields(request, kRequest, "");
  const bool near_best = fields.Flag("near_best", false),
             sensitivity = fields.Flag("sensitivity", false);
  const Study study = ReadStudy(fields, inputs);
  fields.Done();
  const ObjectiveFunction objective(study);
  SearchOptions options;
  options.threads = kThreads;
  const SearchSummary summary = study.method == Method::kCertified
                                    ? SearchCertified(objective, options, control)
                                    : Sweep(objective, options, control);
  if (summary.front.size() > kMostFront)
    throw InputError(study.file, "pareto", fmt::format("{} designs", summary.front.size()),
                     fmt::format("may list {} here: give a coarser \"resolution\"", kMostFront));
  Json result = Envelope("search", study.law.name, inputs, kThreads, summary.seconds);
  Json answer = SearchJson(objective, summary, kThreads);
  for (auto& [key, value] : answer.items()) result[key] = std::move(value);  // may be large
  if (!summary.best.empty()) result["breakdown"] = BreakdownJson(objective, summary.best.front());
  AddWhatIf(objective, summary, near_best, sensitivity, control, result);
  result["study"] = request.at("study");
  result["conventions"] = ConventionsJson();
  return result;
}

Json AnswerDesign(const Json& request, Inputs& inputs, Control& control) {
  Fields fields(request, kRequest, "");
  const Json& points = fields.Get("points");
  if (!points.is_array() || points.empty() || points.size() > kMostDesigns)
    throw InputError(kRequest, "points", "",
                     fmt::format("must be a list of 1 to {} points", kMostDesigns));
  const Study study = ReadStudy(fields, inputs);
  fields.Done();
  const ObjectiveFunction objective(study);
  Json designs = Json::array();
  for (std::size_t i = 0; i < points.size() && !control.stop; ++i)
    designs.push_back(DesignAnswer(objective, points[i], fmt::format("points[{}]", i)));
  return {{"designs", std::move(designs)}};
}

}  // namespace perflaw
