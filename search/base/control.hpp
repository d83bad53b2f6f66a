// How a caller watches and ends a search while it runs.
#pragma once

#include <atomic>

#include "engine/units.hpp"

namespace perflaw {

// How a caller watches and ends a run from another thread or a signal handler.
struct Control {
  std::atomic<bool> stop{false};
  std::atomic<Count> done{0};     // points finished
  std::atomic<Count> resumed{0};  // those of them that an earlier run had finished
};

}  // namespace perflaw
