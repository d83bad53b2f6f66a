#include "search/web/connection.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

namespace perflaw {
namespace {

using Clock = std::chrono::steady_clock;

Clock::time_point After(Clock::time_point begin, double seconds) {
  return begin +
         std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(seconds));
}

// Waits until the socket can be read or written; false at the deadline.
bool WaitFor(int socket, short events, Clock::time_point deadline) {
  for (;;) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now()).count();
    if (left <= 0) return false;
    pollfd watched{socket, events, 0};
    const int ready = poll(&watched, 1, static_cast<int>(left));
    if (ready > 0) return true;
    if (ready < 0 && errno != EINTR) return false;
  }
}

bool IsPassing(int error) { return error == EAGAIN || error == EWOULDBLOCK || error == EINTR; }

}  // namespace

bool Connections::Enter(int socket) {
  const std::lock_guard lock(mutex_);
  if (closed_) return false;
  entries_[socket] = {Clock::now()};
  return true;
}

void Connections::Leave(int socket) {
  const std::lock_guard lock(mutex_);
  entries_.erase(socket);
}

void Connections::SetWorking(int socket, bool working) {
  const std::lock_guard lock(mutex_);
  if (const auto at = entries_.find(socket); at != entries_.end())
    at->second = {Clock::now(), working, at->second.cut};
}

void Connections::CutLongestIdle() {
  const std::lock_guard lock(mutex_);
  auto longest = entries_.end();
  for (auto at = entries_.begin(); at != entries_.end(); ++at) {
    if (at->second.working || at->second.cut) continue;
    if (longest == entries_.end() || at->second.since < longest->second.since) longest = at;
  }
  if (longest == entries_.end()) return;
  longest->second.cut = true;
  shutdown(longest->first, SHUT_RDWR);
}

void Connections::CutAll() {
  const std::lock_guard lock(mutex_);
  closed_ = true;
  for (const auto& [socket, entry] : entries_) shutdown(socket, SHUT_RDWR);
}

Connection::Connection(int socket, Connections& all)
    : socket_(socket), all_(all), open_(all.Enter(socket)), begin_(Clock::now()) {
  const int yes = 1;  // an answer is written at once
  setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
}

Connection::~Connection() {
  if (open_) all_.Leave(socket_);
  close(socket_);
}

std::string Connection::LocalAddress() const {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  if (getsockname(socket_, reinterpret_cast<sockaddr*>(&address), &size) != 0) return "";
  const void* numbers = nullptr;
  if (address.ss_family == AF_INET)
    numbers = &reinterpret_cast<const sockaddr_in*>(&address)->sin_addr;
  if (address.ss_family == AF_INET6)
    numbers = &reinterpret_cast<const sockaddr_in6*>(&address)->sin6_addr;
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (numbers == nullptr || !inet_ntop(address.ss_family, numbers, text.data(), text.size()))
    return "";
  return text.data();
}

Connection::Got Connection::Read(Clock::time_point deadline) {
  std::array<char, 1 << 14> chunk;
  for (;;) {
    if (!WaitFor(socket_, POLLIN, deadline)) return Got::kTooLate;
    const ssize_t got = recv(socket_, chunk.data(), chunk.size(), MSG_DONTWAIT);
    if (got < 0 && IsPassing(errno)) continue;
    if (got <= 0) return Got::kClosed;
    buffer_.append(chunk.data(), static_cast<std::size_t>(got));
    return Got::kAll;
  }
}

Connection::Got Connection::ReadHead(double seconds, std::size_t most_bytes, std::string& head) {
  constexpr std::string_view kEnd = "\r\n\r\n";
  for (std::size_t looked_at = 0;;) {
    const auto end = buffer_.find(kEnd, looked_at);
    if (end != std::string::npos && end + kEnd.size() <= most_bytes) {
      head = buffer_.substr(0, end + kEnd.size());
      buffer_.erase(0, end + kEnd.size());
      return Got::kAll;
    }
    if (buffer_.size() > most_bytes) return Got::kTooLong;
    looked_at = buffer_.size() - std::min(buffer_.size(), kEnd.size() - 1);
    if (const Got got = Read(After(begin_, seconds)); got != Got::kAll) return got;
  }
}

Connection::Got Connection::ReadBody(double seconds, std::size_t length, std::string& body) {
  while (buffer_.size() < length) {
    if (const Got got = Read(After(begin_, seconds)); got != Got::kAll) return got;
  }
  if (buffer_.size() > length) return Got::kTooLong;
  body.swap(buffer_);
  return Got::kAll;
}

bool Connection::Send(std::string_view bytes, double seconds) const {
  const auto deadline = After(Clock::now(), seconds);
  while (!bytes.empty()) {
    const ssize_t sent = send(socket_, bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent > 0) {
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    } else if (sent == 0 || !IsPassing(errno) || !WaitFor(socket_, POLLOUT, deadline)) {
      return false;
    }
  }
  return true;
}

void Connection::Linger(double seconds) const {
  shutdown(socket_, SHUT_WR);
  const auto deadline = After(Clock::now(), seconds);
  std::array<char, 1 << 14> chunk;
  while (WaitFor(socket_, POLLIN, deadline)) {
    const ssize_t got = recv(socket_, chunk.data(), chunk.size(), MSG_DONTWAIT);
    if (got == 0 || (got < 0 && !IsPassing(errno))) return;
  }
}

}  // namespace perflaw
