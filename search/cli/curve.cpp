#include "search/answers/curve.hpp"

#include <fmt/format.h>

#include "search/cli/model_flags.hpp"
#include "search/cli/shell/command.hpp"
#include "search/cli/shell/describe.hpp"
#include "search/cli/shell/output.hpp"
#include "search/io/text/csv.hpp"
#include "search/io/text/numbers.hpp"

namespace perflaw {
namespace {

struct CurveOptions {
  CurveQuestion question;
  OutputFlags output;
};

std::string SeriesName(const Json& series) {
  return series.at("gamma").is_null() ? "MMLU" : "gamma " + series.at("gamma").dump();
}

// One row a point of a series.
Json CurveRows(const Json& result) {
  Json rows = Json::array();
  for (const Json& series : result.at("series")) {
    for (const Json& point : series.at("points")) {
      Json row = Json::object();
      if (!series.at("gamma").is_null()) row["gamma"] = series.at("gamma");
      row.update(Flattened(point));
      rows.push_back(std::move(row));
    }
  }
  return rows;
}

TextTable Table(const Json& series, const std::string& name) {
  std::vector<std::string> header = {name};
  for (const Json& one : series) header.push_back(SeriesName(one));
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
  return table;
}

TextChart Picture(const Json& series, const std::string& name) {
  TextChart chart{name, "MMLU", {}};
  for (const Json& one : series) {
    ChartSeries& drawn = chart.series.emplace_back(ChartSeries{SeriesName(one), {}});
    for (const Json& point : one.at("points"))
      drawn.points.push_back({point.at(name).get<double>(), point.at("mmlu").get<double>()});
  }
  return chart;
}

Printout CurvePrintout(const Json& result) {
  Printout out;
  const Json& series = result.at("series");
  const std::string name = result.at("vary").get<std::string>();
  out.Table(Table(series, name));
  out.Picture(Picture(series, name));
  out.Echo(result.at("notes"), result.at("defaults"));
  return out;
}

int Curve(const CurveOptions& options) {
  Inputs inputs;
  Control control;
  Show(options.output, Answer(options.question, inputs, control), {CurveRows, CurvePrintout});
  return kDone;
}

}  // namespace

void AddCurve(Command& program) {
  auto options = std::make_shared<CurveOptions>();
  Command& command =
      program.Add("curve", "the score over tokens, layers or gamma for one architecture");
  AddModelFlags(command, options->question.model);
  command.Value("--vary", options->question.vary, "tokens=1T..100T, layers=8..300 or gamma=1..3")
      .Required()
      .Takes("AXIS=FROM..TO");
  command.Value("--tokens", options->question.tokens, "training tokens, where they do not vary")
      .Takes(kTakesTokens);
  command.Value("--gamma", options->question.gamma, "one or more, as 1,1.9,3: a series each")
      .Takes("NUMBERS")
      .ShowsDefault();
  command.Value("--points", options->question.points, "points of a series")
      .ShowsDefault()
      .Between(2, 100000);
  AddLaw(command, options->question.law);
  AddFormat(command, options->output);
  command.Examples(
      {"perflaw curve --model llama-3.1-70b --vary tokens=1T..100T --gamma 1,1.9,3",
       "perflaw curve --model llama-3.1-8b --vary layers=8..128 --tokens 15T --points 20"});
  command.Run([options] { return Curve(*options); });
}

}  // namespace perflaw
