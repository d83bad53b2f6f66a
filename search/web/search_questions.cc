// Searches and single designs of a study.
#include <fmt/format.h>

#include "search/answers/design.hpp"
#include "search/answers/search.hpp"
#include "search/base/error.hpp"
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

// Adds the study of a request as a file, and gives its name.
std::string AddStudy(Fields& fields, Inputs& inputs) {
  std::string name = "study";
  inputs.Add(name, fields.Get(name).dump());
  return name;
}

}  // namespace

Json AnswerSearch(const Json& request, Inputs& inputs, Control& control) {
  Fields fields(request, kRequest, "");
  SearchQuestion question;
  question.near_best = fields.Flag("near_best", false);
  question.sensitivity = fields.Flag("sensitivity", false);
  question.study = AddStudy(fields, inputs);
  fields.Done();
  AskedSearch search(question, inputs, kRequestPlace);
  CheckSize(search.study());
  const std::size_t found = search.Solve(control).front.size();
  if (found > kMostFront)
    throw InputError(question.study, "pareto", fmt::format("{} designs", found),
                     fmt::format("may list {} here: give a coarser \"resolution\"", kMostFront));
  return search.Result(control);
}

Json AnswerDesign(const Json& request, Inputs& inputs, Control& control) {
  Fields fields(request, kRequest, "");
  DesignQuestion question;
  question.points = fields.Get("points");
  if (!question.points.is_array() || question.points.empty() ||
      question.points.size() > kMostDesigns)
    throw InputError(kRequest, "points", "",
                     fmt::format("must be a list of 1 to {} points", kMostDesigns));
  question.study = LoadStudy(AddStudy(fields, inputs), {}, inputs);
  CheckSize(question.study);
  fields.Done();
  return Answer(question, inputs, control, kRequestPlace);
}

}  // namespace perflaw
