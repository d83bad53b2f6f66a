// Who may ask what: looked at before anything of a request is read but its head. Pages of other sites can make a browser send
// requests to this machine, and names of theirs can point here (DNS rebinding); neither gets an answer.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "search/web/http/http_head.hpp"

namespace perflaw {

struct Refusal {
  int status;
  std::string sentence;
  std::string allow;  // of status 405: the method there is
};

// What there is to ask: the method of each path, GET or POST.
using Routes = std::map<std::string, std::string>;

class Guard {
 public:
  // `host` is the address that the server was told to bind to, `port` where it listens.
  Guard(std::string host, int port, Routes routes)
      : host_(std::move(host)), port_(port), routes_(std::move(routes)) {}

  // Nothing for a request that may go on. `local_address` is the one that the connection came to, which may be named as Host,
  // too, since no name can point to an address in numbers.
  //   Host: once, localhost, 127.0.0.1, [::1], `host` or `local_address`, with the port                    else 400, 403
  //   Origin, where there is one: http:// and that Host; Sec-Fetch-Site: same-origin or none, but a link
  //   to the page from elsewhere may be followed                                                            else 403
  //   the path exactly one of the routes (no query, nothing encoded), its method                            else 404, 405
  //   POST: Content-Type application/json, one Content-Length of at most kMostBody, no other coding         else 415, 411, 400, 413
  //   GET: no body                                                                                          else 400
  std::optional<Refusal> Check(const HttpHead& head, const std::string& local_address) const;

  static constexpr std::size_t kMostBody = 2'000'000;  // bytes

 private:
  std::optional<Refusal> CheckHost(const HttpHead& head, const std::string& local_address) const;
  std::optional<Refusal> CheckSource(const HttpHead& head) const;
  std::optional<Refusal> CheckRoute(const HttpHead& head) const;

  std::string host_;
  int port_;
  Routes routes_;
};

// The length of the body that a head announces, 0 without one. Precondition: the guard let it pass.
std::size_t BodyLength(const HttpHead& head);

}  // namespace perflaw
