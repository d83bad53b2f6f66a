// Searches that take long, from outside: killed, interrupted, out of room; and every feasible point in a file.
#include <sys/resource.h>

#include <algorithm>
#include <random>

#include "search/io/text/csv.hpp"
#include "search/io/text/sqlite.hpp"
#include "tests/program/program.hpp"

namespace perflaw {
namespace {

class LongSearch : public Program {
 protected:
  // The status of a run that is killed after some seconds.
  int Killed(const std::string& arguments, double seconds) const {
    const int code = std::system(
        fmt::format("'{}' {} >/dev/null 2>&1 & pid=$!; sleep {:.4f}; kill -KILL $pid; wait $pid",
                    std::getenv("PERFLAW"), arguments, seconds)
            .c_str());
    return WEXITSTATUS(code);
  }

  std::string Stored(const std::string& arguments) const {
    return fmt::format("{} --store '{}'", arguments, Store());
  }
  std::string Store() const { return (folder_ / "run.db").string(); }
  // The main job on more than 10^10 points.
  std::string LargeJob() const {
    std::string study = Slurp(MainJob("1", "1", "128"));
    const std::string experts = R"("experts": [1, 8, 16, 64, 128, 256])";
    const auto at = study.find(experts);
    EXPECT_NE(at, std::string::npos);
    if (at != std::string::npos)
      study.replace(at, experts.size(), R"("experts": {"from": 1, "to": 64, "step": 1})");
    return Write("large.json", study);
  }
  Count Kept() const { return Database(Store()).Whole("SELECT evaluated FROM progress"); }
};

TEST_F(LongSearch, EndsTheSameAfterTwentyKills) {
  const auto [arguments, once] = SearchOf(3);
  const double seconds = once.at("seconds").get<double>();
  std::mt19937_64 random(std::random_device{}());
  int killed = 0;
  Count kept = 0;
  for (int i = 0; i < 20; ++i) {
    const double delay = std::uniform_real_distribution<double>(0.01, seconds / 12)(random);
    killed += Killed(Stored(arguments), delay) == 137 ? 1 : 0;
    if (!fs::exists(Store()) || fs::file_size(Store()) == 0) continue;
    const Count now = Kept();
    EXPECT_GE(now, kept) << "kill " << i << " after " << delay << " s";
    kept = now;
  }
  EXPECT_EQ(killed, 20);
  EXPECT_GT(kept, 0);
  EXPECT_LT(kept, once.at("space_points").get<Count>());
  const Outcome last = Call(Stored(arguments));
  ASSERT_EQ(last.status, 0) << last.err;
  EXPECT_EQ(Canonical(last.json()).dump(), Canonical(once).dump());
  const Outcome again = Call(Stored(arguments));
  EXPECT_EQ(Canonical(again.json()).dump(), Canonical(once).dump());
  EXPECT_LT(again.json().at("seconds").get<double>(), seconds / 10);
}

TEST_F(LongSearch, KeepsWhatWasDoneOnInterruptAndOnAFullDisk) {
  const auto [arguments, once] = SearchOf(1);
  const Outcome interrupted = Call(Stored(arguments), "timeout --foreground -s INT 0.5");
  ASSERT_EQ(interrupted.status, 124) << interrupted.err;  // timeout's own
  EXPECT_EQ(interrupted.json().at("status"), "interrupted");
  const Count kept = Kept();
  EXPECT_GT(kept, 0);
  EXPECT_LE(kept, interrupted.json().at("evaluated").get<Count>());

  // No file may grow past 4 KiB, as on a disk without room.
  const Outcome full = Call(Stored(arguments), "ulimit -f 8;");
  EXPECT_EQ(full.status, 1) << full.err;
  EXPECT_EQ(full.out, "");
  EXPECT_NE(full.err.find("--store"), std::string::npos) << full.err;
  EXPECT_NE(full.err.find("run.db"), std::string::npos) << full.err;
  EXPECT_EQ(Kept(), kept);

  const Outcome other = Call(Stored(arguments) + " --gamma 1.25");
  EXPECT_EQ(other.status, 2);
  EXPECT_NE(other.err.find("gamma is 1, not 1.25"), std::string::npos) << other.err;
  const Outcome last = Call(Stored(arguments));
  ASSERT_EQ(last.status, 0) << last.err;
  EXPECT_EQ(Canonical(last.json()).dump(), Canonical(once).dump());
}

TEST_F(LongSearch, RefusesASecondProcessOnOneStore) {
  const auto [arguments, once] = SearchOf(1);
  const std::string first = fmt::format("'{}' {} >/dev/null 2>&1 & sleep 0.5;",
                                        std::getenv("PERFLAW"), Stored(arguments));
  const Outcome second = Call(Stored(arguments), first);
  EXPECT_EQ(second.status, 2);
  EXPECT_NE(second.err.find("in use"), std::string::npos) << second.err;
  // The first is not disturbed.
  Outcome last = second;
  while (last.status == 2) last = Call(Stored(arguments), "sleep 0.5;");
  ASSERT_EQ(last.status, 0) << last.err;
  EXPECT_EQ(Canonical(last.json()).dump(), Canonical(once).dump());
}

TEST_F(LongSearch, RefusesStoresAndListsWithoutTheExhaustiveMethod) {
  const std::string study = Write("study.json", perflaw::Study());
  for (const std::string flag : {"--store", "--all"}) {
    const Outcome run = Call(
        fmt::format("search '{}' --method certified {} '{}/a.db'", study, flag, folder_.string()));
    EXPECT_EQ(run.status, 2);
    EXPECT_NE(run.err.find("exhaustive"), std::string::npos) << run.err;
    EXPECT_FALSE(fs::exists(folder_ / "a.db"));
  }
  EXPECT_EQ(Call(fmt::format("search '{}' --method exhaustive --all a.txt", study)).status, 2);
  EXPECT_EQ(Call(fmt::format("search '{}' --method exhaustive --all /proc/no/a.csv", study)).status,
            2);
  EXPECT_EQ(
      Call(fmt::format("search '{}' --method exhaustive --store /proc/no/a.db", study)).status, 2);
}

TEST_F(LongSearch, ListsEveryFeasiblePointInEachFormatForAnyNumberOfThreads) {
  const std::string study =
      Write("study.json", perflaw::Study(R"({"from": 16, "to": 80, "step": 1})",
                                         R"(, "constraints": {"total_params": {"max": "30B"}})"));
  Json rows;
  for (const std::string suffix : {"csv", "jsonl", "db"}) {
    std::string one;
    for (const int threads : {1, 3}) {
      const fs::path path = folder_ / fmt::format("all{}.{}", threads, suffix);
      const Outcome run = Call(
          fmt::format("search '{}' --method exhaustive --json --threads {} --all '{}' --store '{}'",
                      study, threads, path.string(), Store()));
      ASSERT_EQ(run.status, 0) << run.err;
      const std::string text = Slurp(path);
      if (threads == 1) one = text;
      EXPECT_EQ(text, one) << suffix;
      EXPECT_FALSE(text.empty());
      const Count feasible = run.json().at("feasible").get<Count>();
      ASSERT_GT(feasible, 100);
      if (suffix == "db") {
        EXPECT_EQ(Database(path.string()).Whole("SELECT count(*) FROM points"), feasible);
        EXPECT_EQ(Database(path.string())
                      .Whole("SELECT \"index\" FROM points ORDER BY mmlu_raw DESC LIMIT 1"),
                  run.json().at("best")[0].at("index").get<Count>());
      } else {
        EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), feasible + (suffix == "csv" ? 1 : 0));
      }
      if (suffix == "jsonl" && threads == 1) {
        std::istringstream lines(text);
        for (std::string line; std::getline(lines, line);) rows.push_back(ParseJson(line, "line"));
        const Json best = run.json().at("best")[0];
        const auto listed = std::find(rows.begin(), rows.end(), best);
        EXPECT_NE(listed, rows.end()) << best;
        EXPECT_TRUE(std::is_sorted(rows.begin(), rows.end(), [](const Json& a, const Json& b) {
          return a.at("index").get<Count>() < b.at("index").get<Count>();
        }));
      }
    }
  }
  const CsvTable csv = ParseCsv(Slurp(folder_ / "all1.csv"), "all1.csv");
  ASSERT_EQ(csv.rows.size(), rows.size());
  for (std::size_t i = 0; i < rows.size(); ++i)
    EXPECT_EQ(csv.rows[i].front(), rows[i].at("index").dump());
}

