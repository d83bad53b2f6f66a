#include "search/answers/design.hpp"

#include <fmt/format.h>

#include <utility>

#include "search/io/inputs/asked_point.hpp"
#include "search/io/models/family_writer.hpp"
#include "search/io/models/short_form.hpp"
#include "search/io/outputs/breakdown.hpp"
#include "search/io/outputs/design.hpp"

namespace perflaw {
namespace {

Json DesignAnswer(const ObjectiveFunction& objective, const FamilyShelf& shelf, const Json& asked,
                  const KeyPlace& place, const std::string& key) {
  const Count index = AskedIndex(asked, objective.study().space, place.file, key);
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
    const StackTemplate stack = TemplateAt(objective.study(), design->point);
    answer["architecture"] = ToShortForm(stack);
    if (auto config = ToHuggingFace(ToStack(stack), shelf)) answer["export"] = *std::move(config);
  }
  return answer;
}

}  // namespace

Json Answer(const DesignQuestion& question, Inputs& inputs, Control& control,
            const KeyPlace& place) {
  const FamilyShelf shelf(inputs);
  const ObjectiveFunction objective(question.study);
  Json designs = Json::array();
  for (std::size_t i = 0; i < question.points.size() && !control.stop; ++i)
    designs.push_back(
        DesignAnswer(objective, shelf, question.points[i], place, fmt::format("points[{}]", i)));
  return {{"designs", std::move(designs)}};
}

}  // namespace perflaw
