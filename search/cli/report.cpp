#include <fmt/format.h>

#include <filesystem>
#include <stdexcept>
#include <string>
#include <utility>

#include "search/answers/reproduce.hpp"
#include "search/base/control.hpp"
#include "search/base/error.hpp"
#include "search/cli/shell/command.hpp"
#include "search/cli/shell/describe.hpp"
#include "search/io/text/files.hpp"
#include "search/io/text/subprocess.hpp"

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
  const std::string script = (PageFolder() / "render.mjs").string();
  const Finished drawn =
      RunProgram({"node", script}, result.dump(-1, ' ', false, Json::error_handler_t::replace));
  constexpr int kNoResult = 2;
  if (drawn.status != 0 && drawn.status != kNoResult)
    throw std::runtime_error(fmt::format("node could not draw the report: {}", drawn.err));
  Json answer = ParseJson(drawn.out, "standard output of node");
  if (drawn.status == 0) return answer;
  const auto text = [&answer](const char* key) { return answer.at(key).get<std::string>(); };
  throw InputError(path, text("key"), text("value"), text("rule"));
}

int RunReport(const ReportOptions& options) {
  Json result = ParseJson(ReadFile(options.result), options.result);
  if (result.is_object() && result.value("command", Json()) == "reproduce")
    AddFiles(result, fs::absolute(options.result).parent_path());
  Control control;
  const Watch watch(control, 1, true);
  Json report;
  try {
    report = Render(result, options.result);
  } catch (const std::runtime_error&) {
    if (!control.stop) throw;  // Ctrl-C ends node, too
  }
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
