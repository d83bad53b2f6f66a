#include "search/answers/reproduce.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <filesystem>
#include <stdexcept>

#include "search/base/error.hpp"
#include "search/cli/shell/command.hpp"
#include "search/cli/shell/describe.hpp"
#include "search/cli/shell/output.hpp"
#include "search/io/text/files.hpp"
#include "search/io/text/subprocess.hpp"
#include "search/terminal/text_table.hpp"

namespace perflaw {
namespace {

namespace fs = std::filesystem;

struct ReproduceOptions {
  std::string out = "results";
  OutputFlags output;
};

// Runs configs/figures/<name>.gnuplot in the folder, where it finds the tables and leaves <name>.svg.
void Draw(const std::string& name, const fs::path& folder) {
  const std::string script =
      fs::absolute(ConfigsFolder() / "figures" / (name + ".gnuplot")).string();
  const Finished drawn = RunProgram({"gnuplot", script}, "", folder.string());
  if (drawn.status != 0)
    throw std::runtime_error(fmt::format("gnuplot did not draw {}: {}", name, drawn.err));
}

Printout ReproducePrintout(const Json& result) {
  TextTable table({"check", "expected", "got", ""});
  for (const Json& check : result.at("checks")) {
    const Json& expected = check.at("expected");
    table.Add({check.at("what").get<std::string>(),
               expected.is_string() ? expected.get<std::string>() : expected.dump(),
               fmt::format("{:.10g}", check.at("got").get<double>()),
               check.at("ok").get<bool>() ? "ok" : "FAILED"});
  }
  Printout out;
  out.Table(std::move(table));
  return out;
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

// False when it was stopped. Nothing is delivered where a figure cannot be drawn: tables and figures belong together.
bool WriteResults(const ReproduceAnswer& made, const fs::path& target, const Control& control) {
  const Workshop workshop(target);
  const fs::path& folder = workshop.Folder();
  for (const auto& [name, content] : made.tables) WriteFile((folder / name).string(), content);
  for (const char* figure : kFigures) {
    try {
      Draw(figure, folder);
    } catch (const std::exception&) {
      if (!control.stop) throw;  // an interrupt is gnuplot's, too
    }
    if (control.stop) return false;
  }
  Json provenance = made.result;
  for (const char* varies : {"threads", "ranks", "seconds"}) provenance.erase(varies);
  WriteFile((folder / "reproduce.json").string(), provenance.dump(2) + "\n");
  workshop.Deliver();
  return true;
}

int RunReproduce(const ReproduceOptions& options) {
  std::error_code failed;
  fs::create_directories(options.out, failed);
  if (failed) throw InputError("command line", "--out", options.out, failed.message());
  Inputs inputs;
  Control control;
  const Watch watch(control, 1, true);
  const ReproduceAnswer made = Reproduce(inputs, control);
  // First, as it does not need gnuplot.
  Show(options.output, made.result,
       {[](const Json& result) { return result.at("checks"); }, ReproducePrintout});
  const bool for_people = options.output.format == Format::kTable;
  if (made.result.contains("status")) {
    if (for_people) Print("interrupted: the checks so far, and no tables or figures\n");
    return kInterrupted;
  }
  if (!WriteResults(made, options.out, control)) {
    if (for_people) Print("interrupted: no tables or figures\n");
    return kInterrupted;
  }
  if (for_people) Print("tables and figures are in " + options.out + "\n");
  return made.ok ? kDone : kAskedCheckFailed;
}

}  // namespace

void AddReproduce(Command& program) {
  auto options = std::make_shared<ReproduceOptions>();
  Command& command = program.Add("reproduce",
                                 "remakes the paper's table, figures and examples, and the "
                                 "errors of both laws and of inversions");
  command.Value("--out", options->out, "the folder to write").Takes(kTakesFolder).ShowsDefault();
  command.Examples({"perflaw reproduce --out made"});
  AddFormat(command, options->output);
  command.Run([options] { return RunReproduce(*options); });
}

}  // namespace perflaw
