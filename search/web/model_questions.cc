// Scores, counts, curves and the health of one model.
#include <algorithm>

#include "search/answers/curve_json.hpp"
#include "search/base/control.hpp"
#include "search/base/error.hpp"
#include "search/base/stopwatch.hpp"
#include "search/health/health.hpp"
#include "search/io/inputs/catalog.hpp"
#include "search/io/inputs/curve_file.hpp"
#include "search/io/models/dtype.hpp"
#include "search/io/outputs/count.hpp"
#include "search/io/outputs/envelope.hpp"
#include "search/io/outputs/health_json.hpp"
#include "search/io/outputs/prediction.hpp"
#include "search/io/text/numbers.hpp"
#include "search/web/question.hpp"

namespace perflaw {
namespace {

Law ReadLaw(Fields& fields, Inputs& inputs) {
  return LoadLaw(TextOr(fields, "law", kDefaultLaw), inputs, kRequest, "law");
}

Law AtAskedDate(const Law& law, Fields& fields) {
  const std::string month = TextOr(fields, "year_month", "");
  if (month.empty()) return law;
  const auto date = ParseYearMonth(month);
  if (!date) fields.Fail("year_month", "must be a date as 2024-06");
  return AtRecipeDate(law, *date);
}

// "1,1.9,3" of a number or a list of numbers.
std::string ReadGammas(Fields& fields) {
  const Json* given = fields.Find("gamma");
  if (given == nullptr || !given->is_array()) {
    const std::string one = WrittenText(fields, "gamma");
    return one.empty() ? "1" : one;
  }
  fields.Skip("gamma");
  if (given->empty() || given->size() > kMostGammas)
    throw InputError(kRequest, "gamma", "", fmt::format("must be 1 to {} numbers", kMostGammas));
  std::string gammas;
  for (const Json& gamma : *given) {
    if (!gammas.empty()) gammas += ',';
    gammas += WrittenText(gamma, "gamma");
  }
  return gammas;
}

// A name that only says the format: no path.
void CheckName(const std::string& name, const std::string& key) {
  constexpr std::size_t kLongest = 200;
  const bool plain =
      !name.empty() && name.size() <= kLongest && name.find_first_of("/\\") == std::string::npos;
  if (!plain || !(name.ends_with(".csv") || name.ends_with(".jsonl") || name.ends_with(".json")))
    throw InputError(kRequest, key, "",
                     "must be a file's name, without folders, that ends in .csv, .jsonl or .json");
}

// Before it is read, which cannot be stopped.
void CheckCells(const std::string& name, const std::string& text, std::size_t& cells) {
  cells += static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return c == ',' || c == '\n'; }));
  if (cells > kMostCells)
    throw InputError(name, "file", "",
                     fmt::format("must hold, with the others, at most {} cells", kMostCells));
}

// `cells` are those of the curves read so far.
Curve ReadAskedCurve(const std::string& name, const std::string& key, std::string text,
                     const std::string& select, Inputs& inputs, std::vector<std::string>& notes,
                     std::size_t& cells) {
  CheckName(name, key);
  CheckCells(name, text, cells);
  inputs.Add(name, std::move(text));
  Curve curve = ReadCurve({name}, select, inputs, notes);
  if (curve.size() > kMostCheckpoints)
    throw InputError(name, "points", fmt::to_string(curve.size()),
                     fmt::format("must be at most {} here", kMostCheckpoints));
  return curve;
}

std::vector<Curve> ReadReferences(Fields& fields, Inputs& inputs, std::vector<std::string>& notes,
                                  std::size_t& cells) {
  fields.Skip("references");
  const Json* given = fields.Find("references");
  if (given == nullptr) return {};
  if (!given->is_array() || given->size() > kMostReferences)
    throw InputError(kRequest, "references", "",
                     fmt::format("must be a list of at most {} curves", kMostReferences));
  std::vector<Curve> references;
  for (std::size_t i = 0; i < given->size(); ++i) {
    const std::string key = fmt::format("references[{}]", i);
    Fields one((*given)[i], kRequest, key);
    const std::string name = one.Text("name");
    references.push_back(
        ReadAskedCurve(name, key + ".name", one.Text("text"), "", inputs, notes, cells));
    one.Done();
  }
  return references;
}

}  // namespace

