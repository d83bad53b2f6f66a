// What the commands of the program share: options, output, interruption.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "engine/units.hpp"
#include "search/base/control.hpp"
#include "search/base/stopwatch.hpp"
#include "search/cli/shell/command_line.hpp"
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

// Each adds one command.
void AddPredict(Command& program);
void AddCount(Command& program);
void AddSearch(Command& program, Ranks& ranks);
void AddCompare(Command& program);
void AddCurve(Command& program);
void AddFit(Command& program);
void AddHealth(Command& program);
void AddAudit(Command& program);
void AddExpand(Command& program);
void AddReproduce(Command& program);
void AddSize(Command& program);
void AddInvert(Command& program);
void AddPrior(Command& program);
void AddList(Command& program);
void AddCompletion(Command& program);
void AddMan(Command& program);
void AddServe(Command& program);
void AddReport(Command& program);

// --law where it applies. A law that is empty so far stands in for that of a study or case.
void AddLaw(Command& command, std::string& law);
// --dtype; without, that of the model's own file.
void AddStoredDtype(Command& command, std::string& dtype);
// Default: every core.
void AddThreads(Command& command, int& threads);

// Where the values of flags stand: kFlags.Number("gamma", text, range) is of --gamma.
inline const KeyPlace kFlags{};

// Writes to standard output; throws std::runtime_error when that fails.
void Print(const std::string& text);

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
