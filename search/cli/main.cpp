#include <csignal>
#include <cstdio>
#include <exception>
#include <memory>
#include <string>
#include <string_view>

#include "perflaw_version.hpp"
#include "search/base/error.hpp"
#include "search/cli/shell/command.hpp"
#include "search/cli/shell/completion.hpp"
#include "search/cli/shell/ranks_start.hpp"
#include "search/terminal/utf8_text.hpp"

namespace perflaw {
namespace {

int Run(int argc, char** argv, Ranks& ranks) {
  Command program("perflaw",
                  "scores language-model architectures with the Performance Law and finds the best "
                  "for a budget",
                  std::string("perflaw ") + kVersion + " (" + kGitRevision + ")");
  program.Examples({"perflaw search configs/studies/1024xh100-30d.json --top 5",
                    "perflaw predict --model llama-3.1-70b --tokens 15T",
                    "perflaw count --model deepseek-v3 --context 8192"});
  AddPredict(program);
  AddCount(program);
  AddSearch(program, ranks);
  AddCompare(program);
  AddCurve(program);
  AddFit(program);
  AddHealth(program);
  AddAudit(program);
  AddExpand(program);
  AddReproduce(program);
  AddSize(program);
  AddInvert(program);
  AddPrior(program);
  AddServe(program);
  AddReport(program);
  AddList(program);
  AddCompletion(program);
  AddMan(program);  // last, for it knows the others
  if (argc > 1 && std::string_view(argv[1]) == kComplete) {
    Print(Candidates(program.Describe(), {argv + 2, argv + argc}));
    return kDone;
  }
  return program.Parse(argc, argv);
}

// Messages quote what files hold, which may be escape sequences. Lines stay lines.
std::string PrintableLines(std::string_view text) {
  std::string lines;
  for (std::size_t end = 0; (end = text.find('\n')) != std::string_view::npos;) {
    lines += Printable(text.substr(0, end)) + "\n";
    text.remove_prefix(end + 1);
  }
  return lines + Printable(text);
}

// Standard error may be closed and memory short, so nothing here throws.
int Fail(const Ranks& ranks, const char* what, const char* message, int status) noexcept {
  const char* name = ranks.Rank() == 0 ? "perflaw" : "perflaw, on another rank than 0";
  try {
    std::fprintf(stderr, "%s: %s%s\n", name, what, PrintableLines(message).c_str());
  } catch (const std::exception&) {
    std::fprintf(stderr, "%s: %sout of memory\n", name, what);
  }
  return status;
}

int RunOrFail(int argc, char** argv, Ranks& ranks) noexcept {
  try {
    return Run(argc, argv, ranks);
  } catch (const InputError& error) {
    return Fail(ranks, "", error.what(), kInputWrong);
  } catch (const std::exception& error) {
    return Fail(ranks, "failed: ", error.what(), kMachineFailed);
  } catch (...) {
    return Fail(ranks, "failed: ", "unknown exception", kMachineFailed);
  }
}

}  // namespace
}  // namespace perflaw

int main(int argc, char** argv) {
  // A file that grows past its limit is then an error of the write.
  std::signal(SIGXFSZ, SIG_IGN);
  const std::unique_ptr<perflaw::Ranks> ranks = perflaw::StartRanks();
  if (!ranks->Wanted()) return perflaw::kDone;
  const int status = perflaw::RunOrFail(argc, argv, *ranks);
  if (status == perflaw::kMachineFailed || status == perflaw::kInputWrong) ranks->Fail(status);
  return status;
}
