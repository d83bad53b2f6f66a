// Where connections come in.
#pragma once

#include <functional>
#include <string>

namespace perflaw {

class Listener {
 public:
  // Binds to an address or a name and listens; port 0 takes a free one. Throws std::runtime_error where that is not possible, as
  // when the port is taken.
  Listener(const std::string& host, int port);
  ~Listener();
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  int port() const { return port_; }

  // Hands over each connection, which then is the taker's to close, until Stop or until the machine takes no more.
  void Run(const std::function<void(int socket)>& take) const;
  // May be called from any thread.
  void Stop() const;

 private:
  int socket_ = -1, port_ = 0;
};

}  // namespace perflaw
