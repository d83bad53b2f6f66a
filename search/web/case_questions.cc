// Closed models: the structures and the sizes behind their scores.
#include "search/answers/size_json.hpp"
#include "search/base/control.hpp"
#include "search/base/error.hpp"
#include "search/base/stopwatch.hpp"
#include "search/io/inputs/case_file.hpp"
#include "search/io/outputs/envelope.hpp"
#include "search/io/outputs/inversion_json.hpp"
#include "search/io/outputs/prediction.hpp"
#include "search/web/question.hpp"

namespace perflaw {
Json AnswerInvert(const Json& request, Inputs& inputs, Control& control) {
  const Stopwatch stopwatch;
  constexpr Count kFewestDraws = 256, kDraws = 1 << 15;
  Fields fields(request, kRequest, "");
  const Count seed = fields.Whole("seed", 0, std::numeric_limits<Count>::max(), 0),
              draws = fields.Whole("draws", kFewestDraws, kMostDraws, kDraws);
  const std::string name = "case";
  inputs.Add(name, fields.Get(name).dump());
  fields.Done();
  CaseFile file = LoadCase(name, std::nullopt, inputs);
  const TrainingRun run = PricedRun(inputs, file.defaults);
  const Inversion inversion =
      Invert(file.closed, {kThreads, static_cast<std::uint64_t>(seed), draws}, control);
  if (control.stop) return nullptr;
  Json result = Envelope("invert", file.closed.law.name, inputs, kThreads, stopwatch.Seconds());
  result["seed"] = seed;
  result["draws"] = draws;
  result.update(InversionJson(file, inversion, run));
  return result;
}

Json AnswerSize(const Json& request, Inputs& inputs, Control&) {
  const Stopwatch stopwatch;
  Fields fields(request, kRequest, "");
  SizeQuestion question;
  question.active_ratio = WrittenText(fields, "active_ratio");
  const Json& benchmarks = fields.Get("benchmarks");
  constexpr std::size_t kMostBenchmarks = 16;
  if (!benchmarks.is_array() || benchmarks.size() > kMostBenchmarks)
    throw InputError(kRequest, "benchmarks", "",
                     fmt::format("must be a list of at most {}", kMostBenchmarks));
  for (std::size_t i = 0; i < benchmarks.size(); ++i) {
    Fields one(benchmarks[i], kRequest, fmt::format("benchmarks[{}]", i));
    question.benchmarks.push_back(one.Text("benchmark"));
    question.scores.push_back(WrittenText(one, "score"));
    one.Done();
  }
  fields.Done();
  const Json answer = SizePredictionJson(question, inputs, kRequestPlace);
  Json result = Envelope("size", "", inputs, kThreads, stopwatch.Seconds());
  result.update(answer);
  return result;
}

}  // namespace perflaw
