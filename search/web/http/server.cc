#include "search/web/http/server.hpp"

#include <fmt/format.h>
#include <httplib.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>
#include <stdexcept>

#include "search/base/control.hpp"
#include "search/web/http/connection.hpp"
#include "search/web/http/connection_threads.hpp"
#include "search/web/http/guard.hpp"

namespace perflaw {
namespace {

constexpr std::size_t kLongestHead = 16'384;  // bytes
constexpr double kLingerSeconds = 1;
const std::string kPageFolder = "/page/";
constexpr const char* kJsonType = "application/json; charset=utf-8";
// Headers that the gate alone writes, on its way to a handler.
constexpr const char *kRefused = "Refused-Status", *kWhy = "Refused-Why", *kAllow = "Refused-Allow";

const httplib::Headers kSafeHeaders = {
    {"Content-Security-Policy",
     "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; "
     "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"},
    {"X-Content-Type-Options", "nosniff"},
    {"Referrer-Policy", "no-referrer"},
    {"Cross-Origin-Opener-Policy", "same-origin"},
    {"Cross-Origin-Resource-Policy", "same-origin"}};

Routes AllRoutes(const Catalogue& catalogue) {
  Routes routes = {{"/", "GET"}, {"/api/catalog", "GET"}};
  for (const auto& [name, file] : catalogue.page) routes[kPageFolder + name] = "GET";
  for (const std::string& path : Desk::Paths()) routes[path] = "POST";
  return routes;
}

// One request in memory, and the place for its answer.
class MemoryStream : public httplib::Stream {
 public:
  explicit MemoryStream(std::string request) : request_(std::move(request)) {}
  const std::string& answer() const { return answer_; }

  bool is_readable() const override { return true; }
  bool is_writable() const override { return true; }
  ssize_t read(char* to, std::size_t size) override {
    const std::size_t count = request_.copy(to, size, position_);
    position_ += count;
    return static_cast<ssize_t>(count);
  }
  ssize_t write(const char* from, std::size_t size) override {
    answer_.append(from, size);
    return static_cast<ssize_t>(size);
  }
  using httplib::Stream::write;
  void get_remote_ip_and_port(std::string&, int&) const override {}
  void get_local_ip_and_port(std::string&, int&) const override {}
  socket_t socket() const override { return 0; }

 private:
  std::string request_, answer_;
  std::size_t position_ = 0;
};

// The library shows its handlers no connection, but calls them on the thread that serves it.
thread_local Connection* current_connection = nullptr;

}  // namespace

// The library gets no byte of a client's before the gate here has read the whole request and found it well-formed, allowed and
// short, and then only what the handlers need of it: its own reader knows no bounds of time, headers or chunks.
class Server::Implementation : private httplib::Server {
 public:
  Implementation(const Catalogue& catalogue, const ServerOptions& options);

  int port() const { return port_; }
  std::string Url() const;
  void Run();
  void Stop();
  int Working() const { return desk_.Working(); }

 private:
  bool process_and_close_socket(socket_t socket) override;
  void Serve(Connection& connection);
  // What the library is to see; nothing when there is nobody to answer.
  std::optional<std::string> ReadRequest(Connection& connection, bool& whole);

  void AddHandlers();
  void AnswerGet(const std::string& path, httplib::Response& response) const;
  void AnswerQuestion(const httplib::Request& request, httplib::Response& response);

