#include <cstdio>
#include <exception>

#include "perflaw_version.hpp"
#include "search/cli/command.hpp"
#include "search/error.hpp"

int main(int argc, char** argv) {
  using namespace perflaw;
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
    fmt::print(stderr, "perflaw: command line: {}\n", error.what());
    return kInputWrong;
  } catch (const InputError& error) {
    fmt::print(stderr, "perflaw: {}\n", error.what());
    return kInputWrong;
  } catch (const std::exception& error) {
    fmt::print(stderr, "perflaw: failed: {}\n", error.what());
    return kMachineFailed;
  }
  return status;
}
