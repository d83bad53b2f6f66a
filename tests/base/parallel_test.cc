#include "search/base/parallel.hpp"

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
  // Every block waits for a second slot to come, so it is enough that one ever does.
  std::atomic<int> slots_seen{0};
  const auto patience = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  ForEachBlock(200, 4, stop, [&](Count, int slot) {
    if (used[static_cast<std::size_t>(slot)]++ == 0) ++slots_seen;
    while (slots_seen < 2 && std::chrono::steady_clock::now() < patience) std::this_thread::yield();
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
      while (begun > 10 && !stop) std::this_thread::yield();
      ++ended;
    });
    EXPECT_EQ(begun, ended);
    EXPECT_GE(begun, 10);
    EXPECT_LE(begun, 10 + threads);  // one may begin in each thread while the tenth raises the flag
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
