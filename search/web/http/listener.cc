#include "search/web/http/listener.hpp"

#include <fmt/format.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <memory>
#include <stdexcept>
#include <thread>

namespace perflaw {
namespace {

constexpr int kBacklog = 256;  // a page of many files, several times

using Addresses = std::unique_ptr<addrinfo, decltype(&freeaddrinfo)>;

Addresses AddressesOf(const std::string& host, int port) {
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
  addrinfo* found = nullptr;
  if (getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &found) != 0) found = nullptr;
  return {found, freeaddrinfo};
}

// A socket that listens there, or -1 with errno set.
int ListenAt(const addrinfo& address) {
  const int found =
      socket(address.ai_family, address.ai_socktype | SOCK_CLOEXEC, address.ai_protocol);
  if (found < 0) return -1;
  // A port whose last connections are just closing can be had again, one that a server has cannot.
  const int yes = 1, no = 0;
  setsockopt(found, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  if (address.ai_family == AF_INET6) setsockopt(found, IPPROTO_IPV6, IPV6_V6ONLY, &no, sizeof no);
  if (bind(found, address.ai_addr, address.ai_addrlen) == 0 && listen(found, kBacklog) == 0)
    return found;
  const int error = errno;
  close(found);
  errno = error;
  return -1;
}

int PortOf(int socket) {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  if (getsockname(socket, reinterpret_cast<sockaddr*>(&address), &size) != 0) return 0;
  return ntohs(address.ss_family == AF_INET6
                   ? reinterpret_cast<const sockaddr_in6*>(&address)->sin6_port
                   : reinterpret_cast<const sockaddr_in*>(&address)->sin_port);
}

}  // namespace

Listener::Listener(const std::string& host, int port) {
  errno = 0;
  const Addresses addresses = AddressesOf(host, port);
  for (const addrinfo* one = addresses.get(); one != nullptr && socket_ < 0; one = one->ai_next)
    socket_ = ListenAt(*one);
  if (socket_ < 0) {
    throw std::runtime_error(fmt::format("cannot listen on {} port {}: {}", host, port,
                                         errno != 0 ? std::strerror(errno) : "no such address"));
  }
  port_ = PortOf(socket_);
}

Listener::~Listener() { close(socket_); }

void Listener::Run(const std::function<void(int socket)>& take) const {
  for (;;) {
    const int connection = accept4(socket_, nullptr, nullptr, SOCK_CLOEXEC);
    if (connection >= 0) {
      take(connection);
    } else if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
      std::this_thread::sleep_for(std::chrono::milliseconds(1));  // others will end
    } else if (errno == EINVAL || errno == EBADF) {
      return;  // Stop
    }
    // All else is of one connection that broke before it was taken.
  }
}

void Listener::Stop() const { shutdown(socket_, SHUT_RDWR); }

}  // namespace perflaw
