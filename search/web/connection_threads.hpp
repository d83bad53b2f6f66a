// Threads for connections: as many as there are at once, up to a bound.
#pragma once

#include <httplib.h>

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace perflaw {

class ConnectionThreads : public httplib::TaskQueue {
 public:
  // `on_full` is called for each connection that finds no thread free, and should make one free.
  ConnectionThreads(std::size_t most, std::function<void()> on_full)
      : most_(most), on_full_(std::move(on_full)) {}

  void enqueue(std::function<void()> serve) override;
  // Returns once all that was enqueued is served.
  void shutdown() override;

 private:
  void Work();

  std::size_t most_;
  std::function<void()> on_full_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::function<void()>> waiting_;
  std::vector<std::thread> threads_;
  std::size_t free_ = 0;  // threads that wait for work
  bool ended_ = false;
};

}  // namespace perflaw
