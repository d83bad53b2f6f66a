#include "search/answers/curve.hpp"

#include <algorithm>
#include <cmath>
#include <optional>
#include <sstream>
#include <vector>

#include "engine/count.hpp"
#include "search/base/error.hpp"
#include "search/base/stopwatch.hpp"
#include "search/io/models/model_config.hpp"
#include "search/io/outputs/envelope.hpp"
#include "search/io/text/json.hpp"

namespace perflaw {
namespace {

// "tokens=1T..100T".
struct Varied {
  std::string name;
  double from = 0, to = 0;
};

Varied ParseVaried(const std::string& text, const KeyPlace& place) {
  const auto equals = text.find('='), dots = text.find("..");
  const Varied varied{text.substr(0, equals)};
  const bool known = varied.name == "tokens" || varied.name == "layers" || varied.name == "gamma";
  if (!known || equals == std::string::npos || dots == std::string::npos || dots < equals) {
    throw InputError(place.file, place.Key("vary"), text,
                     "must be tokens=FROM..TO, layers=FROM..TO or gamma=FROM..TO");
  }
  const std::string from = text.substr(equals + 1, dots - equals - 1), to = text.substr(dots + 2);
  const auto end = [&](const std::string& value) {
    if (varied.name == "layers")
      return static_cast<double>(place.Whole("vary", value, 1, kMaxLayers));
    return place.Number("vary", value, varied.name == "gamma" ? kGammaRange : kTokensRange);
  };
  Varied read{varied.name, end(from), end(to)};
  if (read.from > read.to)
    throw InputError(place.file, place.Key("vary"), text, "must rise from left to right");
  return read;
}

// Tokens evenly in logarithms, gamma evenly, layers every whole number or as many of them as `points` allows.
std::vector<double> Values(const Varied& varied, int points) {
  std::vector<double> values;
  for (int i = 0; i < points; ++i) {
    const double part = static_cast<double>(i) / (points - 1);
    double value = varied.from + (varied.to - varied.from) * part;
    if (varied.name == "tokens") value = varied.from * std::pow(varied.to / varied.from, part);
    if (varied.name == "layers") value = std::round(value);
    if (i == points - 1) value = varied.to;
    if (values.empty() || value > values.back()) values.push_back(value);
  }
  return values;
}

std::vector<double> Gammas(const std::string& list, const KeyPlace& place) {
  std::vector<double> gammas;
  std::stringstream stream(list);
  for (std::string one; std::getline(stream, one, ',');)
    gammas.push_back(place.Number("gamma", one, kGammaRange));
  if (gammas.empty()) throw InputError(place.file, place.Key("gamma"), list, "must name a number");
  return gammas;
}

// The model of the question at each value of what varies.
class Models {
 public:
  Models(const CurveQuestion& question, const Varied& varied, Inputs& inputs, const KeyPlace& place)
      : name_(varied.name), place_(place) {
    const bool given = !question.tokens.empty();
    if (given == (name_ == "tokens")) {
      throw InputError(place.file, place.Key("tokens"), question.tokens,
                       given ? "is what --vary varies" : "is missing");
    }
    const Tokens tokens =
        given ? place.Number("tokens", question.tokens, kTokensRange) : varied.from;
    model_ = ReadModelSource(question.model, tokens, inputs, place);
    if (name_ != "layers") return;
    if (question.model.model.empty()) {
      throw InputError(
          place.file, place.Key("vary"), question.vary,
          fmt::format("changes the parameters with the layers: needs {}, which can be counted",
                      place.Key("model")));
    }
  }
  const SourcedModel& Sourced() const { return model_; }

  TrainedModel At(double value) const {
    TrainedModel model = model_.trained;
    if (name_ == "tokens") model.tokens = value;
    if (name_ != "layers") return model;
    const Architecture a = WithLayers(*model_.architecture, static_cast<Count>(value));
    if (const auto bad = Validate(a)) {
      throw InputError(place_.file, place_.Key("vary"), fmt::format("{} layers", value),
                       fmt::format("{}: {}", bad->field, bad->rule));
    }
    return TrainedOn(a, model.tokens, fmt::format("with {} layers", value), place_);
  }

 private:
  std::string name_;
  KeyPlace place_;
  SourcedModel model_;
};

Json PointJson(const Law& law, const std::string& name, double value, const TrainedModel& model,
               double gamma) {
  const Score score = PredictScore(law, model, gamma);
  Json point = {{name, Real(value)}};
  if (name == "layers") point["total_params"] = Real(model.total_params);
  point["mmlu"] = Real(score.mmlu);
  point["mmlu_raw"] = Real(score.raw);
  point["interval_90"] = {Real(score.low90), Real(score.high90)};
  point["unstable_discount"] = Real(score.unstable_discount);
  point["inside_domain"] = law.domain.Distance(model) == 0;
  return point;
}

Json SeriesJson(const Law& law, const CurveQuestion& question, const Varied& varied,
                const Models& models, const KeyPlace& place) {
  const std::vector<double> values = Values(varied, question.points);
  Json all = Json::array();
  const auto add = [&](const Json& gamma, const auto& gamma_at) {
    Json points = Json::array();
    for (const double value : values)
      points.push_back(PointJson(law, varied.name, value, models.At(value), gamma_at(value)));
    all.push_back({{"gamma", gamma}, {"points", std::move(points)}});
  };
  if (varied.name == "gamma") {
    add(nullptr, [](double value) { return value; });
    return all;
  }
  for (const double gamma : Gammas(question.gamma, place))
    add(Real(gamma), [=](double) { return gamma; });
  return all;
}

}  // namespace

Json Answer(const CurveQuestion& question, Inputs& inputs, Control&, const KeyPlace& place) {
  const Stopwatch stopwatch;
  const Law law = AtAskedDate(LoadLaw(question.law, inputs, place.file, place.Key("law")),
                              question.year_month, place);
  const Varied varied = ParseVaried(question.vary, place);
  const Models models(question, varied, inputs, place);
  std::vector<std::string> defaults = models.Sourced().defaults;
  EchoRecipe(law, defaults);
  const Json series = SeriesJson(law, question, varied, models, place);
  Json result = Envelope("curve", law.name, inputs, 1, stopwatch.Seconds());
  result["vary"] = varied.name;
  result["series"] = series;
  result["defaults"] = defaults;
  result["notes"] = models.Sourced().notes;
  return result;
}

}  // namespace perflaw
