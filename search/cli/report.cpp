#include <fmt/format.h>

#include <filesystem>
#include <map>
#include <string>
#include <utility>

#include "search/answers/reproduce.hpp"
#include "search/base/control.hpp"
#include "search/base/error.hpp"
#include "search/cli/shell/command.hpp"
#include "search/cli/shell/describe.hpp"
#include "search/io/outputs/design.hpp"
#include "search/io/text/files.hpp"
#include "search/web/catalogue.hpp"
#include "search/web/script.hpp"

namespace perflaw {
namespace {

namespace fs = std::filesystem;

struct ReportOptions {
  std::string result, out, svg;
};

// `reproduce` leaves its figures and tables beside its result; elsewhere there are none.
void AddFiles(Json& result, const fs::path& folder) {
  Json files = Json::object();
  for (const char* figure : kFigures) {
    const fs::path path = folder / fmt::format("{}.svg", figure);
    if (fs::is_regular_file(path)) files[path.filename().string()] = ReadFile(path.string());
  }
  if (files.empty()) return;
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (entry.path().extension() == ".csv")
      files[entry.path().filename().string()] = ReadFile(entry.path().string());
  }
  result["files"] = std::move(files);
}

// {"html", "svg": {name: text}} by the page's own scripts, which know what a result of each command holds.
Json Render(const Json& result, const std::string& path) {
  const auto page = ReadPage(PageFolder());
  std::map<std::string, std::string> texts;
  for (const auto& [name, file] : page) texts[name] = file.text;
  const std::string input = result.dump(-1, ' ', false, Json::error_handler_t::replace);
  // The same result makes the same file, and nothing within the result can know the nonce.
  const std::string drawn =
      CallScript(texts, "report/render.js", "render",
                 {input, MetricsJson().dump(), Sha256(input), texts.at("vendor/echarts.min.js"),
                  texts.at("report/charts.js"), texts.at("report/report.css")});
  Json answer = ParseJson(drawn, "the page's scripts");
  if (answer.contains("html")) return answer;
  const auto text = [&answer](const char* key) { return answer.at(key).get<std::string>(); };
  throw InputError(path, text("key"), text("value"), text("rule"));
}

int RunReport(const ReportOptions& options) {
  Json result = ParseJson(ReadFile(options.result), options.result);
  if (result.is_object() && result.value("command", Json()) == "reproduce")
    AddFiles(result, fs::absolute(options.result).parent_path());
  Control control;
  const Watch watch(control, 1, true);
  const Json report = Render(result, options.result);
  if (control.stop) return kInterrupted;
  WriteFile(options.out, report.at("html").get<std::string>());
  if (!options.svg.empty()) {
    fs::create_directories(options.svg);
    for (const auto& [name, text] : report.at("svg").items())
      WriteFile((fs::path(options.svg) / (name + ".svg")).string(), text.get<std::string>());
  }
  return kDone;
}

}  // namespace

void AddReport(Command& program) {
  auto options = std::make_shared<ReportOptions>();
  Command& command =
      program.Add("report", "any result as one HTML file with its pictures and tables");
  command
      .Value("result", options->result,
             "what --json printed, or search --out FILE.json, or results/reproduce.json")
      .Required()
      .Takes(kTakesFile);
  command.Value("--out", options->out, "the HTML file to write").Required().Takes(kTakesFile);
  command.Value("--svg", options->svg, "also writes each picture as DIR/NAME.svg")
      .Takes(kTakesFolder);
  command.Examples({"perflaw report result.json --out result.html --svg pictures"});
  command.Run([options] { return RunReport(*options); });
}

}  // namespace perflaw
