#include "search/sweep/ranks.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <thread>

#include "search/base/control.hpp"
#include "search/sweep/sweep.hpp"
#include "tests/studies.hpp"

namespace perflaw {
namespace {

// Ranks that are threads of this process.
struct Office {
  std::mutex mutex;
  std::condition_variable came;
  std::vector<std::string> broadcasts, parts;
  std::atomic<bool> stop{false};
};

class ThreadRanks : public Ranks {
 public:
  ThreadRanks(Office& office, int rank, int size) : office_(office), rank_(rank), size_(size) {}
  int Rank() const override { return rank_; }
  int Size() const override { return size_; }
  bool Wanted() override { return true; }
  std::string Broadcast(const std::string& bytes) override {
    std::unique_lock lock(office_.mutex);
    if (rank_ == 0) office_.broadcasts.push_back(bytes);
    office_.came.notify_all();
    office_.came.wait(lock, [this] { return office_.broadcasts.size() > heard_; });
    return office_.broadcasts[heard_++];
  }
  void Send(std::string bytes) override {
    const std::lock_guard lock(office_.mutex);
    office_.parts.push_back(std::move(bytes));
  }
  std::vector<std::string> Receive() override {
    const std::lock_guard lock(office_.mutex);
    return std::exchange(office_.parts, {});
  }
  void Stop() override { office_.stop = true; }
  bool Stopped() const override { return office_.stop; }
  void Fail(int) override {}

 private:
  Office& office_;
  int rank_, size_;
  std::size_t heard_ = 0;
};

// Several chunks of points.
Study LongLimitedStudy() {
  Study study = FullStudy();
  study.space.axes[kLayersAxis] = Axis(17, 80, 1);
  study.space.axes[kHiddenAxis] = Axis(1024, 32768, 1024);
  study.space.axes[kFfnAxis] = Axis(1024, 10240, 1024);
  study.front = {{Metric::kMmlu, true, 0}, {Metric::kActiveParams, false, 0}};
  study.limits.push_back({Metric::kTotalParams, true, 3e10});
  return study;
}

// Keeps the last save.
class LastSave : public Checkpoint {
 public:
  std::string Load() override { return kept; }
  void Save(const Progress& progress) override { kept = Pack(progress); }
  std::string kept;
};

// Sweeps with a control for each rank; the checkpoint is rank 0's.
SearchSummary SweepWith(const ObjectiveFunction& objective, int size, LastSave& memory,
                        std::deque<Control>& controls) {
  Office office;
  SearchSummary summary;
  std::vector<std::thread> threads;
  for (int rank = 0; rank < size; ++rank) {
    threads.emplace_back([&, rank] {
      ThreadRanks ranks(office, rank, size);
      SearchOptions options{1 + rank % 2, {}};
      options.ranks = &ranks;
      if (rank == 0) options.checkpoint = &memory;
      const SearchSummary found =
          Sweep(objective, options, controls[static_cast<std::size_t>(rank)]);
      if (rank == 0) summary = found;
    });
  }
  for (std::thread& thread : threads) thread.join();
  return summary;
}

TEST(Ranks, AnyNumberOfThemFindsTheSame) {
  const ObjectiveFunction objective(LongLimitedStudy());
  std::string alone;
  for (const int size : {1, 2, 5}) {
    LastSave memory;
    std::deque<Control> controls(5);
    const SearchSummary found = SweepWith(objective, size, memory, controls);
    EXPECT_EQ(found.status, Status::kOptimal);
    EXPECT_EQ(found.evaluated, objective.study().space.Size());
    EXPECT_EQ(controls[0].done, found.evaluated);
    if (size == 1) alone = memory.kept;
    EXPECT_EQ(memory.kept, alone) << size;
  }
}

TEST(Ranks, AStopOnAnyOfThemStopsAllAndLosesNothingSaved) {
  const ObjectiveFunction objective(LongLimitedStudy());
  LastSave whole;
  std::deque<Control> controls(1);
  SweepWith(objective, 1, whole, controls);
  for (const std::size_t stopper : {0u, 2u}) {
    LastSave memory;
    std::deque<Control> stopped(3), resumed(2);
    std::thread hand([&] {
      std::this_thread::sleep_for(std::chrono::milliseconds(60));
      stopped[stopper].stop = true;
    });
    const SearchSummary found = SweepWith(objective, 3, memory, stopped);
    hand.join();
    EXPECT_EQ(found.status == Status::kInterrupted, found.evaluated < found.space_points);
    SweepWith(objective, 2, memory, resumed);
    EXPECT_EQ(memory.kept, whole.kept) << stopper;
  }
}

TEST(OneRank, TalksToNobody) {
  OneRank ranks;
  EXPECT_TRUE(ranks.Wanted());
  EXPECT_EQ(ranks.Broadcast("bytes"), "bytes");
  ranks.Send("lost");
  EXPECT_TRUE(ranks.Receive().empty());
  ranks.Stop();
  EXPECT_FALSE(ranks.Stopped());
}

}  // namespace
}  // namespace perflaw
