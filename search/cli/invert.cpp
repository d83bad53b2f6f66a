#include "search/answers/invert.hpp"

#include <fmt/format.h>

#include "search/answers/prior.hpp"
#include "search/base/control.hpp"
#include "search/cli/shell/command.hpp"
#include "search/cli/shell/describe.hpp"
#include "search/cli/shell/output.hpp"
#include "search/io/text/files.hpp"
#include "search/terminal/inversion_text.hpp"
#include "search/terminal/utf8_text.hpp"

namespace perflaw {
namespace {

struct InvertOptions : InvertQuestion {
  OutputFlags output;
};

int RunInvert(const InvertOptions& options) {
  Inputs inputs;
  Control control;
  const Watch watch(control, 1, true);
  const Json result = Answer(options, inputs, control);
  Show(options.output, result, {IntervalRows, InversionPrintout});
  return result.at("status") == "interrupted" ? kInterrupted : kDone;
}

struct PriorOptions : PriorQuestion {
  std::string out;
};

// The prior and the laws' errors, from tables of models.
int RunPrior(const PriorOptions& options) {
  Inputs inputs;
  Control control;
  std::vector<std::string> notes;
  const std::string text = Answer(options, inputs, control, notes);
  if (options.out.empty()) {
    Print(text);
  } else {
    WriteFile(options.out, text);
  }
  for (const std::string& note : notes) fmt::print(stderr, "note: {}\n", Printable(note));
  return kDone;
}

}  // namespace

void AddInvert(Command& program) {
  auto options = std::make_shared<InvertOptions>();
  Command& command = program.Add("invert", "the structures behind a closed model's score");
  command.Value("case", options->file, "a case, see configs/cases").Required().Takes(kTakesFile);
  command.Value("--seed", options->seed, "of the random shift of the draws").ShowsDefault();
  command.Value("--draws", options->draws, "of each kind")
      .ShowsDefault()
      .Between(Count{256}, Count{1} << 24);
  AddLaw(command, options->law);
  AddThreads(command, options->threads);
  AddFormat(command, options->output);
  command.Examples({"perflaw invert configs/cases/gpt-4.json",
                    "perflaw invert configs/cases/gpt-4.json --format csv"});
  command.Run([options] { return RunInvert(*options); });
}

void AddPrior(Command& program) {
  auto prior = std::make_shared<PriorOptions>();
  Command& command =
      program.Add("prior", "what real models look like, learned from tables, as `invert` takes it");
  command
      .Value("tables", prior->tables,
             "CSV as of `fit`, with year_month; without, the published models")
      .Takes(kTakesFile);
  command.Value("--out", prior->out, "write there; without, to standard output").Takes(kTakesFile);
  command.Examples({"perflaw prior", "perflaw prior configs/tables/open-models.csv"});
  command.Run([prior] { return RunPrior(*prior); });
}

}  // namespace perflaw
