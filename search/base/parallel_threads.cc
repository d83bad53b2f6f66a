// The twin of parallel.cc for ThreadSanitizer, which takes the synchronisation inside oneTBB for races.
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

#include "search/base/parallel.hpp"

namespace perflaw {

void ForEachBlock(Count blocks, int threads, const std::atomic<bool>& stop,
                  const std::function<void(Count, int)>& body) {
  std::atomic<Count> next{0};
  std::atomic<bool> failed{false};
  std::mutex mutex;
  std::exception_ptr first_error;
  const auto work = [&](int slot) {
    try {
      while (!failed && !stop) {
        const Count block = next++;
        if (block >= blocks) return;
        body(block, slot);
      }
    } catch (...) {
      const std::lock_guard lock(mutex);
      if (!first_error) first_error = std::current_exception();
      failed = true;
    }
  };
  std::vector<std::thread> others;
  for (int slot = 1; slot < threads; ++slot) others.emplace_back(work, slot);
  work(0);
  for (std::thread& thread : others) thread.join();
  if (first_error) std::rethrow_exception(first_error);
}

}  // namespace perflaw
