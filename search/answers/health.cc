#include "search/answers/health.hpp"

#include "search/base/stopwatch.hpp"
#include "search/health/health.hpp"
#include "search/io/inputs/curve_file.hpp"
#include "search/io/outputs/envelope.hpp"
#include "search/io/outputs/health_json.hpp"

namespace perflaw {

Json Answer(const HealthQuestion& question, Inputs& inputs, Control&, const KeyPlace& place) {
  const Stopwatch stopwatch;
  const Law law = LoadLaw(question.law, inputs, place.file, place.Key("law"));
  SourcedModel model = ReadModelSource(question.model, kTokensUnit, inputs, place);
  EchoRecipe(law, model.defaults);
  std::vector<std::string> notes = model.notes;
  const Curve curve = ReadCurve(question.curve, question.select, inputs, notes);
  std::vector<Curve> references;
  for (const std::string& path : question.references)
    references.push_back(ReadCurve({path}, "", inputs, notes));
  const Health health = CheckHealth(law, model.trained, curve, references);
  Json result = Envelope("health", law.name, inputs, 1, stopwatch.Seconds());
  result.update(HealthJson(health));
  result["notes"] = notes;
  result["defaults"] = model.defaults;
  return result;
}

}  // namespace perflaw
