#include "search/answers/count.hpp"

#include "engine/architecture.hpp"
#include "search/base/stopwatch.hpp"
#include "search/io/models/dtype.hpp"
#include "search/io/models/model_source.hpp"
#include "search/io/outputs/count.hpp"
#include "search/io/outputs/envelope.hpp"

namespace perflaw {

Json Answer(const CountQuestion& question, Inputs& inputs, Control&, const KeyPlace& place) {
  const Stopwatch stopwatch;
  const Model model = ReadModel(question.model, question.options, inputs, place);
  CountOptions options{place.Whole("context", question.context, 1, kMaxWidth)};
  if (!question.dtype.empty()) {
    options.dtype = question.dtype;
    options.bytes = DtypeBytes(question.dtype, place.file, place.Key("dtype"));
    options.as_stored = false;
  }
  const Json counts = CountJson(model, options);
  Json result = Envelope("count", "", inputs, 1, stopwatch.Seconds());
  result.update(counts);
  result["conventions"] = ConventionsJson();
  return result;
}

}  // namespace perflaw
