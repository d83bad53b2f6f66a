// Why a search ended, as every search says in what it returns.
#pragma once

#include <string_view>

namespace perflaw {

// Interrupted: the caller stopped it, and what is there is what was found so far.
enum class Status { kOptimal, kInfeasible, kInterrupted };

inline std::string_view StatusName(Status status) {
  constexpr std::string_view kNames[] = {"optimal", "infeasible", "interrupted"};
  return kNames[static_cast<int>(status)];
}

}  // namespace perflaw
