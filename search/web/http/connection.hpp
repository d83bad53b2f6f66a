// One client's connection: reads and writes within a bound of time in total, however slowly the other side goes.
#pragma once

#include <atomic>
#include <chrono>
#include <mutex>
#include <set>
#include <string>
#include <string_view>

namespace perflaw {

// The open connections. May be called from any thread.
class Connections {
 public:
  // False when no further connection is taken.
  bool Enter(int socket);
  // Before the socket is closed.
  void Leave(int socket);
  // Takes no more, and cuts off all: shutdown(2) wakes whoever waits for a socket.
  void CutAll();

  // While others wait for a place, nobody keeps one for longer than kCrowdedSeconds with reading or writing.
  void SetCrowded(bool crowded) { crowded_ = crowded; }
  bool IsCrowded() const { return crowded_; }

 private:
  std::mutex mutex_;
  std::set<int> sockets_;
  bool closed_ = false;
  std::atomic<bool> crowded_{false};
};
inline constexpr double kCrowdedSeconds = 0.1;

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

 private:
  using Clock = std::chrono::steady_clock;
  Got Read(double seconds);
  // Until the socket can be read or written; false `seconds` after `begin`, or when others need the place.
  bool Wait(short events, Clock::time_point begin, double seconds) const;

  int socket_;
  Connections& all_;
  bool open_;
  Clock::time_point begin_;
  std::string buffer_;
};

}  // namespace perflaw
