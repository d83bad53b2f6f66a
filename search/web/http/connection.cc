#include "search/web/http/connection.hpp"

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

bool IsPassing(int error) { return error == EAGAIN || error == EWOULDBLOCK || error == EINTR; }

}  // namespace

bool Connections::Enter(int socket) {
  const std::lock_guard lock(mutex_);
  if (!closed_) sockets_.insert(socket);
  return !closed_;
}

void Connections::Leave(int socket) {
  const std::lock_guard lock(mutex_);
  sockets_.erase(socket);
}

void Connections::CutAll() {
  const std::lock_guard lock(mutex_);
  closed_ = true;
  for (const int socket : sockets_) shutdown(socket, SHUT_RDWR);
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

bool Connection::Wait(short events, Clock::time_point begin, double seconds) const {
  for (;;) {
    const double past = std::chrono::duration<double>(Clock::now() - begin).count();
    const bool crowded = past >= kCrowdedSeconds && all_.IsCrowded();
    if (past >= seconds || crowded) return false;
    pollfd watched{socket_, events, 0};
    const double slice = std::min(seconds - past, kCrowdedSeconds);
    const int ready = poll(&watched, 1, static_cast<int>(slice * 1000) + 1);
    if (ready > 0) return true;
    if (ready < 0 && errno != EINTR) return false;
  }
}

Connection::Got Connection::Read(double seconds) {
  std::array<char, 1 << 14> chunk;
  for (;;) {
    if (!Wait(POLLIN, begin_, seconds)) return Got::kTooLate;
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
    if (const Got got = Read(seconds); got != Got::kAll) return got;
  }
}

Connection::Got Connection::ReadBody(double seconds, std::size_t length, std::string& body) {
  while (buffer_.size() < length) {
    if (const Got got = Read(seconds); got != Got::kAll) return got;
  }
  if (buffer_.size() > length) return Got::kTooLong;
  body.swap(buffer_);
  return Got::kAll;
}

bool Connection::Send(std::string_view bytes, double seconds) const {
  const auto begin = Clock::now();
  while (!bytes.empty()) {
    const ssize_t sent = send(socket_, bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent > 0) {
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    } else if (sent == 0 || !IsPassing(errno) || !Wait(POLLOUT, begin, seconds)) {
      return false;
    }
  }
  return true;
}

void Connection::Linger(double seconds) const {
  shutdown(socket_, SHUT_WR);
  const auto begin = Clock::now();
  std::array<char, 1 << 14> chunk;
  while (Wait(POLLIN, begin, seconds)) {
    const ssize_t got = recv(socket_, chunk.data(), chunk.size(), MSG_DONTWAIT);
    if (got == 0 || (got < 0 && !IsPassing(errno))) return;
  }
}

}  // namespace perflaw