TEST_F(LongSearch, RefusesToWriteOverAStore) {
  const std::string arguments =
      fmt::format("search '{}' --method exhaustive --json", Write("study.json", perflaw::Study()));
  const std::string all = fmt::format("{} --all '{}'", arguments, Store());
  const fs::path link = folder_ / "link.db";
  fs::create_symlink(Store(), link);
  // Of this search.
  for (const std::string& path : {Store(), fmt::format("{}/./run.db", folder_.string())}) {
    const Outcome run = Call(fmt::format("{} --store '{}'", all, path));
    EXPECT_EQ(run.status, 2);
    EXPECT_NE(run.err.find("--all"), std::string::npos) << run.err;
    EXPECT_FALSE(fs::exists(Store()));
  }
  // Of another.
  ASSERT_EQ(Call(Stored(arguments)).status, 0);
  const std::string kept = Slurp(Store());
  for (const std::string& path : {Store(), link.string()}) {
    const Outcome run = Call(fmt::format("{} --all '{}'", arguments, path));
    EXPECT_EQ(run.status, 2);
    EXPECT_NE(run.err.find("store of a search"), std::string::npos) << run.err;
  }
  EXPECT_EQ(Slurp(Store()), kept);
  const std::string both =
      fmt::format("{0} --all '{1}/a.csv' --out '{1}/a.csv'", arguments, folder_.string());
  EXPECT_EQ(Call(both).status, 2);
}