  const Catalogue& catalogue_;
  ServerOptions options_;
  Desk desk_;
  Connections connections_;
  std::optional<Guard> guard_;
  int port_ = 0;
  std::mutex mutex_;  // of what follows
  bool stopping_ = false, listening_ = true;
};

namespace {

std::string RefusedRequest(const std::string& method, const Refusal& refusal) {
  std::string text =
      fmt::format("{} / HTTP/1.1\r\n{}: {}\r\n{}: {}\r\n", method == "HEAD" ? "HEAD" : "GET",
                  kRefused, refusal.status, kWhy, refusal.sentence);
  if (!refusal.allow.empty()) text += fmt::format("{}: {}\r\n", kAllow, refusal.allow);
  return text + "\r\n";
}

std::string AllowedRequest(const HttpHead& head, const std::string& body) {
  return fmt::format("{} {} HTTP/1.1\r\nContent-Length: {}\r\n\r\n{}", head.method, head.target,
                     body.size(), body);
}

void Fill(httplib::Response& response, int status, const std::string& json) {
  response.status = status;
  response.set_header("Cache-Control", "no-store");
  response.set_content(json, kJsonType);
}

httplib::Server::HandlerResponse AnswerRefused(const httplib::Request& request,
                                               httplib::Response& response) {
  using Handled = httplib::Server::HandlerResponse;
  if (!request.has_header(kRefused)) return Handled::Unhandled;
  Fill(response, std::stoi(request.get_header_value(kRefused)),
       ErrorBody(request.get_header_value(kWhy)));
  if (request.has_header(kAllow)) response.set_header("Allow", request.get_header_value(kAllow));
  return Handled::Handled;
}

}  // namespace

Server::Implementation::Implementation(const Catalogue& catalogue, const ServerOptions& options)
    : catalogue_(catalogue), options_(options), desk_(catalogue.configs, options.desk) {
  // The library's default would let a second server share the port.
  set_socket_options([](socket_t socket) {
    const int yes = 1;
    setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  });
  errno = 0;
  port_ = options.port == 0 ? bind_to_any_port(options.host)
                            : (bind_to_port(options.host, options.port) ? options.port : -1);
  if (port_ < 0) {
    throw std::runtime_error(fmt::format("cannot listen on {} port {}: {}", options.host,
                                         options.port,
                                         errno != 0 ? std::strerror(errno) : "no such address"));
  }
  constexpr int kBacklog = 256;  // the library's five would delay a page of many files
  ::listen(svr_sock_, kBacklog);
  guard_.emplace(options.host, port_, AllRoutes(catalogue));
  new_task_queue = [this] {
    return new ConnectionThreads(static_cast<std::size_t>(options_.most_connections),
                                 [this](bool crowded) { connections_.SetCrowded(crowded); });
  };
  AddHandlers();
}

std::string Server::Implementation::Url() const {
  const bool is_v6 = options_.host.find(':') != std::string::npos;
  return fmt::format("http://{}:{}/", is_v6 ? '[' + options_.host + ']' : options_.host, port_);
}

void Server::Implementation::AnswerGet(const std::string& path, httplib::Response& response) const {
  if (path == "/api/catalog") return Fill(response, 200, catalogue_.answer);
  const PageFile& file =
      catalogue_.page.at(path == "/" ? "index.html" : path.substr(kPageFolder.size()));
  response.set_header("Cache-Control", "no-cache");
  response.set_content(file.text, file.type);
}

// Which paths there are the gate knows.
void Server::Implementation::AddHandlers() {
  set_default_headers(kSafeHeaders);
  set_pre_routing_handler(AnswerRefused);
  set_exception_handler(
      [](const httplib::Request&, httplib::Response& response, const std::exception_ptr&) {
        Fill(response, 500, ErrorBody("failed"));
      });
  Get(".*", [this](const httplib::Request& request, httplib::Response& response) {
    AnswerGet(request.path, response);
  });
  Post(".*", [this](const httplib::Request& request, httplib::Response& response) {
    AnswerQuestion(request, response);
  });
}

void Server::Implementation::AnswerQuestion(const httplib::Request& request,
                                            httplib::Response& response) {
  Connection& connection = *current_connection;
  const Answer answer = desk_.Ask(request.path, request.body, connection.socket());
  Fill(response, answer.status, answer.body);
  if (answer.try_again) response.set_header("Retry-After", "1");
}

std::optional<std::string> Server::Implementation::ReadRequest(Connection& connection,
                                                               bool& whole) {
  using Got = Connection::Got;
  std::string text, body;
  const Got got = connection.ReadHead(options_.read_seconds, kLongestHead, text);
  if (got == Got::kTooLong) return RefusedRequest("", {431, "the head is too long", ""});
  if (got != Got::kAll) {
    if (connection.Unread().empty()) return std::nullopt;
    return RefusedRequest("", got == Got::kTooLate ? Refusal{408, "the request came too slowly", ""}
                                                   : Refusal{400, "the request is cut off", ""});
  }
  const auto head = ParseHttpHead(text);
  if (!head) return RefusedRequest("", {400, "the head is not HTTP/1.1", ""});
  if (const auto refusal = guard_->Check(*head, connection.LocalAddress()))
    return RefusedRequest(head->method, *refusal);
  if (head->Count("expect") > 0)
    connection.Send("HTTP/1.1 100 Continue\r\n\r\n", options_.write_seconds);
  const Got read = connection.ReadBody(options_.read_seconds, BodyLength(*head), body);
  if (read == Got::kTooLate)
    return RefusedRequest(head->method, {408, "the body came too slowly", ""});
  if (read != Got::kAll)
    return RefusedRequest(head->method, {400, "the body is not as long as Content-Length", ""});
  whole = true;
  return AllowedRequest(*head, body);
}

void Server::Implementation::Serve(Connection& connection) {
  bool whole = false;
  auto request = ReadRequest(connection, whole);
  if (!request) return;
  MemoryStream stream(*std::move(request));
  current_connection = &connection;
  bool closed = false;
  process_request(stream, true, closed, nullptr);
  current_connection = nullptr;
  const bool sent = connection.Send(stream.answer(), options_.write_seconds);
  if (sent && !whole) connection.Linger(kLingerSeconds);
}

bool Server::Implementation::process_and_close_socket(socket_t socket) {
  Connection connection(socket, connections_);
  try {
    if (connection.IsOpen()) Serve(connection);
  } catch (const std::exception&) {
    // Memory may be short: this client gets no answer, the others go on.
    return false;
  }
  return true;
}

void Server::Implementation::Run() {
  listen_after_bind();
  const std::lock_guard lock(mutex_);
  listening_ = false;
  if (!stopping_) throw std::runtime_error("the machine takes no more connections");
}

void Server::Implementation::Stop() {
  const std::lock_guard lock(mutex_);
  stopping_ = true;
  connections_.CutAll();
  if (listening_) ::shutdown(svr_sock_, SHUT_RDWR);
}

Server::Server(const Catalogue& catalogue, const ServerOptions& options)
    : implementation_(std::make_unique<Implementation>(catalogue, options)) {}
Server::~Server() = default;

int Server::port() const { return implementation_->port(); }
std::string Server::Url() const { return implementation_->Url(); }
void Server::Run() { implementation_->Run(); }
void Server::Stop() { implementation_->Stop(); }
int Server::Working() const { return implementation_->Working(); }

}  // namespace perflaw
