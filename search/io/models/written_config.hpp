// A config.json from the keys that were found.
#pragma once

#include <set>

#include "search/io/models/key_solver.hpp"

namespace perflaw {

// The config of a stack of `depth` layers: the keys that the solver has values of, but for those left out.
Json WrittenConfig(const Family& family, const KeySolver& keys, std::size_t depth,
                   const std::set<std::size_t>& left_out);

}  // namespace perflaw
