// The local server: the page, and the questions that it asks.
#pragma once

#include "search/web/catalogue.hpp"
#include "search/web/desk.hpp"
#include "search/web/http/http_server.hpp"

namespace perflaw {

struct ServerOptions : HttpOptions {
  DeskLimits desk;
};

// Answers GET /, GET /page/NAME and GET /api/catalog from the catalogue, and POST /api/... from the desk.
class Server {
 public:
  // As HttpServer. The catalogue must outlive it.
  Server(const Catalogue& catalogue, const ServerOptions& options);

  int port() const { return http_.port(); }
  std::string Url() const { return http_.Url(); }
  void Run() { http_.Run(); }
  void Stop() { http_.Stop(); }

  // Questions that are worked on now.
  int Working() const { return desk_.Working(); }

 private:
  HttpAnswer AnswerGet(const std::string& path) const;
  HttpAnswer AnswerTo(const HttpRequest& request);

  const Catalogue& catalogue_;
  Desk desk_;
  HttpServer http_;
};

}  // namespace perflaw
