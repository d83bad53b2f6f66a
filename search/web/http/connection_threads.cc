#include "search/web/http/connection_threads.hpp"

#include <algorithm>
#include <system_error>

namespace perflaw {

void ConnectionThreads::Add(std::function<void()> serve) {
  {
    const std::lock_guard lock(mutex_);
    waiting_.push_back(std::move(serve));
    if (waiting_.size() > free_ && threads_.size() < most_) {
      try {
        threads_.emplace_back([this] { Work(); });
      } catch (const std::system_error&) {
        most_ = std::max<std::size_t>(threads_.size(), 1);  // the machine has no more
      }
    }
    TellCrowded();
  }
  changed_.notify_one();
}

void ConnectionThreads::TellCrowded() const {
  on_crowded_(threads_.size() >= most_ && waiting_.size() > free_);
}

void ConnectionThreads::Finish() {
  {
    const std::lock_guard lock(mutex_);
    ended_ = true;
  }
  changed_.notify_all();
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
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
      TellCrowded();
    }
    serve();
  }
}

}  // namespace perflaw
