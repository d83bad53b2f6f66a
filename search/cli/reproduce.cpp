#include <fmt/format.h>
#include <unistd.h>

#include <filesystem>
#include <stdexcept>

#include "search/answers/inversion_reproduction.hpp"
#include "search/answers/reproduction.hpp"
#include "search/base/control.hpp"
#include "search/base/error.hpp"
#include "search/base/status.hpp"
#include "search/cli/shell/command.hpp"
#include "search/cli/shell/describe.hpp"
#include "search/io/outputs/envelope.hpp"
#include "search/io/text/files.hpp"
#include "search/io/text/subprocess.hpp"
#include "search/terminal/text_table.hpp"

namespace perflaw {
namespace {

namespace fs = std::filesystem;

struct ReproduceOptions {
  std::string out = "results";
  bool json = false;
};

// Runs configs/figures/<name>.gnuplot in the folder, where it finds the tables and leaves <name>.svg.
void Draw(const std::string& name, const fs::path& folder) {
  const std::string script =
      fs::absolute(ConfigsFolder() / "figures" / (name + ".gnuplot")).string();
  const Finished drawn = RunProgram({"gnuplot", script}, "", folder.string());
  if (drawn.status != 0)
    throw std::runtime_error(fmt::format("gnuplot did not draw {}: {}", name, drawn.err));
}

std::string Text(const Json& checks) {
  TextTable table({"check", "expected", "got", ""});
  for (const Json& check : checks) {
    const Json& expected = check.at("expected");
    table.Add({check.at("what").get<std::string>(),
               expected.is_string() ? expected.get<std::string>() : expected.dump(),
               fmt::format("{:.10g}", check.at("got").get<double>()),
               check.at("ok").get<bool>() ? "ok" : "FAILED"});
  }
  return table.Format();
}

// A folder in `target`, so on the same disk, for files in the making, gone with all that is left in it.
class Workshop {
 public:
  explicit Workshop(const fs::path& target)
      : folder_(fs::absolute(target).lexically_normal() / fmt::format("making.{}.part", getpid())) {
    fs::create_directories(folder_);
  }
  ~Workshop() {
    std::error_code ignored;
    fs::remove_all(folder_, ignored);
  }
  Workshop(const Workshop&) = delete;
  Workshop& operator=(const Workshop&) = delete;

  const fs::path& Folder() const { return folder_; }
  // Each file replaces one of its name in the target, whole.
  void Deliver() const {
    for (const auto& entry : fs::directory_iterator(folder_))
      fs::rename(entry.path(), folder_.parent_path() / entry.path().filename());
  }

 private:
  fs::path folder_;
};

// Nothing is delivered where a figure cannot be drawn: tables and figures belong together.
void WriteResults(const Reproduction& made, Json provenance, const fs::path& target) {
  const Workshop workshop(target);
  const fs::path& folder = workshop.Folder();
  for (const auto& [name, content] : made.tables) WriteFile((folder / name).string(), content);
  for (const char* figure : kFigures) Draw(figure, folder);
  for (const char* varies : {"threads", "ranks", "seconds"}) provenance.erase(varies);
  WriteFile((folder / "reproduce.json").string(), provenance.dump(2) + "\n");
  workshop.Deliver();
}

int RunReproduce(const ReproduceOptions& options) {
  const Stopwatch stopwatch;
  Inputs inputs;
  std::error_code failed;
  fs::create_directories(options.out, failed);
  if (failed) throw InputError("command line", "--out", options.out, failed.message());
  Control control;
  const Watch watch(control, 1, true);
  Reproduction made = Reproduce(inputs);
  if (!control.stop) AddInversions(inputs, made, control);
  const bool stopped = control.stop;
  Json checks = Json::array();
  bool ok = true;
  for (const ReproductionCheck& check : made.checks) {
    checks.push_back({{"what", check.what},
                      {"expected", check.expected},
                      {"got", Real(check.got)},
                      {"ok", check.ok}});
    ok = ok && check.ok;
  }
  Json result = Envelope("reproduce", "", inputs, 1, stopwatch.Seconds());
  result["checks"] = checks;
  if (stopped) result["status"] = StatusName(Status::kInterrupted);
  // First, as it does not need gnuplot.
  if (options.json) {
    PrintJson(result);
  } else {
    Print(Text(checks));
  }
  if (stopped) {
    if (!options.json) Print("interrupted: the checks so far, and no tables or figures\n");
    return kInterrupted;
  }
  WriteResults(made, result, options.out);
  if (!options.json) Print("tables and figures are in " + options.out + "\n");
  return ok ? kDone : kAskedCheckFailed;
}

}  // namespace

void AddReproduce(CLI::App& app, int& status) {
  auto options = std::make_shared<ReproduceOptions>();
  CLI::App* command = app.add_subcommand("reproduce",
                                         "remakes the paper's table, figures and examples, and the "
                                         "errors of both laws and of inversions");
  command->add_option("--out", options->out, "the folder to write")
      ->type_name(kTakesFolder)
      ->capture_default_str();
  AddExamples(*command, {"perflaw reproduce --out made"});
  AddJson(*command, options->json);
  command->callback([options, &status] { status = RunReproduce(*options); });
}

}  // namespace perflaw
