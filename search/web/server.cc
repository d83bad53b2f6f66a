#include "search/web/server.hpp"

namespace perflaw {
namespace {

const std::string kPageFolder = "/page/";

Routes RoutesOf(const Catalogue& catalogue) {
  Routes routes = {{"/", "GET"}, {"/api/catalog", "GET"}};
  for (const auto& [name, file] : catalogue.page) routes[kPageFolder + name] = "GET";
  for (const std::string& path : Desk::Paths()) routes[path] = "POST";
  return routes;
}

}  // namespace

Server::Server(const Catalogue& catalogue, const ServerOptions& options)
    : catalogue_(catalogue),
      desk_(catalogue.configs, options.desk),
      http_(options, RoutesOf(catalogue),
            [this](const HttpRequest& request) { return AnswerTo(request); }) {}

HttpAnswer Server::AnswerGet(const std::string& path) const {
  if (path == "/api/catalog") return JsonAnswer(200, catalogue_.answer);
  const PageFile& file =
      catalogue_.page.at(path == "/" ? "index.html" : path.substr(kPageFolder.size()));
  return {200, file.type, file.text, {{"Cache-Control", "no-cache"}}};
}

HttpAnswer Server::AnswerTo(const HttpRequest& request) {
  if (request.method == "GET") return AnswerGet(request.path);
  const DeskAnswer answer = desk_.Ask(request.path, request.body, request.socket);
  HttpAnswer http = JsonAnswer(answer.status, answer.body);
  if (answer.try_again) http.headers.emplace_back("Retry-After", "1");
  return http;
}

}  // namespace perflaw
