// Answers requests over HTTP/1.1. A connection carries one.
#pragma once

#include <functional>
#include <mutex>
#include <optional>
#include <string>

#include "search/web/http/connection.hpp"
#include "search/web/http/connection_threads.hpp"
#include "search/web/http/guard.hpp"
#include "search/web/http/http_answer.hpp"
#include "search/web/http/listener.hpp"

namespace perflaw {

struct HttpOptions {
  std::string host = "127.0.0.1";               // the address to bind to
  int port = 8017;                              // 0: a free one
  int most_connections = 128;                   // read, worked on and written to at once
  double read_seconds = 5, write_seconds = 10;  // of one request and one answer, in total
};

// Throws InputError naming field, value and rule.
void Check(const HttpOptions& options);

struct HttpRequest {
  std::string method, path, body;
  int socket = -1;  // of the client, to see it leave
};
using HttpHandler = std::function<HttpAnswer(const HttpRequest& request)>;

// A request is answered by the handler once it has been read whole, found well-formed, and let pass by the guard, see guard.hpp. While
// all places are taken and others wait, reading and writing have a tenth of a second, so slow clients keep nobody out for long.
class HttpServer {
 public:
  // Binds. Throws InputError as Check, std::runtime_error where that is not possible, as when the port is taken. The handler may be called from several
  // threads at once; what it throws is answered with 500.
  HttpServer(const HttpOptions& options, Routes routes, HttpHandler handler);

  int port() const { return listener_.port(); }
  std::string Url() const;  // "http://127.0.0.1:8017/"

  // Serves until Stop. Throws std::runtime_error when it ends for another reason.
  void Run();
  // Cuts off all clients; Run then returns once the handlers have. May be called from any thread, also before Run.
  void Stop();

 private:
  void Serve(int socket);
  void Answer(Connection& connection);
  // What is answered, and whether the request was read whole; nothing where there is nobody to answer.
  struct Answered {
    std::string bytes;
    bool whole = false;
  };
  std::optional<Answered> AnswerTo(Connection& connection);
  HttpAnswer Handle(const HttpRequest& request) const;

  HttpOptions options_;
  HttpHandler handler_;
  Listener listener_;
  Guard guard_;
  Connections connections_;
  std::mutex mutex_;  // of what follows
  bool stopping_ = false;
};

}  // namespace perflaw
