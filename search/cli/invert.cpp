#include <fmt/format.h>

#include "search/base/control.hpp"
#include "search/base/error.hpp"
#include "search/cli/shell/command.hpp"
#include "search/cli/shell/describe.hpp"
#include "search/cli/shell/output.hpp"
#include "search/invert/errors.hpp"
#include "search/io/inputs/catalog.hpp"
#include "search/io/inputs/prior_file.hpp"
#include "search/io/inputs/run_file.hpp"
#include "search/io/outputs/envelope.hpp"
#include "search/io/outputs/inversion_json.hpp"
#include "search/io/text/files.hpp"
#include "search/terminal/inversion_text.hpp"
#include "search/terminal/utf8_text.hpp"

namespace perflaw {
namespace {

struct InvertOptions {
  std::string path, law;
  int threads = 1;
  std::uint64_t seed = 0;
  Count draws = InversionOptions().draws;
  OutputFlags output;
};

int RunInvert(const InvertOptions& options) {
  const Stopwatch stopwatch;
  Inputs inputs;
  std::optional<std::string> law;
  if (!options.law.empty()) law = options.law;
  CaseFile file = LoadCase(options.path, law, inputs);
  const TrainingRun run = PricedRun(inputs, file.defaults);
  Control control;
  const Watch watch(control, 1, true);
  const Inversion inversion =
      Invert(file.closed, {options.threads, options.seed, options.draws}, control);
  Json result =
      Envelope("invert", file.closed.law.name, inputs, options.threads, stopwatch.Seconds());
  result["seed"] = options.seed;
  result["draws"] = options.draws;
  result.update(InversionJson(file, inversion, run));
  Show(options.output, result, {IntervalRows, InversionPrintout});
  return inversion.status == Status::kInterrupted ? kInterrupted : kDone;
}

struct PriorOptions {
  std::vector<std::string> tables;
  std::string out;
};

// The prior and the laws' errors, from tables of models.
int RunPrior(const PriorOptions& options) {
  Inputs inputs;
  std::vector<std::string> notes;
  std::vector<ScoredRun> runs;
  if (options.tables.empty()) runs = ReadPublishedModels(inputs);
  for (const std::string& path : options.tables) {
    const auto read = ReadRuns(ParseCsv(inputs.Read(path), path), notes);
    runs.insert(runs.end(), read.begin(), read.end());
  }
  PriorFile learned;
  try {
    learned.prior = LearnPrior(runs);
  } catch (const std::runtime_error& error) {
    throw InputError(options.tables.empty() ? "configs/tables" : options.tables.front(), "rows",
                     fmt::format("{}", runs.size()), error.what());
  }
  const Law paper = LoadLaw(kDefaultLaw, inputs, "command line", "law");
  learned.law_sigma[paper.name] = SigmaOfTelling(paper, runs, RawScores(paper, runs));
  // Of the law of today each run's error is that of a law which never saw its family.
  std::vector<double> left_out;
  for (const LeftOutRun& one : LeaveFamiliesOut(paper, runs, {})) left_out.push_back(one.raw);
  const Law today = LoadLaw(kInversionLaw, inputs, "command line", "law");
  learned.law_sigma[today.name] = SigmaOfTelling(today, runs, left_out);
  const std::string source =
      options.tables.empty()
          ? "learned by `perflaw prior` from the models of configs/tables above 35 MMLU that were "
            "not "
            "distilled; natural logarithms, dates in years"
          : fmt::format("learned by `perflaw prior` from {}", fmt::join(options.tables, ", "));
  const std::string text = FormatPrior(learned, source);
  if (options.out.empty()) {
    Print(text);
  } else {
    WriteFile(options.out, text);
  }
  for (const std::string& note : notes) fmt::print(stderr, "note: {}\n", Printable(note));
  return kDone;
}

}  // namespace

void AddInvert(CLI::App& app, int& status) {
  auto options = std::make_shared<InvertOptions>();
  CLI::App* command = app.add_subcommand("invert", "the structures behind a closed model's score");
  command->add_option("case", options->path, "a case, see configs/cases")
      ->required()
      ->type_name(kTakesFile);
  command->add_option("--seed", options->seed, "of the random shift of the draws")
      ->capture_default_str();
  command->add_option("--draws", options->draws, "of each kind")
      ->capture_default_str()
      ->check(CLI::Range(Count{256}, Count{1} << 24));
  AddLaw(*command, options->law);
  AddThreads(*command, options->threads);
  AddFormat(*command, options->output);
  AddExamples(*command, {"perflaw invert configs/cases/gpt-4.json",
                         "perflaw invert configs/cases/gpt-4.json --format csv"});
  command->callback([options, &status] { status = RunInvert(*options); });

  auto prior = std::make_shared<PriorOptions>();
  CLI::App* learn = app.add_subcommand(
      "prior", "what real models look like, learned from tables, as `invert` takes it");
  learn
      ->add_option("tables", prior->tables,
                   "CSV as of `fit`, with year_month; without, the published models")
      ->type_name(kTakesFile);
  learn->add_option("--out", prior->out, "write there; without, to standard output")
      ->type_name(kTakesFile);
  AddExamples(*learn, {"perflaw prior", "perflaw prior configs/tables/open-models.csv"});
  learn->callback([prior, &status] { status = RunPrior(*prior); });
}

}  // namespace perflaw
