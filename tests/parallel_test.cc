#include "search/parallel.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <stdexcept>
#include <thread>
#include <vector>

namespace perflaw {
namespace {

TEST(ForEachBlock, VisitsEachBlockOnceInOneSlotAtATime) {
  const std::atomic<bool> stop{false};
  for (const int threads : {1, 2, 3, 8, 13}) {
    for (const Count blocks : {0, 1, 2, 3, 7, 64, 1000, 10007}) {
      std::vector<std::atomic<int>> visits(static_cast<std::size_t>(blocks));
      std::vector<std::atomic<int>> busy(static_cast<std::size_t>(threads));
      std::atomic<int> bad{0};
      ForEachBlock(blocks, threads, stop, [&](Count block, int slot) {
        if (slot < 0 || slot >= threads || block < 0 || block >= blocks) {
          ++bad;
          return;
        }
        if (++busy[static_cast<std::size_t>(slot)] != 1) ++bad;
        ++visits[static_cast<std::size_t>(block)];
        --busy[static_cast<std::size_t>(slot)];
      });
      ASSERT_EQ(bad, 0) << blocks << " blocks, " << threads << " threads";
      for (const auto& count : visits) ASSERT_EQ(count, 1);
    }
  }
}

TEST(ForEachBlock, WorksOnSeveralThreadsWhenAsked) {
  const std::atomic<bool> stop{false};
  std::vector<std::atomic<int>> used(4);
  ForEachBlock(200, 4, stop, [&](Count, int slot) {
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
    ++used[static_cast<std::size_t>(slot)];
  });
  int slots = 0;
  for (const auto& blocks : used) slots += blocks > 0 ? 1 : 0;
  EXPECT_GT(slots, 1);
}

TEST(ForEachBlock, RethrowsWhatABodyThrows) {
  const std::atomic<bool> stop{false};
  for (const int threads : {1, 2, 8}) {
    std::atomic<Count> calls{0};
    try {
      ForEachBlock(1000, threads, stop, [&](Count block, int) {
        ++calls;
        if (block == 137) throw std::out_of_range("block 137");
      });
      ADD_FAILURE() << "nothing was thrown";
    } catch (const std::out_of_range& error) {
      EXPECT_STREQ(error.what(), "block 137");
    }
    EXPECT_GE(calls, 1);
    // A failed loop leaves nothing behind.
    calls = 0;
    ForEachBlock(100, threads, stop, [&](Count, int) { ++calls; });
    EXPECT_EQ(calls, 100);
  }
}

TEST(ForEachBlock, StopBeforeTheStartVisitsNothing) {
  const std::atomic<bool> stop{true};
  std::atomic<Count> calls{0};
  ForEachBlock(1000, 4, stop, [&](Count, int) { ++calls; });
  EXPECT_EQ(calls, 0);
}

TEST(ForEachBlock, StopEndsEarlyAndFinishesWhatWasBegun) {
  for (const int threads : {1, 3, 8}) {
    std::atomic<bool> stop{false};
    std::atomic<Count> begun{0}, ended{0};
    ForEachBlock(1'000'000, threads, stop, [&](Count, int) {
      if (++begun == 10) stop = true;
      ++ended;
    });
    EXPECT_EQ(begun, ended);
    EXPECT_GE(begun, 10);
    // A block may begin in each other thread while the tenth raises the flag; the slack is for a
    // thread that is held up between the two.
    EXPECT_LT(begun, 500'000);
  }
}

TEST(ForEachBlock, StopFromAnotherThreadIsSeen) {
  std::atomic<bool> stop{false};
  std::atomic<Count> calls{0};
  std::thread stopper([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    stop = true;
  });
  ForEachBlock(1'000'000, 2, stop, [&](Count, int) {
    ++calls;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  });
  stopper.join();
  EXPECT_LT(calls, 100'000);
}

}  // namespace
}  // namespace perflaw
