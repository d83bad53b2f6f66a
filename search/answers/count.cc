#include "search/answers/count.hpp"

#include "engine/architecture.hpp"
#include "search/base/stopwatch.hpp"
#include "search/io/models/dtype.hpp"
#include "search/io/models/model_config.hpp"
#include "search/io/outputs/count.hpp"
#include "search/io/outputs/envelope.hpp"

namespace perflaw {

Json Answer(const CountQuestion& question, Inputs& inputs, Control&, const KeyPlace& place) {
  const Stopwatch stopwatch;
  const std::string path = inputs.Find("models", question.model, place.file, place.Key("model"));
  const Model model = ParseModel(inputs.Read(path), path, inputs);
  const CountOptions options{place.Whole("context", question.context, 1, kMaxWidth), question.dtype,
                             DtypeBytes(question.dtype, place.file, place.Key("dtype"))};
  const Json counts = CountJson(model, options);
  Json result = Envelope("count", "", inputs, 1, stopwatch.Seconds());
  result.update(counts);
  result["conventions"] = ConventionsJson();
  return result;
}

}  // namespace perflaw
