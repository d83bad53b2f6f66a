// Loops over numbered blocks on several threads. Work is split by block number, never by time, so
// what a block computes does not depend on the threads; merging must not depend on their order.
#pragma once

#include <atomic>
#include <functional>

#include "engine/units.hpp"

namespace perflaw {

// Calls body(block, slot) once for every block in [0, blocks), on up to `threads` threads. `slot`
// is in [0, threads) and no two calls run in one slot at a time: a body may write to what belongs
// to its slot. Blocks not begun when `stop` turns true are left out. An exception from a body ends
// the loop and is rethrown.
void ForEachBlock(Count blocks, int threads, const std::atomic<bool>& stop,
                  const std::function<void(Count block, int slot)>& body);

}  // namespace perflaw
