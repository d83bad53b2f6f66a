#include "search/io/models/model_source.hpp"

#include "engine/count.hpp"
#include "search/base/error.hpp"
#include "search/io/models/model_config.hpp"

namespace perflaw {
namespace {

class ShapeReader {
 public:
  ShapeReader(const ModelSource& source, const KeyPlace& place) : source_(source), place_(place) {}

  TrainedModel Read(Tokens tokens) const {
    TrainedModel m;
    m.layers = Width("layers", source_.layers, kMaxLayers);
    m.hidden = Width("hidden", source_.hidden, kMaxWidth);
    m.ffn = Width("ffn", source_.ffn, kMaxWidth);
    m.widest_ffn = m.ffn;
    m.total_params = m.active_params = Size("params", source_.params);
    m.tokens = tokens;
    if (!source_.active_params.empty()) ReadActive(m);
    if (!source_.activated_ffn.empty()) {
      if (m.form == Form::kDense)
        Fail("activated_ffn", source_.activated_ffn,
             "is of a MoE: needs " + place_.Key("active_params"));
      m.widest_ffn = Width("activated_ffn", source_.activated_ffn, kMaxWidth);
    }
    return m;
  }

 private:
  void ReadActive(TrainedModel& m) const {
    m.form = Form::kMoe;
    m.active_params = Size("active_params", source_.active_params);
    if (m.active_params > m.total_params)
      Fail("active_params", source_.active_params, "must be at most " + place_.Key("params"));
  }
  [[noreturn]] void Fail(const char* name, const std::string& value,
                         const std::string& rule) const {
    throw InputError(place_.file, place_.Key(name), value, rule);
  }
  const std::string& Given(const char* name, const std::string& text) const {
    if (text.empty()) Fail(name, "", "is missing");
    return text;
  }
  double Width(const char* name, const std::string& text, Count most) const {
    return static_cast<double>(place_.Whole(name, Given(name, text), 1, most));
  }
  double Size(const char* name, const std::string& text) const {
    return place_.Number(name, Given(name, text), kSizeRange);
  }

  const ModelSource& source_;
  const KeyPlace& place_;
};

}  // namespace

Model ReadModel(const std::string& model, const ModelOptions& options, Inputs& inputs,
                const KeyPlace& place) {
  const std::string path = inputs.Find("models", model, place.file, place.Key("model"));
  return ParseModel(inputs.Read(path), path, inputs, options);
}

TrainedModel TrainedOn(const Architecture& architecture, Tokens tokens, const std::string& model,
                       const KeyPlace& place) {
  const TrainedModel trained = AsTrained(architecture, CountParams(architecture), tokens);
  if (trained.ffn == 0)
    throw InputError(place.file, place.Key("model"), model,
                     "is a stack without FFNs, of which the law says nothing");
  return trained;
}

SourcedModel ReadModelSource(const ModelSource& source, Tokens tokens, Inputs& inputs,
                             const KeyPlace& place) {
  if (source.model.empty()) return {ShapeReader(source, place).Read(tokens), {}, {}, {}};
  const Model model = ReadModel(source.model, source.options, inputs, place);
  return {TrainedOn(model.architecture, tokens, source.model, place), model.defaults, model.notes,
          model.architecture};
}

}  // namespace perflaw
