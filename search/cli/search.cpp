
#include "search/answers/search.hpp"

#include <unistd.h>

#include <filesystem>

#include "search/base/control.hpp"
#include "search/base/error.hpp"
#include "search/cli/shell/command.hpp"
#include "search/cli/shell/describe.hpp"
#include "search/cli/shell/output.hpp"
#include "search/io/models/family_writer.hpp"
#include "search/io/models/short_form.hpp"
#include "search/io/outputs/design.hpp"
#include "search/io/outputs/point_file.hpp"
#include "search/io/outputs/store.hpp"
#include "search/io/text/csv.hpp"
#include "search/io/text/files.hpp"
#include "search/sweep/stream.hpp"
#include "search/terminal/search_text.hpp"

namespace perflaw {
namespace {

struct SearchFlags : SearchQuestion {
  std::string law, method, gamma, top, out, export_folder, store, all;
  OutputFlags output;
  bool quiet = false;
};

StudyOverrides Overrides(const SearchFlags& flags) {
  StudyOverrides overrides;
  if (!flags.law.empty()) overrides.law = flags.law;
  if (!flags.method.empty()) overrides.method = flags.method;
  if (!flags.gamma.empty()) overrides.gamma = kFlags.Number("gamma", flags.gamma, {0, 1000, true});
  if (!flags.top.empty()) overrides.top = kFlags.Whole("top", flags.top, 1, 10000);
  return overrides;
}

bool IsSameFile(const std::string& a, const std::string& b) {
  std::error_code absent;
  return std::filesystem::weakly_canonical(a, absent) ==
             std::filesystem::weakly_canonical(b, absent) ||
         std::filesystem::equivalent(a, b, absent);
}

// What a store keeps took long to find.
void CheckStoresAreSafe(const SearchFlags& flags) {
  for (const auto& [flag, path] : {std::pair("--all", flags.all), {"--out", flags.out}}) {
    if (path.empty()) continue;
    if (!flags.store.empty() && IsSameFile(path, flags.store))
      throw InputError("command line", flag, path, "is the file of --store");
    if (IsStore(path))
      throw InputError("command line", flag, path, "is the store of a search; delete it first");
  }
  if (!flags.all.empty() && !flags.out.empty() && IsSameFile(flags.all, flags.out))
    throw InputError("command line", "--all", flags.all, "is the file of --out");
}

// Before a long search, not after it.
void CheckPlaces(const SearchFlags& flags) {
  const auto writable = [](const char* flag, const std::string& path,
                           std::filesystem::path folder) {
    if (folder.empty()) folder = ".";
    std::error_code ignored;
    if (!std::filesystem::is_directory(folder, ignored) || access(folder.c_str(), W_OK) != 0) {
      throw InputError("command line", flag, path,
                       fmt::format("{} is no folder that can be written", folder.string()));
    }
  };
  CheckStoresAreSafe(flags);
  const std::string& out = flags.out;
  if (!out.empty()) {
    if (!out.ends_with(".csv") && !out.ends_with(".jsonl") && !out.ends_with(".json")) {
      throw InputError("command line", "--out", out, "must end in .csv, .jsonl or .json");
    }
    writable("--out", out, std::filesystem::path(out).parent_path());
  }
  if (!flags.all.empty()) {
    if (!IsPointFile(flags.all)) {
      throw InputError("command line", "--all", flags.all, "must end in .csv, .jsonl or .db");
    }
    writable("--all", flags.all, std::filesystem::path(flags.all).parent_path());
  }
  if (!flags.store.empty())
    writable("--store", flags.store, std::filesystem::path(flags.store).parent_path());
  if (!flags.export_folder.empty()) {
    std::error_code failed;
    std::filesystem::create_directories(flags.export_folder, failed);
    writable("--export", flags.export_folder, flags.export_folder);
  }
}

void WriteOut(const std::string& path, const Json& result) {
  const Json& best = result.at("best");
  if (best.empty() && !path.ends_with(".json")) return;  // no row, so no columns
  if (path.ends_with(".json")) return WriteFile(path, result.dump(2) + "\n");
  if (path.ends_with(".jsonl")) {
    std::string lines;
    for (const Json& row : best) lines += row.dump() + "\n";
    return WriteFile(path, lines);
  }
  WriteFile(path, FormatRows(best));
}

// DIR/1/config.json is the best, as a Hugging Face config; architecture.json, the short form, where
// none expresses it.
void Export(const std::string& folder, const DesignSpace& designs, const std::vector<Design>& best,
            Inputs& inputs) {
  const FamilyShelf shelf(inputs);
  for (std::size_t i = 0; i < best.size(); ++i) {
    const std::filesystem::path place = std::filesystem::path(folder) / fmt::to_string(i + 1);
    std::filesystem::create_directories(place);
    const StackTemplate stack = TemplateAt(designs, best[i].point);
    const auto config = ToHuggingFace(ToStack(stack), shelf);
    WriteFile((place / (config ? "config.json" : "architecture.json")).string(),
              (config ? *config : ToShortForm(stack)).dump(2) + "\n");
  }
}

int StatusOf(const SearchSummary& summary) {
  switch (summary.status) {
    case Status::kOptimal:
      return kDone;
    case Status::kInfeasible:
      return kNothingFeasible;
    case Status::kInterrupted:
      return kInterrupted;
  }
  return kMachineFailed;
}

// A bound rules points out unseen, so there is nothing to keep or to list of them.
void CheckMethod(const SearchFlags& flags, Method method) {
  if (method == Method::kExhaustive) return;
  for (const auto& [flag, value] : {std::pair("--store", flags.store), {"--all", flags.all}}) {
    if (!value.empty())
      throw InputError("command line", flag, value,
                       "needs the exhaustive method (--method exhaustive)");
  }
}

// Every feasible point into a file, in a pass of its own.
void WriteAll(const SearchFlags& flags, const ObjectiveFunction& objective,
              const SearchSummary& summary, Control& control) {
  std::vector<std::string> columns;
  if (!summary.best.empty()) {
    const Json row = DesignJson(objective, summary.best.front());
    for (const auto& item : row.items()) columns.push_back(item.key());
  }
  const auto file = PointFile::Make(flags.all, columns);
  StreamFeasible(
      objective, flags.threads, control,
      [&](const Design& design) { return file->Encode(DesignJson(objective, design)); },
      [&](const std::string& rows) { file->Append(rows); });
  if (!control.stop) return file->Finish();
  fmt::print(stderr, "perflaw: --all {}: interrupted; the points so far are in {}\n", flags.all,
             file->Keep());
}

// With a store and other ranks, where there are any.
void Sweep(const SearchFlags& flags, AskedSearch& search, const Inputs& inputs, Ranks& ranks,
           Control& control) {
  std::optional<Store> store;
  if (!flags.store.empty() && ranks.Rank() == 0)
    store.emplace(flags.store, IdentityOf(search.study(), inputs, search.asked()));
  if (ranks.Broadcast(inputs.Sha256()) != inputs.Sha256()) {
    throw InputError(search.study().file, "file", "",
                     "or a file that it names is another one there than on rank 0");
  }
  search.Solve(control, store ? &*store : nullptr, &ranks);
}

int Search(const SearchFlags& flags, Ranks& ranks) {
  if (ranks.Rank() == 0) CheckPlaces(flags);
  Inputs inputs;
  SearchQuestion question = flags;
  question.overrides = Overrides(flags);
  AskedSearch search(question, inputs);
  CheckMethod(flags, search.study().method);
  const bool certified = search.study().method == Method::kCertified;
  if (certified && ranks.Rank() != 0) return kDone;
  // Up to the end of the printing, which an interrupt must not cut. Of a certified search there is no telling how
  // many points remain to be looked at.
  Control control;
  Watch watch(control, search.study().space.Size(), flags.quiet || certified || ranks.Rank() != 0);
  if (certified) {
    search.Solve(control);
  } else {
    Sweep(flags, search, inputs, ranks, control);
  }
  watch.EndProgress();
  if (ranks.Rank() != 0) return kDone;
  const Json result = search.Result(control);
  Show(flags.output, result, {[](const Json& r) { return r.at("best"); }, SearchPrintout});
  // Behind the printing, so that a full disk does not lose what was found.
  if (!flags.out.empty()) WriteOut(flags.out, result);
  if (!flags.export_folder.empty())
    Export(flags.export_folder, search.study(), search.summary().best, inputs);
  if (!flags.all.empty() && !control.stop) {
    watch.Restart();
    WriteAll(flags, search.objective(), search.summary(), control);
  }
  return control.stop ? int{kInterrupted} : StatusOf(search.summary());
}

void AddQuestions(Command& command, SearchFlags& flags) {
  command.Value("study", flags.study, "a study, see configs/studies and configs/study.schema.json")
      .Required()
      .Takes(kTakesFile);
  command.Value("--method", flags.method, "in place of the study's")
      .Takes("METHOD")
      .OneOf({"certified", "exhaustive"});
  command.Value("--gamma", flags.gamma, "in place of the study's").Takes(kTakesNumber);
  command.Value("--top", flags.top, "how many to list").Takes(kTakesNumber);
  command.Flag("--near-best", flags.near_best,
               "count the designs within 0.1, 0.5 and 1 MMLU of the best, and show the cheapest, "
               "shallowest and smallest-KV of them");
  command.Flag("--sensitivity", flags.sensitivity,
               "what 1 % more room under each limit brings, and how much brings a point");
  command
      .Value("--why", flags.why,
             "layers=80,hidden=8192,...: why that point is left out or ranks lower")
      .Takes("POINT");
}

void AddPlaces(Command& command, SearchFlags& flags) {
  const auto add = [&](const char* flag, std::string& value, const char* type, const char* what) {
    command.Value(flag, value, what).Takes(type);
  };
  add("--out", flags.out, kTakesFile,
      "write best[] to FILE.csv or FILE.jsonl, or the whole result to FILE.json");
  add("--all", flags.all, kTakesFile,
      "write every feasible point to FILE.csv, .jsonl or .db (exhaustive)");
  add("--store", flags.store, kTakesFile,
      "keep what is finished in FILE, and go on from what it holds (exhaustive)");
  add("--export", flags.export_folder, kTakesFolder,
      "write the listed designs as DIR/RANK/config.json");
}

}  // namespace

void AddSearch(Command& program, Ranks& ranks) {
  auto flags = std::make_shared<SearchFlags>();
  Command& command =
      program.Add("search", "the best architectures of a study's space for its budget");
  AddQuestions(command, *flags);
  AddPlaces(command, *flags);
  command.Flag("--quiet", flags->quiet, "no progress on standard error");
  AddLaw(command, flags->law);
  AddThreads(command, flags->threads);
  AddFormat(command, flags->output);
  command.Examples(
      {"perflaw search configs/studies/1024xh100-30d.json --top 5",
       "perflaw search configs/studies/laptop-tiny.json --format csv",
       "perflaw search configs/studies/moe-every-integer.json --near-best --sensitivity"});
  command.Run([flags, &ranks] { return Search(*flags, ranks); });
}

}  // namespace perflaw
