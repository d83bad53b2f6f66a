#include "search/web/http/http_server.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <stdexcept>
#include <utility>

#include "search/base/error.hpp"

namespace perflaw {
namespace {

constexpr std::size_t kLongestHead = 16'384;  // bytes
constexpr double kLingerSeconds = 1;

std::string Refused(const std::string& method, const Refusal& refusal) {
  HttpAnswer answer = JsonAnswer(refusal.status, ErrorBody(refusal.sentence));
  if (!refusal.allow.empty()) answer.headers.emplace_back("Allow", refusal.allow);
  return BytesOf(answer, method);
}

const HttpOptions& Checked(const HttpOptions& options) {
  Check(options);
  return options;
}

}  // namespace

void Check(const HttpOptions& options) {
  constexpr const char* kOptions = "server options";
  Demand(options.port >= 0 && options.port <= 65535, kOptions, "port", options.port,
         "must be within 0 and 65535");
  Demand(options.most_connections >= 1, kOptions, "most_connections", options.most_connections,
         "must be at least 1");
  Demand(options.read_seconds > 0, kOptions, "read_seconds", options.read_seconds,
         "must be above 0");
  Demand(options.write_seconds > 0, kOptions, "write_seconds", options.write_seconds,
         "must be above 0");
}

HttpServer::HttpServer(const HttpOptions& options, Routes routes, HttpHandler handler)
    : options_(Checked(options)),
      handler_(std::move(handler)),
      listener_(options.host, options.port),
      guard_(options.host, listener_.port(), std::move(routes)) {}

std::string HttpServer::Url() const {
  const bool is_v6 = options_.host.find(':') != std::string::npos;
  return fmt::format("http://{}:{}/", is_v6 ? '[' + options_.host + ']' : options_.host, port());
}

HttpAnswer HttpServer::Handle(const HttpRequest& request) const {
  try {
    return handler_(request);
  } catch (const std::exception&) {
    return JsonAnswer(500, ErrorBody("failed"));
  }
}

std::optional<HttpServer::Answered> HttpServer::AnswerTo(Connection& connection) {
  using Got = Connection::Got;
  const auto refuse = [](const std::string& method, int status, const char* why) {
    return Answered{Refused(method, {status, why, ""})};
  };
  std::string text, body;
  const Got got = connection.ReadHead(options_.read_seconds, kLongestHead, text);
  if (got == Got::kTooLong) return refuse("", 431, "the head is too long");
  if (got != Got::kAll) {
    if (connection.Unread().empty()) return std::nullopt;
    return got == Got::kTooLate ? refuse("", 408, "the request came too slowly")
                                : refuse("", 400, "the request is cut off");
  }
  const auto head = ParseHttpHead(text);
  if (!head) return refuse("", 400, "the head is not HTTP/1.1");
  const std::string& method = head->method;
  if (const auto refusal = guard_.Check(*head, connection.LocalAddress()))
    return Answered{Refused(method, *refusal)};
  if (head->Count("expect") > 0)
    connection.Send("HTTP/1.1 100 Continue\r\n\r\n", options_.write_seconds);
  const Got read = connection.ReadBody(options_.read_seconds, BodyLength(*head), body);
  if (read == Got::kTooLate) return refuse(method, 408, "the body came too slowly");
  if (read != Got::kAll) return refuse(method, 400, "the body is not as long as Content-Length");
  const HttpRequest request{method, head->target, std::move(body), connection.socket()};
  return Answered{BytesOf(Handle(request), method), true};
}

void HttpServer::Answer(Connection& connection) {
  const auto answered = AnswerTo(connection);
  if (!answered) return;
  const bool sent = connection.Send(answered->bytes, options_.write_seconds);
  if (sent && !answered->whole) connection.Linger(kLingerSeconds);
}

void HttpServer::Serve(int socket) {
  try {
    Connection connection(socket, connections_);
    if (connection.IsOpen()) Answer(connection);
  } catch (const std::exception&) {
    // Memory may be short: this client gets no answer, the others go on.
  }
}

void HttpServer::Run() {
  ConnectionThreads threads(static_cast<std::size_t>(options_.most_connections),
                            [this](bool crowded) { connections_.SetCrowded(crowded); });
  listener_.Run([&](int socket) {
    try {
      threads.Add([this, socket] { Serve(socket); });
    } catch (const std::exception&) {
      close(socket);  // as in Serve
    }
  });
  threads.Finish();
  const std::lock_guard lock(mutex_);
  if (!stopping_) throw std::runtime_error("the machine takes no more connections");
}

void HttpServer::Stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  connections_.CutAll();
  listener_.Stop();
}

}  // namespace perflaw
