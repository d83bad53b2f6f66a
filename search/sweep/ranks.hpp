// The processes that share one sweep, on one machine or several: rank 0 leads and answers, the others send it
// what they finished.
#pragma once

#include <string>
#include <vector>

namespace perflaw {

class Ranks {
 public:
  virtual ~Ranks() = default;
  virtual int Rank() const = 0;
  virtual int Size() const = 0;
  // True when this rank has something to do: rank 0 at once; another waits until rank 0 either broadcasts for the
  // first time or ends without (false).
  virtual bool Wanted() = 0;
  // Gives rank 0's bytes to every rank; all ranks call it the same number of times.
  virtual std::string Broadcast(const std::string& bytes) = 0;
  // To rank 0, from any other. Returns at once.
  virtual void Send(std::string bytes) = 0;
  // On rank 0: what arrived since the last call, perhaps nothing.
  virtual std::vector<std::string> Receive() = 0;
  // Asks every rank to stop; on another rank than 0, by way of rank 0, which has to call it, too.
  virtual void Stop() = 0;
  // True once a rank asked this one to. Any thread may ask.
  virtual bool Stopped() const = 0;
  // Says that this process ends with an error. When others wait for it, all end at once and this call does not
  // return.
  virtual void Fail(int status) = 0;
};

// One process has nobody to talk to.
class OneRank : public Ranks {
 public:
  int Rank() const override { return 0; }
  int Size() const override { return 1; }
  bool Wanted() override { return true; }
  std::string Broadcast(const std::string& bytes) override { return bytes; }
  void Send(std::string) override {}
  std::vector<std::string> Receive() override { return {}; }
  void Stop() override {}
  bool Stopped() const override { return false; }
  void Fail(int) override {}
};

}  // namespace perflaw
