#include "search/web/watched_work.hpp"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <exception>
#include <limits>
#include <system_error>
#include <thread>

#include "search/base/control.hpp"

namespace perflaw {
namespace {

using Clock = std::chrono::steady_clock;

// A descriptor that becomes readable once.
class Signal {
 public:
  Signal() : descriptor_(eventfd(0, EFD_CLOEXEC)) {
    if (descriptor_ < 0) throw std::system_error(errno, std::generic_category(), "eventfd");
  }
  ~Signal() { close(descriptor_); }
  Signal(const Signal&) = delete;
  Signal& operator=(const Signal&) = delete;

  void Set() const {
    const std::uint64_t one = 1;
    while (write(descriptor_, &one, sizeof one) < 0 && errno == EINTR) continue;
  }
  int descriptor() const { return descriptor_; }

 private:
  int descriptor_;
};

// There is no way back without privileges, so only threads that end with their work get it.
void LowerPriority(pid_t thread) {
  constexpr int kNice = 10;
  setpriority(PRIO_PROCESS, static_cast<id_t>(thread), kNice);
}

constexpr short kClosing = POLLRDHUP;
constexpr double kNever = std::numeric_limits<double>::infinity();
// A client that has said all it will may still listen: what is answered soon gets through to it.
constexpr double kHalfClosedSeconds = 0.02;

class Watcher {
 public:
  Watcher(int socket, const WorkRules& rules, Control& control)
      : socket_(socket), rules_(rules), control_(control) {}

  void Run(const std::function<void(Control&)>& work) {
    thread_ = gettid();
    if (rules_.is_heavy) LowerPriority(thread_);
    try {
      work(control_);
    } catch (...) {
      error_ = std::current_exception();
    }
    done_.Set();
  }

  // Returns once the work is done.
  Ending Watch() {
    while (!IsDone()) {
      const double seconds = Seconds();
      if (!lowered_ && seconds >= kLightSeconds) Lower();
      if (ending_ != Ending::kDone) continue;
      if (seconds >= closing_at_) Stop(Ending::kClientLeft);
      if (seconds >= rules_.seconds) Stop(Ending::kTooLate);
    }
    return ending_;
  }

  void RethrowError() const {
    if (error_) std::rethrow_exception(error_);
  }

 private:
  double Seconds() const { return std::chrono::duration<double>(Clock::now() - begin_).count(); }

  // Waits for the end of the work, a sign of the client's or the next time to act.
  bool IsDone() {
    // Once stopped the work alone is waited for.
    const bool stopped = ending_ != Ending::kDone, closing = closing_at_ < kNever;
    std::array<pollfd, 2> watched{{{done_.descriptor(), POLLIN, 0},
                                   {stopped ? -1 : socket_, closing ? short{0} : kClosing, 0}}};
    double until = std::min(closing_at_, rules_.seconds);
    if (!lowered_) until = std::min(until, kLightSeconds);
    const double left = std::max(0.0, until - Seconds());
    const int wait = stopped ? -1 : static_cast<int>(left * 1000) + 1;
    if (poll(watched.data(), watched.size(), wait) <= 0) return false;
    if (watched[0].revents != 0) return true;
    if ((watched[1].revents & (POLLERR | POLLHUP | POLLNVAL)) != 0) {
      closing_at_ = 0;
    } else if (watched[1].revents != 0) {
      closing_at_ = Seconds() + kHalfClosedSeconds;
    }
    return false;
  }

  void Lower() {
    if (const pid_t thread = thread_; thread != 0) LowerPriority(thread);
    lowered_ = true;
  }
  void Stop(Ending why) {
    control_.stop = true;
    ending_ = why;
  }

  int socket_;
  WorkRules rules_;
  Control& control_;
  bool lowered_ = rules_.is_heavy;
  double closing_at_ = kNever;  // when the client counts as gone
  Ending ending_ = Ending::kDone;
  Clock::time_point begin_ = Clock::now();
  Signal done_;
  std::atomic<pid_t> thread_{0};
  std::exception_ptr error_;
};

}  // namespace

Ending RunWatched(int socket, const WorkRules& rules, const std::function<void(Control&)>& work) {
  Control control;
  Watcher watcher(socket, rules, control);
  std::thread thread([&] { watcher.Run(work); });
  const Ending ending = watcher.Watch();
  thread.join();
  watcher.RethrowError();
  return ending;
}

}  // namespace perflaw
