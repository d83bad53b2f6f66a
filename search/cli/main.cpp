#include <cstdio>
#include <exception>

#include "perflaw_version.hpp"
#include "search/cli/command.hpp"
#include "search/error.hpp"

namespace perflaw {
namespace {

int Run(int argc, char** argv) {
  int status = kDone;
  CLI::App app(
      "Scores language-model architectures with the Performance Law and finds the best for a "
      "budget.",
      "perflaw");
  app.set_version_flag("--version", std::string("perflaw ") + kVersion + " (" + kGitRevision + ")");
  app.require_subcommand(1);
  AddPredict(app, status);
  AddCount(app, status);
  AddSearch(app, status);
  AddCompare(app, status);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    // Help and version come this way, too.
    if (error.get_exit_code() == 0) return app.exit(error);
    throw InputError("command line", error.get_name(), "", error.what());
  }
  return status;
}

// Standard error may be closed, so nothing here throws.
int Fail(const char* what, const char* message, int status) noexcept {
  std::fprintf(stderr, "perflaw: %s%s\n", what, message);
  return status;
}

}  // namespace
}  // namespace perflaw

int main(int argc, char** argv) {
  try {
    return perflaw::Run(argc, argv);
  } catch (const perflaw::InputError& error) {
    return perflaw::Fail("", error.what(), perflaw::kInputWrong);
  } catch (const std::exception& error) {
    return perflaw::Fail("failed: ", error.what(), perflaw::kMachineFailed);
  } catch (...) {
    return perflaw::Fail("failed: ", "unknown exception", perflaw::kMachineFailed);
  }
}
