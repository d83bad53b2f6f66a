#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <pthread.h>

#include <csignal>
#include <cstdio>
#include <thread>

#include "search/cli/shell/command.hpp"
#include "search/io/text/files.hpp"
#include "search/web/server.hpp"

namespace perflaw {
namespace {

// Whether only this machine reaches the address: 127.0.0.0/8, ::1, or their name.
bool IsLoopback(const std::string& host) {
  in_addr four{};
  if (inet_pton(AF_INET, host.c_str(), &four) == 1) return ntohl(four.s_addr) >> 24 == 127;
  in6_addr six{};
  if (inet_pton(AF_INET6, host.c_str(), &six) == 1) return IN6_IS_ADDR_LOOPBACK(&six);
  return host == "localhost";
}

// While it lives Ctrl-C and SIGTERM stop the server, and are seen by one thread alone.
class StopOnSignal {
 public:
  explicit StopOnSignal(Server& server) {
    sigemptyset(&signals_);
    for (const int signal : {SIGINT, SIGTERM}) sigaddset(&signals_, signal);
    pthread_sigmask(SIG_BLOCK, &signals_, nullptr);
    thread_ = std::thread([this, &server] {
      int signal = 0;
      sigwait(&signals_, &signal);
      server.Stop();
    });
  }
  ~StopOnSignal() {
    pthread_kill(thread_.native_handle(), SIGINT);
    thread_.join();
  }
  StopOnSignal(const StopOnSignal&) = delete;
  StopOnSignal& operator=(const StopOnSignal&) = delete;

 private:
  sigset_t signals_{};
  std::thread thread_;
};

int RunServe(const ServerOptions& options) {
  const Catalogue catalogue = ReadCatalogue(ConfigsFolder(), PageFolder());
  Server server(catalogue, options);
  if (!IsLoopback(options.host)) {
    fmt::print(stderr,
               "perflaw: warning: bound to {}: anyone who reaches port {} of this machine can use "
               "it; there is no password and no encryption\n",
               options.host, server.port());
  }
  const StopOnSignal stop(server);
  Print(server.Url() + "\n");
  server.Run();
  return kDone;
}

}  // namespace

void AddServe(Command& program) {
  auto options = std::make_shared<ServerOptions>();
  Command& command = program.Add(
      "serve", "the explorer: a page on this machine that asks the program; Ctrl-C ends it");
  command.Value("--port", options->port, "default 8017; 0 takes a free one").Between(0, 65535);
  command.Value("--host", options->host,
                "the address to bind to; default 127.0.0.1, which only this machine reaches");
  command.Run([options] { return RunServe(*options); });
}

}  // namespace perflaw