// What an interrupt finds the program at: questions beside the search, a front, printing.
TEST_F(LongSearch, PrintsAllOfItWheneverInterrupted) {
  const std::string large = "configs/studies/moe-every-integer.json";
  std::string front = Slurp(large);
  front.insert(front.find('{') + 1, R"("pareto": ["mmlu", "layers", "total_params"],)");
  for (const std::string& arguments :
       {fmt::format("search '{}' --near-best --sensitivity --json --threads 1", large),
        fmt::format("search '{}' --json --threads 1", Write("front.json", front))}) {
    const Outcome run = Call(arguments, "timeout --foreground --preserve-status -s INT 1");
    EXPECT_EQ(run.status, 130) << run.err;
    EXPECT_FALSE(run.json().at("best").empty());
  }
  // A reader that is late, so that the interrupt comes amid the printing.
  const fs::path out = folder_ / "out", status = folder_ / "status";
  const std::string slow = fmt::format(
      "{{ timeout --foreground --preserve-status -s INT 1 '{}' search '{}' --top 2000 --json; echo "
      "$? >'{}'; }} | "
      "{{ sleep 2; cat >'{}'; }}",
      std::getenv("PERFLAW"), MainJob("2", "128"), status.string(), out.string());
  ASSERT_EQ(std::system(slow.c_str()), 0);
  EXPECT_EQ(Slurp(status), "130\n");
  EXPECT_EQ(ParseJson(Slurp(out), "out").at("best").size(), 2000U);
}

TEST_F(LongSearch, KeepsLittleInMemory) {
  const std::string arguments =
      fmt::format("search '{}' --method exhaustive --top 10000 --json", LargeJob());
  const Outcome run = Call(arguments, "timeout --foreground --preserve-status -s INT 5");
  EXPECT_EQ(run.status, 130) << run.err;
  EXPECT_GT(run.json().at("space_points").get<Count>(), 10'000'000'000);
  EXPECT_GT(run.json().at("evaluated").get<Count>(), 10'000'000);
  rusage used{};
  ASSERT_EQ(getrusage(RUSAGE_CHILDREN, &used), 0);
  EXPECT_LT(used.ru_maxrss, 200 * 1000);  // of the largest program that this test ran, in KiB
}

TEST_F(LongSearch, LeavesNoListThatLooksWhole) {
  std::string study = perflaw::Study(R"({"from": 16, "to": 200, "step": 1})");
  const std::string coarse = R"("to": 28672, "step": 2048)";
  study.replace(study.find(coarse), coarse.size(), R"("to": 28672, "step": 64)");
  const std::string arguments =
      fmt::format("search '{}' --method exhaustive --json --threads 1 --all '{}/all.csv'",
                  Write("study.json", study), folder_.string());
  // No room.
  const Outcome full = Call(arguments, "ulimit -f 1000;");
  EXPECT_EQ(full.status, 1);
  EXPECT_NE(full.err.find("all.csv"), std::string::npos) << full.err;
  EXPECT_EQ(full.json().at("status"), "optimal");  // what was found is not lost
  // Interrupted: the search takes less than a second, the list some more.
  const Outcome run = Call(arguments, "timeout --foreground --preserve-status -s INT 2");
  EXPECT_EQ(run.status, 130) << run.err;
  EXPECT_NE(run.err.find(".part"), std::string::npos) << run.err;
  int parts = 0;
  for (const auto& entry : fs::directory_iterator(folder_)) {
    EXPECT_NE(entry.path().filename(), "all.csv");
    parts += entry.path().extension() == ".part" ? 1 : 0;
  }
  EXPECT_EQ(parts, 1);  // of the interrupted run, not of the one without room
}

}  // namespace
}  // namespace perflaw
