#include "search/sweep/stream.hpp"

#include <algorithm>
#include <vector>

#include "search/base/control.hpp"
#include "search/base/parallel.hpp"

namespace perflaw {
namespace {

// Encoding a point takes longer than scoring it, and what the blocks of one round hold has to wait in memory.
constexpr Count kBlockPoints = 256, kBlocksPerThread = 8;

struct Stretch {
  std::string text;
  Count feasible = 0;
};

}  // namespace

Count StreamFeasible(const ObjectiveFunction& objective, int threads, Control& control,
                     const std::function<std::string(const Design&)>& encode,
                     const std::function<void(const std::string&)>& write) {
  const Count points = objective.study().space.Size();
  const Count round = threads * kBlocksPerThread * kBlockPoints;
  Count written = 0;
  for (Count begin = 0; begin < points; begin += round) {
    const Count in_round = std::min(round, points - begin);
    std::vector<Stretch> blocks(static_cast<std::size_t>((in_round - 1) / kBlockPoints + 1));
    ForEachBlock(static_cast<Count>(blocks.size()), threads, control.stop, [&](Count i, int) {
      Stretch& block = blocks[static_cast<std::size_t>(i)];
      const Count first = begin + i * kBlockPoints;
      const Count end = std::min(first + kBlockPoints, begin + in_round);
      for (Count index = first; index < end; ++index) {
        if (objective.Evaluate(index).rule != kNoRule) continue;
        block.text += encode(*objective.Describe(index));
        ++block.feasible;
      }
    });
    if (control.stop) break;  // some blocks may be missing
    for (const Stretch& block : blocks) {
      write(block.text);
      written += block.feasible;
    }
    control.done.fetch_add(in_round, std::memory_order_relaxed);
  }
  return written;
}

}  // namespace perflaw
