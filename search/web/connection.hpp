// One client's connection: reads and writes within a bound of time in total, however slowly the other side goes.
#pragma once

#include <chrono>
#include <map>
#include <mutex>
#include <string>
#include <string_view>

namespace perflaw {

// The open connections, so that the longest idle can be cut off when all places are taken, and all of them at the end. May be
// called from any thread. Sockets are cut by shutdown(2), which wakes the thread that waits for them.
class Connections {
 public:
  // False when no further connection is taken.
  bool Enter(int socket);
  // Before the socket is closed.
  void Leave(int socket);
  // While a question is worked on the connection is not idle.
  void SetWorking(int socket, bool working);
  // Cuts off who has read or written the longest.
  void CutLongestIdle();
  // Cuts off all, and takes no more.
  void CutAll();

 private:
  struct Entry {
    std::chrono::steady_clock::time_point since;
    bool working = false, cut = false;
  };
  std::mutex mutex_;
  std::map<int, Entry> entries_;
  bool closed_ = false;
};

class Connection {
 public:
  Connection(int socket, Connections& all);
  ~Connection();  // closes the socket
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  int socket() const { return socket_; }
  // False when the server ends.
  bool IsOpen() const { return open_; }
  // The address that it came to, in numbers; empty when not known.
  std::string LocalAddress() const;

  enum class Got { kAll, kClosed, kTooLong, kTooLate };
  // Waits for the bytes up to the empty line behind a head, within `seconds` from the connection's start.
  Got ReadHead(double seconds, std::size_t most_bytes, std::string& head);
  // Then for so many more.
  Got ReadBody(double seconds, std::size_t length, std::string& body);
  // Bytes read so far, of a head that did not end.
  std::string_view Unread() const { return buffer_; }

  // False when the client does not take it within `seconds`.
  bool Send(std::string_view bytes, double seconds) const;
  // Says that nothing follows, and lets the client end what it is sending, so that it sees the answer before the connection
  // breaks: at most so long.
  void Linger(double seconds) const;
  void SetWorking(bool working) { all_.SetWorking(socket_, working); }

 private:
  Got Read(std::chrono::steady_clock::time_point deadline);

  int socket_;
  Connections& all_;
  bool open_;
  std::chrono::steady_clock::time_point begin_;
  std::string buffer_;
};

}  // namespace perflaw
