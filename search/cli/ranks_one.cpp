// The plain program is one process.
#include "search/cli/shell/ranks_start.hpp"

namespace perflaw {

std::unique_ptr<Ranks> StartRanks() { return std::make_unique<OneRank>(); }

}  // namespace perflaw
