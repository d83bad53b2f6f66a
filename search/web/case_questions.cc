// Closed models: the structures and the sizes behind their scores.
#include <fmt/format.h>

#include <limits>

#include "search/answers/invert.hpp"
#include "search/answers/size.hpp"
#include "search/base/error.hpp"
#include "search/web/question.hpp"

namespace perflaw {
Json AnswerInvert(const Json& request, Inputs& inputs, Control& control) {
  constexpr Count kFewestDraws = 256, kDraws = 1 << 15;
  Fields fields(request, kRequest, "");
  InvertQuestion question;
  question.seed =
      static_cast<std::uint64_t>(fields.Whole("seed", 0, std::numeric_limits<Count>::max(), 0));
  question.draws = fields.Whole("draws", kFewestDraws, kMostDraws, kDraws);
  question.file = "case";
  inputs.Add(question.file, fields.Get("case").dump());
  fields.Done();
  return Answer(question, inputs, control, kRequestPlace);
}

Json AnswerSize(const Json& request, Inputs& inputs, Control& control) {
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
  return Answer(question, inputs, control, kRequestPlace);
}

}  // namespace perflaw
