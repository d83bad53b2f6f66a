// The local server: the page, and the questions that it asks.
#pragma once

#include <memory>
#include <string>

#include "search/web/catalogue.hpp"
#include "search/web/desk.hpp"

namespace perflaw {

struct ServerOptions {
  std::string host = "127.0.0.1";               // the address to bind to
  int port = 8017;                              // 0: a free one
  int most_connections = 128;                   // read, worked on and written to at once
  double read_seconds = 5, write_seconds = 10;  // of one request and one answer, in total
  DeskLimits desk;
};

// Answers GET /, GET /page/NAME and GET /api/catalog from the catalogue, and POST /api/... from the desk; see guard.hpp for what
// it refuses. A connection carries one request. While all places are taken and others wait, reading and writing have a tenth of a second,
// so slow clients keep nobody out for long.
class Server {
 public:
  // Binds. Throws std::runtime_error where that is not possible, as when the port is taken. The catalogue must outlive it.
  Server(const Catalogue& catalogue, const ServerOptions& options);
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  int port() const;
  std::string Url() const;  // "http://127.0.0.1:8017/"

  // Serves until Stop. Throws std::runtime_error when it ends for another reason.
  void Run();
  // Stops what is worked on and cuts off all clients; Run then returns soon. May be called from any thread, also before Run.
  void Stop();

  // Questions that are worked on now.
  int Working() const;

 private:
  class Implementation;
  std::unique_ptr<Implementation> implementation_;
};

}  // namespace perflaw
