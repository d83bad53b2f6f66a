// Threads for connections: as many as there are at once, up to a bound.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace perflaw {

class ConnectionThreads {
 public:
  // on_crowded(whether connections wait because all threads are taken) is called whenever that may have changed.
  ConnectionThreads(std::size_t most, std::function<void(bool)> on_crowded)
      : most_(most), on_crowded_(std::move(on_crowded)) {}
  ~ConnectionThreads() { Finish(); }
  ConnectionThreads(const ConnectionThreads&) = delete;
  ConnectionThreads& operator=(const ConnectionThreads&) = delete;

  void Add(std::function<void()> serve);
  // Returns once all that was added is served.
  void Finish();

 private:
  void Work();
  void TellCrowded() const;

  std::size_t most_;
  std::function<void(bool)> on_crowded_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::function<void()>> waiting_;
  std::vector<std::thread> threads_;
  std::size_t free_ = 0;  // threads that wait for work
  bool ended_ = false;
};

}  // namespace perflaw
