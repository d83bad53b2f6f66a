#include "search/answers/invert.hpp"

#include <optional>

#include "search/base/stopwatch.hpp"
#include "search/invert/invert.hpp"
#include "search/io/inputs/case_file.hpp"
#include "search/io/outputs/envelope.hpp"
#include "search/io/outputs/inversion_json.hpp"

namespace perflaw {

Json Answer(const InvertQuestion& question, Inputs& inputs, Control& control, const KeyPlace&) {
  const Stopwatch stopwatch;
  std::optional<std::string> law;
  if (!question.law.empty()) law = question.law;
  CaseFile file = LoadCase(question.file, law, inputs);
  const TrainingRun run = PricedRun(inputs, file.defaults);
  const Inversion inversion =
      Invert(file.closed, {question.threads, question.seed, question.draws}, control);
  Json result =
      Envelope("invert", file.closed.law.name, inputs, question.threads, stopwatch.Seconds());
  result["seed"] = question.seed;
  result["draws"] = question.draws;
  result.update(InversionJson(file, inversion, run));
  return result;
}

}  // namespace perflaw
