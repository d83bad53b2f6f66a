// Scores, counts, curves and the health of one model.
#include <fmt/format.h>

#include <algorithm>

#include "search/answers/count.hpp"
#include "search/answers/curve.hpp"
#include "search/answers/health.hpp"
#include "search/answers/predict.hpp"
#include "search/base/error.hpp"
#include "search/io/inputs/curve_file.hpp"
#include "search/web/question.hpp"

namespace perflaw {
namespace {

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

// Adds the text as a file of that name. `cells` are those of the curves read so far.
void AddCurve(const std::string& name, const std::string& key, std::string text,
              const std::string& select, Inputs& inputs, std::size_t& cells) {
  CheckName(name, key);
  CheckCells(name, text, cells);
  inputs.Add(name, std::move(text));
  Inputs seen = inputs;  // what is read to be checked is no part of the answer's fingerprint
  std::vector<std::string> notes;
  const Curve curve = ReadCurve({name}, select, seen, notes);
  if (curve.size() > kMostCheckpoints)
    throw InputError(name, "points", fmt::to_string(curve.size()),
                     fmt::format("must be at most {} here", kMostCheckpoints));
}

std::vector<std::string> AddReferences(Fields& fields, Inputs& inputs, std::size_t& cells) {
  fields.Skip("references");
  const Json* given = fields.Find("references");
  if (given == nullptr) return {};
  if (!given->is_array() || given->size() > kMostReferences)
    throw InputError(kRequest, "references", "",
                     fmt::format("must be a list of at most {} curves", kMostReferences));
  std::vector<std::string> names;
  for (std::size_t i = 0; i < given->size(); ++i) {
    const std::string key = fmt::format("references[{}]", i);
    Fields one((*given)[i], kRequest, key);
    names.push_back(one.Text("name"));
    AddCurve(names.back(), key + ".name", one.Text("text"), "", inputs, cells);
    one.Done();
  }
  return names;
}

}  // namespace

Json AnswerPredict(const Json& request, Inputs& inputs, Control& control) {
  Fields fields(request, kRequest, "");
  PredictQuestion question;
  question.law = TextOr(fields, "law", kDefaultLaw);
  question.year_month = TextOr(fields, "year_month", "");
  question.tokens = WrittenText(fields, "tokens");
  question.gamma = WrittenTextOr(fields, "gamma", question.gamma);
  question.model = ReadSource(fields, inputs);
  fields.Done();
  return Answer(question, inputs, control, kRequestPlace);
}

Json AnswerCount(const Json& request, Inputs& inputs, Control& control) {
  Fields fields(request, kRequest, "");
  CountQuestion question;
  question.context = WrittenTextOr(fields, "context", question.context);
  question.dtype = TextOr(fields, "dtype", question.dtype);
  question.model = ReadSource(fields, inputs).model;
  fields.Done();
  if (question.model.empty())
    throw InputError(kRequest, "shape", "", "cannot be counted: give \"model\" or \"config\"");
  return Answer(question, inputs, control, kRequestPlace);
}

Json AnswerCurve(const Json& request, Inputs& inputs, Control& control) {
  Fields fields(request, kRequest, "");
  CurveQuestion question;
  question.law = TextOr(fields, "law", kDefaultLaw);
  question.year_month = TextOr(fields, "year_month", "");
  question.vary = fields.Text("vary");
  question.tokens = WrittenText(fields, "tokens");
  question.gamma = ReadGammas(fields);
  question.points = static_cast<int>(fields.Whole("points", 2, kMostCurvePoints, question.points));
  question.model = ReadSource(fields, inputs);
  fields.Done();
  return Answer(question, inputs, control, kRequestPlace);
}

Json AnswerHealth(const Json& request, Inputs& inputs, Control& control) {
  Fields fields(request, kRequest, "");
  HealthQuestion question;
  question.law = TextOr(fields, "law", kDefaultLaw);
  question.model = ReadSource(fields, inputs);
  question.curve = {TextOr(fields, "name", "curve.csv")};
  question.select = TextOr(fields, "select", "");
  std::size_t cells = 0;
  AddCurve(question.curve.front(), "name", fields.Text("curve"), question.select, inputs, cells);
  question.references = AddReferences(fields, inputs, cells);
  fields.Done();
  return Answer(question, inputs, control, kRequestPlace);
}

}  // namespace perflaw
