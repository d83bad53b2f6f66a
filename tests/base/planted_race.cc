// Two threads write one variable without a lock, on purpose: the ThreadSanitizer build has to report it.
#include <array>
#include <cstdio>
#include <thread>

#include "search/base/parallel.hpp"

int main() {
  const std::atomic<bool> stop{false};
  // Nobody goes on before both are there, or one would do all the work. Relaxed, it orders nothing else.
  std::array<std::atomic<bool>, 2> here{};
  perflaw::Count sum = 0;
  perflaw::ForEachBlock(1000, 2, stop, [&](perflaw::Count block, int slot) {
    here[static_cast<std::size_t>(slot)].store(true, std::memory_order_relaxed);
    for (const auto& other : here) {
      while (!other.load(std::memory_order_relaxed)) std::this_thread::yield();
    }
    sum += block;
  });
  std::printf("%lld\n", static_cast<long long>(sum));
}
