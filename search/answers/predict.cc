#include "search/answers/predict.hpp"

#include "search/base/error.hpp"
#include "search/base/stopwatch.hpp"
#include "search/io/inputs/model_table.hpp"
#include "search/io/outputs/envelope.hpp"
#include "search/io/outputs/prediction.hpp"
#include "search/io/text/numbers.hpp"

namespace perflaw {
namespace {

Json TableJson(const std::string& file, const Law& law, double gamma, Inputs& inputs) {
  const CsvTable table = ParseCsv(inputs.Read(file), file);
  Json rows = Json::array();
  for (const TableModel& entry : ReadModels(table)) {
    Json row = {{"model", entry.name}};
    const Law& own = entry.recipe_date ? AtRecipeDate(law, *entry.recipe_date) : law;
    row.update(PredictionJson(own, entry.model, gamma));
    for (const auto& [column, value] : entry.carried) {
      // A column may have the name of one of the program's own keys.
      const std::string key = row.contains(column) ? "table_" + column : column;
      const auto number = ParseNumber(value);
      row[key] = number ? Real(*number) : Json(value);
    }
    rows.push_back(std::move(row));
  }
  return {{"rows", rows}};
}

Json ModelJson(const PredictQuestion& question, const Law& law, double gamma, Inputs& inputs,
               const KeyPlace& place) {
  if (question.tokens.empty()) throw InputError(place.file, place.Key("tokens"), "", "is missing");
  const Tokens tokens = place.Number("tokens", question.tokens, kTokensRange);
  const SourcedModel model = ReadModelSource(question.model, tokens, inputs, place);
  Json answer = PredictionJson(AtAskedDate(law, question.year_month, place), model.trained, gamma);
  if (question.model.model.empty()) return answer;
  answer["defaults"] = model.defaults;
  answer["notes"] = model.notes;
  return answer;
}

}  // namespace

Json Answer(const PredictQuestion& question, Inputs& inputs, Control&, const KeyPlace& place) {
  const Stopwatch stopwatch;
  const Law law = LoadLaw(question.law, inputs, place.file, place.Key("law"));
  const double gamma = place.Number("gamma", question.gamma, kGammaRange);
  const Json answer = question.table.empty() ? ModelJson(question, law, gamma, inputs, place)
                                             : TableJson(question.table, law, gamma, inputs);
  Json result = Envelope("predict", law.name, inputs, 1, stopwatch.Seconds());
  result.update(answer);
  result["conventions"] = ConventionsJson();
  return result;
}

}  // namespace perflaw
