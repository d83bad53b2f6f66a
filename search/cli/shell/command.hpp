// What the commands of the program share: options, output, interruption.
#pragma once

#include <CLI/CLI.hpp>
#include <memory>
#include <optional>
#include <string>

#include "engine/units.hpp"
#include "search/base/control.hpp"
#include "search/base/stopwatch.hpp"
#include "search/io/text/json.hpp"
#include "search/io/text/key_place.hpp"
#include "search/sweep/ranks.hpp"

namespace perflaw {

enum ExitStatus {
  kDone = 0,
  kMachineFailed = 1,
  kInputWrong = 2,
  kNothingFeasible = 3,
  kAskedCheckFailed = 4,
  kInterrupted = 130
};
struct ExitMeaning {
  ExitStatus status;
  const char* meaning;
};
inline constexpr ExitMeaning kExitMeanings[] = {
    {kDone, "Done."},
    {kMachineFailed, "The machine or the program failed."},
    {kInputWrong,
     "The input is wrong: the message names file, key, value and rule. Nothing is written."},
    {kNothingFeasible, "Nothing is feasible."},
    {kAskedCheckFailed, "What --fail-on names was found, or a check of reproduce failed."},
    {kInterrupted, "Interrupted: what was found is printed and marked."}};

// The processes that this one belongs to: of mpirun in perflaw-mpi, itself in perflaw.
std::unique_ptr<Ranks> StartRanks();

// Each adds one command; its callback runs the command and leaves the exit status in `status`.
void AddPredict(CLI::App& app, int& status);
void AddCount(CLI::App& app, int& status);
void AddSearch(CLI::App& app, Ranks& ranks, int& status);
void AddCompare(CLI::App& app, int& status);
void AddCurve(CLI::App& app, int& status);
void AddFit(CLI::App& app, int& status);
void AddHealth(CLI::App& app, int& status);
void AddAudit(CLI::App& app, int& status);
void AddExpand(CLI::App& app, int& status);
void AddReproduce(CLI::App& app, int& status);
void AddSize(CLI::App& app, int& status);
void AddInvert(CLI::App& app, int& status);
void AddCompletion(CLI::App& app, int& status);
void AddMan(CLI::App& app, int& status);
void AddServe(CLI::App& app, int& status);
void AddReport(CLI::App& app, int& status);

// --json and --law where they apply. A law that is empty so far stands in for that of a study or case.
void AddJson(CLI::App& command, bool& json);
void AddLaw(CLI::App& command, std::string& law);
void AddDtype(CLI::App& command, std::string& dtype);
// Default: every core.
void AddThreads(CLI::App& command, int& threads);

// Where the values of flags stand: kFlags.Number("gamma", text, range) is of --gamma.
inline const KeyPlace kFlags{};

// Writes to standard output; throws std::runtime_error when that fails.
void Print(const std::string& text);
void PrintJson(const Json& json);

// While it lives: Ctrl-C or SIGTERM, with which schedulers and mpirun end a job, sets control.stop (a second one
// ends the program), and unless `quiet` or standard error is no terminal, a line there shows progress, rate and
// time left.
class Watch {
 public:
  Watch(Control& control, Count points, bool quiet);
  ~Watch();
  Watch(const Watch&) = delete;
  Watch& operator=(const Watch&) = delete;
  // Before printing, which the line would disturb.
  void EndProgress();
  // Another pass over the points begins.
  void Restart();

 private:
  void BeginProgress();

  struct Reporter;
  Control& control_;
  Count points_;
  bool shown_;
  std::unique_ptr<Reporter> reporter_;
};

}  // namespace perflaw
