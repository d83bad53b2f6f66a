// The processes that this one belongs to: of mpirun in perflaw-mpi, itself in perflaw.
#pragma once

#include <memory>

#include "search/sweep/ranks.hpp"

namespace perflaw {

std::unique_ptr<Ranks> StartRanks();

}  // namespace perflaw
