#include "search/web/watched_work.hpp"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <exception>
#include <system_error>
#include <thread>

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
    Ending ending = Ending::kDone;
    bool lowered = rules_.is_heavy;
    for (;;) {
      const double seconds = std::chrono::duration<double>(Clock::now() - begin_).count();
      if (!lowered && seconds >= kLightSeconds) {
        if (const pid_t thread = thread_; thread != 0) LowerPriority(thread);
        lowered = true;
      }
      if (ending == Ending::kDone && seconds >= rules_.seconds) ending = Stop(Ending::kTooLate);
      const bool stopped = ending != Ending::kDone;
      const double until = !lowered ? kLightSeconds : rules_.seconds;
      // Once stopped the work alone is waited for.
      std::array<pollfd, 2> watched{
          {{done_.descriptor(), POLLIN, 0}, {stopped ? -1 : socket_, POLLRDHUP, 0}}};
      const int wait = stopped ? -1 : static_cast<int>((until - seconds) * 1000) + 1;
      if (poll(watched.data(), watched.size(), wait) <= 0) continue;
      if (watched[0].revents != 0) return ending;
      if (watched[1].revents != 0) ending = Stop(Ending::kClientLeft);
    }
  }

  void RethrowError() const {
    if (error_) std::rethrow_exception(error_);
  }

 private:
  Ending Stop(Ending why) {
    control_.stop = true;
    return why;
  }

  int socket_;
  WorkRules rules_;
  Control& control_;
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
