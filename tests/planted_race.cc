// Two threads write one variable without a lock, on purpose: the ThreadSanitizer build has to report it.
#include <cstdio>

#include "search/parallel.hpp"

int main() {
  const std::atomic<bool> stop{false};
  perflaw::Count sum = 0;
  perflaw::ForEachBlock(1000, 2, stop, [&](perflaw::Count block, int) { sum += block; });
  std::printf("%lld\n", static_cast<long long>(sum));
}
