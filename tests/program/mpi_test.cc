// perflaw-mpi from outside: any number of ranks answers as one process does.
#include "tests/program/program.hpp"

namespace perflaw {
namespace {

class Mpi : public Program {
 protected:
  // Some million points, so that every rank has several chunks.
  std::string BigStudy(const std::string& more = "") const {
    std::string text = perflaw::Study(R"({"from": 16, "to": 200, "step": 1})", more);
    const std::string coarse = R"({"from": 2048, "to": 28672, "step": 2048})";
    return Write("study.json", text.replace(text.find(coarse), coarse.size(),
                                            R"({"from": 2048, "to": 28672, "step": 8})"));
  }

  // Without a network; `wrapped` stands before the program of each rank.
  Outcome Run(int ranks, const std::string& arguments, const std::string& before = "timeout 120",
              const std::string& wrapped = "") const {
    return Call(
        arguments,
        fmt::format("{} mpirun --oversubscribe --mca plm isolated --mca btl self,vader -n {} {}",
                    before, ranks, wrapped),
        "", "PERFLAW_MPI");
  }
};

TEST_F(Mpi, AnyNumberOfRanksAnswersAsOneProcess) {
  const std::string front =
      R"(, "pareto": ["mmlu", "active_params"], "constraints": {"total_params": {"max": "60B"}})";
  const std::string arguments = fmt::format(
      "search '{}' --method exhaustive --json --threads 1 --why layers=16,hidden=1024,ffn=2048",
      BigStudy(front));
  const Outcome alone = Call(arguments);
  ASSERT_EQ(alone.status, 0) << alone.err;
  EXPECT_EQ(alone.json().at("ranks"), 1);
  EXPECT_GT(alone.json().at("front").size(), 3u);
  for (const int ranks : {1, 2, 4}) {
    const Outcome run = Run(ranks, arguments);
    ASSERT_EQ(run.status, 0) << run.err;
    EXPECT_EQ(run.json().at("ranks"), ranks);
    EXPECT_EQ(Canonical(run.json()).dump(), Canonical(alone.json()).dump()) << ranks;
  }
}

TEST_F(Mpi, OnlyRankZeroSpeaksAndItsStatusCounts) {
  const Outcome version = Run(3, "--version");
  EXPECT_EQ(version.status, 0) << version.err;
  EXPECT_EQ(version.out.find("perflaw"), version.out.rfind("perflaw"));
  const Outcome count = Run(2, "count --model llama-3.1-8b --json");
  EXPECT_EQ(count.json().at("total_params"), 8030261248);
  const Outcome absent = Run(3, "search absent.json");
  EXPECT_EQ(absent.status, 2);
  EXPECT_EQ(absent.err.find("absent.json"), absent.err.rfind("absent.json")) << absent.err;
  const Outcome nothing = Run(
      2, fmt::format(
             "search '{}' --method exhaustive --json",
             Write("study.json",
                   perflaw::Study("[16]", R"(, "constraints": {"total_params": {"max": "1M"}})"))));
  EXPECT_EQ(nothing.status, 3) << nothing.err;
  EXPECT_EQ(nothing.json().at("status"), "infeasible");
}

TEST_F(Mpi, ARankThatDiesEndsTheRunAndTheStoreGoesOn) {
  const auto [search, alone] = SearchOf(3);
  const std::string arguments = fmt::format("{} --store '{}/run.db'", search, folder_.string());
  const std::string killer = Write(
      "rank", "[ $OMPI_COMM_WORLD_RANK = 1 ] && exec timeout -s KILL 1 \"$@\"\nexec \"$@\"\n");
  const Outcome killed = Run(3, arguments, "timeout 120", "sh " + killer);
  EXPECT_NE(killed.status, 0);
  EXPECT_EQ(killed.out, "");
  const Outcome resumed = Run(2, arguments);
  ASSERT_EQ(resumed.status, 0) << resumed.err;
  EXPECT_EQ(Canonical(resumed.json()).dump(), Canonical(alone).dump());
  // The plain program takes the store as well.
  EXPECT_EQ(Canonical(Call(arguments).json()).dump(), Canonical(alone).dump());
}

// As schedulers end a job: SIGTERM to a rank.
TEST_F(Mpi, ATerminatedRankStopsAllAndWhatWasFoundIsPrinted) {
  // More than anybody sweeps in the seconds until the signal.
  const std::string study = MainJob("1", "1", "1");
  const std::string arguments =
      fmt::format("search '{}' --method exhaustive --json --threads 1", study);
  const std::string ender = Write("rank",
                                  "[ $OMPI_COMM_WORLD_RANK = 1 ] && exec timeout --preserve-status "
                                  "--foreground -s TERM 3 \"$@\"\nexec \"$@\"\n");
  const Outcome run = Run(3, arguments, "timeout 120", "sh " + ender);
  EXPECT_EQ(run.status, 130) << run.err;
  EXPECT_EQ(run.json().at("status"), "interrupted");
}

}  // namespace
}  // namespace perflaw
