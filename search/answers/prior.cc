#include "search/answers/prior.hpp"

#include <fmt/format.h>

#include <stdexcept>

#include "search/base/error.hpp"
#include "search/invert/errors.hpp"
#include "search/io/inputs/case_file.hpp"
#include "search/io/inputs/catalog.hpp"
#include "search/io/inputs/prior_file.hpp"
#include "search/io/inputs/run_file.hpp"

namespace perflaw {

std::string Answer(const PriorQuestion& question, Inputs& inputs, Control&,
                   std::vector<std::string>& notes, const KeyPlace& place) {
  std::vector<ScoredRun> runs;
  if (question.tables.empty()) runs = ReadPublishedModels(inputs);
  for (const std::string& path : question.tables) {
    const auto read = ReadRuns(ParseCsv(inputs.Read(path), path), notes);
    runs.insert(runs.end(), read.begin(), read.end());
  }
  PriorFile learned;
  try {
    learned.prior = LearnPrior(runs);
  } catch (const std::runtime_error& error) {
    throw InputError(question.tables.empty() ? "configs/tables" : question.tables.front(), "rows",
                     fmt::format("{}", runs.size()), error.what());
  }
  const Law paper = LoadLaw(kDefaultLaw, inputs, place.file, "law");
  learned.law_sigma[paper.name] = SigmaOfTelling(paper, runs, RawScores(paper, runs));
  // Of the law of today each run's error is that of a law which never saw its family.
  std::vector<double> left_out;
  for (const LeftOutRun& one : LeaveFamiliesOut(paper, runs, {})) left_out.push_back(one.raw);
  const Law today = LoadLaw(kInversionLaw, inputs, place.file, "law");
  learned.law_sigma[today.name] = SigmaOfTelling(today, runs, left_out);
  const std::string source =
      question.tables.empty()
          ? "learned by `perflaw prior` from the models of configs/tables above 35 MMLU that were "
            "not "
            "distilled; natural logarithms, dates in years"
          : fmt::format("learned by `perflaw prior` from {}", fmt::join(question.tables, ", "));
  return FormatPrior(learned, source);
}

}  // namespace perflaw
