#include "search/answers/expand.hpp"

#include <fmt/format.h>

#include <optional>

#include "search/base/error.hpp"
#include "search/base/stopwatch.hpp"
#include "search/io/inputs/expand_file.hpp"
#include "search/io/outputs/envelope.hpp"
#include "search/io/outputs/growth.hpp"

namespace perflaw {

Json Answer(const ExpandQuestion& question, Inputs& inputs, Control& control,
            const KeyPlace& place) {
  const Stopwatch stopwatch;
  std::optional<std::string> law;
  if (!question.law.empty()) law = question.law;
  std::optional<double> gamma;
  if (!question.gamma.empty()) gamma = place.Number("gamma", question.gamma, kGammaRange);
  const ExpansionFile file = LoadExpansion(question.study, law, gamma, inputs);
  const Expansion found = Expand(file.study, question.threads, control);
  if (!found.best && file.study.to && found.status == Status::kInfeasible) {
    throw InputError(question.study, "to.tokens", fmt::format("{}", file.study.to->tokens),
                     "leads to r outside [0, 1], where the growth formula means nothing");
  }
  Json result =
      Envelope("expand", file.study.law.name, inputs, question.threads, stopwatch.Seconds());
  result["study"] = file.asked;
  if (!found.best) {
    result["status"] = StatusName(found.status);
    result["lattice_points"] = found.lattice_points;
    result["rejected"] = RejectedJson(found);
    return result;
  }
  result.update(ExpansionJson(file.study, found));
  result["defaults"] = file.defaults;
  return result;
}

}  // namespace perflaw
