#include "search/cli/shell/command.hpp"

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <csignal>
#include <cstdio>
#include <mutex>
#include <stdexcept>
#include <thread>

#include "search/base/control.hpp"
#include "search/base/error.hpp"
#include "search/io/models/dtype.hpp"
#include "search/io/text/numbers.hpp"

namespace perflaw {
namespace {

std::atomic<bool>* interrupted = nullptr;

void Listen(void (*handler)(int)) {
  for (const int signal : {SIGINT, SIGTERM}) std::signal(signal, handler);
}

void OnInterrupt(int) {
  interrupted->store(true);
  Listen(SIG_DFL);
}

}  // namespace

void AddLaw(Command& command, std::string& law) {
  const bool in_file = law.empty();
  command
      .Value("--law", law,
             in_file ? "a law of configs/laws or a path, in place of the one named in the file"
                     : "a law of configs/laws or a path")
      .Takes(kTakesLaw)
      .ShowsDefault();
}

void AddStoredDtype(Command& command, std::string& dtype) {
  command
      .Value(
          "--dtype", dtype,
          "of weights and KV cache; without, bf16, and weights as a quantized config stores them")
      .Takes("DTYPE")
      .OneOf({std::begin(kDtypes), std::end(kDtypes)});
}

void AddThreads(Command& command, int& threads) {
  threads = static_cast<int>(std::max(1u, std::thread::hardware_concurrency()));
  command.Value("--threads", threads, "worker threads; without, one for every core")
      .Takes(kTakesNumber)
      .Between(1, 1024);
}

void Print(const std::string& text) {
  if (std::fwrite(text.data(), 1, text.size(), stdout) != text.size() || std::fflush(stdout) != 0) {
    throw std::runtime_error("standard output: cannot be written");
  }
}

struct Watch::Reporter {
  std::mutex mutex;
  std::condition_variable ended;
  bool end = false;
  std::thread thread;

  void Run(const Control& control, Count points) {
    const auto begin = std::chrono::steady_clock::now();
    std::unique_lock lock(mutex);
    while (!ended.wait_for(lock, std::chrono::milliseconds(250), [this] { return end; })) {
      const double seconds =
          std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
      const auto done = static_cast<double>(control.done.load(std::memory_order_relaxed));
      const double rate = (done - static_cast<double>(control.resumed)) / seconds;
      const std::string line = fmt::format(
          "\r{:5.1f} %  {} points/s  {:.0f} s left\033[K", 100 * done / static_cast<double>(points),
          HumanCount(rate), rate > 0 ? (static_cast<double>(points) - done) / rate : 0);
      std::fputs(line.c_str(), stderr);  // a terminal that is gone is no reason to throw
    }
    std::fputs("\r\033[K", stderr);
  }
};

Watch::Watch(Control& control, Count points, bool quiet)
    : control_(control), points_(points), shown_(!quiet && isatty(STDERR_FILENO) != 0) {
  interrupted = &control.stop;
  Listen(OnInterrupt);
  BeginProgress();
}

void Watch::BeginProgress() {
  if (!shown_) return;
  reporter_ = std::make_unique<Reporter>();
  reporter_->thread = std::thread([this] { reporter_->Run(control_, points_); });
}

void Watch::EndProgress() {
  if (!reporter_) return;
  {
    const std::lock_guard lock(reporter_->mutex);
    reporter_->end = true;
  }
  reporter_->ended.notify_one();
  reporter_->thread.join();
  reporter_.reset();
}

void Watch::Restart() {
  EndProgress();
  control_.done = control_.resumed = 0;
  BeginProgress();
}

Watch::~Watch() {
  EndProgress();
  Listen(SIG_DFL);
}

}  // namespace perflaw
