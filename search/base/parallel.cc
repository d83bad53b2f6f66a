#include "search/base/parallel.hpp"

#include <oneapi/tbb/blocked_range.h>
#include <oneapi/tbb/global_control.h>
#include <oneapi/tbb/parallel_for.h>
#include <oneapi/tbb/task_arena.h>

namespace perflaw {

void ForEachBlock(Count blocks, int threads, const std::atomic<bool>& stop,
                  const std::function<void(Count, int)>& body) {
  namespace tbb = oneapi::tbb;
  if (threads == 1 || blocks == 1) {
    // Also so that a loop inside another one's body does not limit the threads of that.
    for (Count block = 0; block < blocks && !stop.load(std::memory_order_relaxed); ++block)
      body(block, 0);
    return;
  }
  // Without this the library never starts more threads than the machine has cores.
  const tbb::global_control allow(tbb::global_control::max_allowed_parallelism,
                                  static_cast<std::size_t>(threads));
  tbb::task_arena arena(threads);
  tbb::task_group_context context;
  arena.execute([&] {
    tbb::parallel_for(
        tbb::blocked_range<Count>(0, blocks),
        [&](const tbb::blocked_range<Count>& range) {
          for (Count block = range.begin(); block < range.end(); ++block) {
            if (stop.load(std::memory_order_relaxed)) {
              context.cancel_group_execution();
              return;
            }
            body(block, tbb::this_task_arena::current_thread_index());
          }
        },
        tbb::auto_partitioner(), context);
  });
}

}  // namespace perflaw
