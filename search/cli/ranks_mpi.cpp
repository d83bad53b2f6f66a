// The ranks of perflaw-mpi are those of mpirun.
#include <mpi.h>

#include <array>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <thread>
#include <utility>

#include "search/cli/shell/ranks_start.hpp"

namespace perflaw {
namespace {

enum Tag { kBroadcast, kPart, kStop, kEnd, kTags };

// A thread of its own sends and receives, so that a rank which is busy for a second keeps nobody waiting.
class MpiRanks : public Ranks {
 public:
  MpiRanks() {
    int provided = 0;
    MPI_Init_thread(nullptr, nullptr, MPI_THREAD_MULTIPLE, &provided);
    if (provided < MPI_THREAD_MULTIPLE) throw std::runtime_error("this MPI knows no threads");
    MPI_Comm_rank(MPI_COMM_WORLD, &rank_);
    MPI_Comm_size(MPI_COMM_WORLD, &size_);
    postman_ = std::thread([this] { Deliver(); });
  }

  // Ranks end together: the others wait here for rank 0 to say so.
  ~MpiRanks() override {
    if (rank_ == 0) {
      ToOthers(kEnd, "");
    } else {
      Wait(kEnd);
    }
    leaving_ = true;
    postman_.join();
    MPI_Finalize();
  }
  MpiRanks(const MpiRanks&) = delete;
  MpiRanks& operator=(const MpiRanks&) = delete;

  int Rank() const override { return rank_; }
  int Size() const override { return size_; }

  bool Wanted() override {
    if (rank_ == 0) return true;
    std::unique_lock lock(mutex_);
    arrived_.wait(lock, [this] { return !inbox_[kBroadcast].empty() || !inbox_[kEnd].empty(); });
    return !inbox_[kBroadcast].empty();
  }

  std::string Broadcast(const std::string& bytes) override {
    if (rank_ != 0) return Wait(kBroadcast);
    broadcast_ = true;
    ToOthers(kBroadcast, bytes);
    return bytes;
  }

  void Send(std::string bytes) override { Post(0, kPart, std::move(bytes)); }

  std::vector<std::string> Receive() override {
    const std::lock_guard lock(mutex_);
    return {std::exchange(inbox_[kPart], {})};
  }

  void Stop() override {
    if (std::exchange(stop_sent_, true)) return;
    if (rank_ == 0) {
      ToOthers(kStop, "");
    } else {
      Post(0, kStop, "");
    }
  }

  bool Stopped() const override { return stopped_.load(std::memory_order_relaxed); }

  void Fail(int status) override {
    if (rank_ != 0 || broadcast_) MPI_Abort(MPI_COMM_WORLD, status);
  }

 private:
  struct Letter {
    int to;
    Tag tag;
    std::string bytes;
  };

  void Post(int to, Tag tag, std::string bytes) {
    const std::lock_guard lock(mutex_);
    outbox_.push_back({to, tag, std::move(bytes)});
  }

  void ToOthers(Tag tag, const std::string& bytes) {
    for (int other = 1; other < size_; ++other) Post(other, tag, bytes);
  }

  // The oldest message with this tag, taken out.
  std::string Wait(Tag tag) {
    std::unique_lock lock(mutex_);
    arrived_.wait(lock, [&] { return !inbox_[tag].empty(); });
    std::string bytes = std::move(inbox_[tag].front());
    inbox_[tag].erase(inbox_[tag].begin());
    return bytes;
  }

  void Deliver() {
    while (true) {
      const bool leaving = leaving_;  // read first: nothing is posted after it is set
      const bool sent = SendOne(), received = ReceiveOne();
      if (leaving && !sent && !received) return;
      if (!sent && !received) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
  }

  bool SendOne() {
    Letter letter;
    {
      const std::lock_guard lock(mutex_);
      if (outbox_.empty()) return false;
      letter = std::move(outbox_.front());
      outbox_.pop_front();
    }
    // The receiver listens, or sends something so short that its sending waits for nobody.
    MPI_Send(letter.bytes.data(), static_cast<int>(letter.bytes.size()), MPI_BYTE, letter.to,
             letter.tag, MPI_COMM_WORLD);
    return true;
  }

  bool ReceiveOne() {
    int there = 0, size = 0;
    MPI_Status status;
    MPI_Iprobe(MPI_ANY_SOURCE, MPI_ANY_TAG, MPI_COMM_WORLD, &there, &status);
    if (there == 0) return false;
    MPI_Get_count(&status, MPI_BYTE, &size);
    std::string bytes(static_cast<std::size_t>(size), '\0');
    MPI_Recv(bytes.data(), size, MPI_BYTE, status.MPI_SOURCE, status.MPI_TAG, MPI_COMM_WORLD,
             MPI_STATUS_IGNORE);
    if (status.MPI_TAG == kStop) {
      stopped_ = true;
      return true;
    }
    const std::lock_guard lock(mutex_);
    inbox_[static_cast<std::size_t>(status.MPI_TAG)].push_back(std::move(bytes));
    arrived_.notify_all();
    return true;
  }

  int rank_ = 0, size_ = 1;
  bool broadcast_ = false, stop_sent_ = false;
  std::atomic<bool> stopped_{false}, leaving_{false};
  std::mutex mutex_;
  std::condition_variable arrived_;
  std::deque<Letter> outbox_;
  std::array<std::vector<std::string>, kTags> inbox_;
  std::thread postman_;
};

}  // namespace

std::unique_ptr<Ranks> StartRanks() { return std::make_unique<MpiRanks>(); }

}  // namespace perflaw
