// Work that ends when nobody waits for it any more.
#pragma once

#include <functional>

#include "search/base/control.hpp"

namespace perflaw {

struct WorkRules {
  double seconds = 10;  // after which it is stopped
  bool is_heavy =
      false;  // runs behind what is light; other work does so once it has taken kLightSeconds
};
inline constexpr double kLightSeconds = 0.25;

enum class Ending { kDone, kClientLeft, kTooLate };

// Runs work(control) in a thread of its own, and sets control.stop when the client at the other end of `socket` has closed it
// or the time is over; returns once the work has ended. An exception of the work is rethrown. Throws std::system_error when the
// machine has no thread or descriptor left.
Ending RunWatched(int socket, const WorkRules& rules, const std::function<void(Control&)>& work);

}  // namespace perflaw
