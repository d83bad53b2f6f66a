#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <sstream>

#include "engine/count.hpp"
#include "search/cli/command.hpp"
#include "search/cli/model_flags.hpp"
#include "search/error.hpp"
#include "search/io/catalog.hpp"
#include "search/io/files.hpp"
#include "search/io/model_config.hpp"
#include "search/io/result.hpp"
#include "search/io/text.hpp"
#include "search/io/text_table.hpp"

namespace perflaw {
namespace {

constexpr Range kGamma{0, 1000, true}, kTokens{0, 1e30, true};

struct CurveOptions {
  ModelFlags model;
  std::string law = kDefaultLaw, vary, tokens, gamma = "1";
  int points = 50;
  bool json = false;
};

// "tokens=1T..100T".
struct Varied {
  std::string name;
  double from = 0, to = 0;
};

Varied ParseVaried(const std::string& text) {
  const auto equals = text.find('='), dots = text.find("..");
  const Varied varied{text.substr(0, equals)};
  const bool known = varied.name == "tokens" || varied.name == "layers" || varied.name == "gamma";
  if (!known || equals == std::string::npos || dots == std::string::npos || dots < equals) {
    throw InputError("command line", "--vary", text,
                     "must be tokens=FROM..TO, layers=FROM..TO or gamma=FROM..TO");
  }
  const std::string from = text.substr(equals + 1, dots - equals - 1), to = text.substr(dots + 2);
  const auto end = [&](const std::string& value) {
    if (varied.name == "layers")
      return static_cast<double>(FlagWhole("--vary", value, 1, kMaxLayers));
    return FlagNumber("--vary", value, varied.name == "gamma" ? kGamma : kTokens);
  };
  Varied read{varied.name, end(from), end(to)};
  if (read.from > read.to)
    throw InputError("command line", "--vary", text, "must rise from left to right");
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

std::vector<double> Gammas(const std::string& list) {
  std::vector<double> gammas;
  std::stringstream stream(list);
  for (std::string one; std::getline(stream, one, ',');)
    gammas.push_back(FlagNumber("--gamma", one, kGamma));
  if (gammas.empty()) throw InputError("command line", "--gamma", list, "must name a number");
  return gammas;
}

// The model of the flags at each value of what varies.
class Models {
 public:
  Models(const CurveOptions& options, const Varied& varied, Inputs& inputs) : name_(varied.name) {
    const bool given = !options.tokens.empty();
    if (given == (name_ == "tokens")) {
      throw InputError("command line", "--tokens", options.tokens,
                       given ? "is what --vary varies" : "is missing");
    }
    const Tokens tokens = given ? FlagNumber("--tokens", options.tokens, kTokens) : varied.from;
    model_ = ReadModelFlags(options.model, tokens, inputs);
    if (name_ != "layers") return;
    if (options.model.model.empty()) {
      throw InputError(
          "command line", "--vary", options.vary,
          "changes the parameters with the layers: needs --model, which can be counted");
    }
    const std::string path = FindConfig("models", options.model.model, "command line", "--model");
    architecture_ = ParseModel(inputs.Read(path), path).architecture;
  }
  const FlaggedModel& Flagged() const { return model_; }

  TrainedModel At(double value) const {
    TrainedModel model = model_.trained;
    if (name_ == "tokens") model.tokens = value;
    if (name_ != "layers") return model;
    Architecture a = *architecture_;
    a.layers = static_cast<Count>(value);
    a.sliding_window.layers = std::min(a.sliding_window.layers, a.layers);
    if (const auto bad = Validate(a)) {
      throw InputError("command line", "--vary", fmt::format("{} layers", a.layers),
                       fmt::format("{}: {}", bad->field, bad->rule));
    }
    return AsTrained(a, CountParams(a), model.tokens);
  }

 private:
  std::string name_;
  FlaggedModel model_;
  std::optional<Architecture> architecture_;
};

Json PointJson(const Law& law, const std::string& name, double value, const TrainedModel& model,
               double gamma) {
  const Score score = PredictScore(law, model, gamma);
  Json point = {{name, Real(value)}};
  if (name == "layers") point["total_params"] = Real(model.total_params);
  point["mmlu"] = Real(score.mmlu);
  point["mmlu_raw"] = Real(score.raw);
  point["unstable_discount"] = Real(score.unstable_discount);
  point["inside_domain"] = law.domain.Distance(model) == 0;
  return point;
}

Json SeriesJson(const Law& law, const CurveOptions& options, const Varied& varied,
                const Models& models) {
  const std::vector<double> values = Values(varied, options.points);
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
  for (const double gamma : Gammas(options.gamma)) add(Real(gamma), [=](double) { return gamma; });
  return all;
}

std::string Text(const Json& series, const std::string& name) {
  std::vector<std::string> header = {name};
  for (const Json& one : series) {
    header.push_back(one.at("gamma").is_null() ? "MMLU" : "gamma " + one.at("gamma").dump());
  }
  header.emplace_back("domain");
  TextTable table(header);
  const Json& points = series[0].at("points");
  for (std::size_t i = 0; i < points.size(); ++i) {
    const double value = points[i].at(name).get<double>();
    std::vector<std::string> cells = {name == "gamma" ? fmt::format("{:.3f}", value)
                                                      : HumanCount(value)};
    for (const Json& one : series)
      cells.push_back(fmt::format("{:.2f}", one.at("points")[i].at("mmlu").get<double>()));
    cells.emplace_back(points[i].at("inside_domain").get<bool>() ? "inside" : "outside");
    table.Add(std::move(cells));
  }
  return table.Format();
}

int Curve(const CurveOptions& options) {
  const Stopwatch stopwatch;
  Inputs inputs;
  const Law law = LoadLaw(options.law, inputs, "command line", "--law");
  const Varied varied = ParseVaried(options.vary);
  const Models models(options, varied, inputs);
  const Json series = SeriesJson(law, options, varied, models);
  std::vector<std::string> defaults = models.Flagged().defaults;
  EchoRecipe(law, defaults);
  if (!options.json) {
    Print(Text(series, varied.name) + EchoText(models.Flagged().notes, defaults));
    return kDone;
  }
  Json result = Envelope("curve", law.name, inputs, 1, stopwatch.Seconds());
  result["vary"] = varied.name;
  result["series"] = series;
  result["defaults"] = defaults;
  result["notes"] = models.Flagged().notes;
  PrintJson(result);
  return kDone;
}

}  // namespace

void AddCurve(CLI::App& app, int& status) {
  auto options = std::make_shared<CurveOptions>();
  CLI::App* command =
      app.add_subcommand("curve", "the score over tokens, layers or gamma for one architecture");
  AddModelFlags(*command, options->model);
  auto* vary =
      command->add_option("--vary", options->vary, "tokens=1T..100T, layers=8..300 or gamma=1..3");
  vary->required();
  command->add_option("--tokens", options->tokens, "training tokens, where they do not vary");
  command->add_option("--gamma", options->gamma, "one or more, as 1,1.9,3: a series each");
  command->add_option("--points", options->points, "points of a series; default 50")
      ->check(CLI::Range(2, 100000));
  AddLaw(*command, options->law);
  AddJson(*command, options->json);
  command->callback([options, &status] { status = Curve(*options); });
}

}  // namespace perflaw