Json AnswerPredict(const Json& request, Inputs& inputs, Control&) {
  const Stopwatch stopwatch;
  Fields fields(request, kRequest, "");
  const Law law = AtAskedDate(ReadLaw(fields, inputs), fields);
  const Tokens tokens = fields.Number("tokens", {0, 1e30, true});
  const double gamma = fields.OptionalNumber("gamma", {0, 1000, true}).value_or(1);
  const ModelSource source = ReadSource(fields, inputs);
  fields.Done();
  const SourcedModel model = ReadModelSource(source, tokens, inputs, kRequestPlace);
  Json result = Envelope("predict", law.name, inputs, kThreads, stopwatch.Seconds());
  result.update(PredictionJson(law, model.trained, gamma));
  if (!source.model.empty()) {
    result["defaults"] = model.defaults;
    result["notes"] = model.notes;
  }
  result["conventions"] = ConventionsJson();
  return result;
}

Json AnswerCount(const Json& request, Inputs& inputs, Control&) {
  const Stopwatch stopwatch;
  Fields fields(request, kRequest, "");
  const Count context = fields.Whole("context", 1, kMaxWidth, CountOptions().context);
  const std::string dtype = TextOr(fields, "dtype", CountOptions().dtype);
  const ModelSource source = ReadSource(fields, inputs);
  fields.Done();
  if (source.model.empty())
    throw InputError(kRequest, "shape", "", "cannot be counted: give \"model\" or \"config\"");
  const double bytes = DtypeBytes(dtype, kRequest, "dtype");
  const std::string path = inputs.Find("models", source.model, kRequest, "model");
  const Model model = ParseModel(inputs.Read(path), path);
  const Json counts = CountJson(model, {context, dtype, bytes});
  Json result = Envelope("count", "", inputs, kThreads, stopwatch.Seconds());
  result.update(counts);
  result["conventions"] = ConventionsJson();
  return result;
}

Json AnswerCurve(const Json& request, Inputs& inputs, Control&) {
  const Stopwatch stopwatch;
  Fields fields(request, kRequest, "");
  const Law law = AtAskedDate(ReadLaw(fields, inputs), fields);
  CurveQuestion question;
  question.vary = fields.Text("vary");
  question.tokens = WrittenText(fields, "tokens");
  question.gamma = ReadGammas(fields);
  question.points = static_cast<int>(fields.Whole("points", 2, kMostCurvePoints, question.points));
  question.model = ReadSource(fields, inputs);
  fields.Done();
  const Json curve = CurveJson(law, question, inputs, kRequestPlace);
  Json result = Envelope("curve", law.name, inputs, kThreads, stopwatch.Seconds());
  result.update(curve);
  return result;
}

Json AnswerHealth(const Json& request, Inputs& inputs, Control&) {
  const Stopwatch stopwatch;
  Fields fields(request, kRequest, "");
  const Law law = ReadLaw(fields, inputs);
  SourcedModel model =
      ReadModelSource(ReadSource(fields, inputs), kTokensUnit, inputs, kRequestPlace);
  EchoRecipe(law, model.defaults);
  std::vector<std::string> notes = model.notes;
  const std::string name = TextOr(fields, "name", "curve.csv"),
                    select = TextOr(fields, "select", "");
  std::size_t cells = 0;
  const Curve curve =
      ReadAskedCurve(name, "name", fields.Text("curve"), select, inputs, notes, cells);
  const std::vector<Curve> references = ReadReferences(fields, inputs, notes, cells);
  fields.Done();
  const Health health = CheckHealth(law, model.trained, curve, references);
  Json result = Envelope("health", law.name, inputs, kThreads, stopwatch.Seconds());
  result.update(HealthJson(health));
  result["notes"] = notes;
  result["defaults"] = model.defaults;
  return result;
}

}  // namespace perflaw
