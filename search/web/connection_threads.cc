#include "search/web/connection_threads.hpp"

#include <system_error>

namespace perflaw {

void ConnectionThreads::enqueue(std::function<void()> serve) {
  bool full = false;
  {
    const std::lock_guard lock(mutex_);
    waiting_.push_back(std::move(serve));
    if (free_ < waiting_.size()) {
      full = threads_.size() >= most_;
      try {
        if (!full) threads_.emplace_back([this] { Work(); });
      } catch (const std::system_error&) {
        full = true;  // the machine has no more
      }
    }
  }
  changed_.notify_one();
  if (full) on_full_();
}

void ConnectionThreads::shutdown() {
  {
    const std::lock_guard lock(mutex_);
    ended_ = true;
  }
  changed_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

void ConnectionThreads::Work() {
  for (;;) {
    std::function<void()> serve;
    {
      std::unique_lock lock(mutex_);
      ++free_;
      changed_.wait(lock, [&] { return ended_ || !waiting_.empty(); });
      --free_;
      if (waiting_.empty()) return;
      serve = std::move(waiting_.front());
      waiting_.pop_front();
    }
    serve();
  }
}

}  // namespace perflaw
