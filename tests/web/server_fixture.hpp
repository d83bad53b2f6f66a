// A server in this process, and clients that keep to no rules.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <thread>

#include "search/io/text/json.hpp"
#include "search/web/server.hpp"
#include "tests/web/raw_client.hpp"

namespace perflaw {

// Of an answer; 0 where there is none.
inline int StatusOf(const std::string& answer) {
  const std::string begin = "HTTP/1.1 ";
  return answer.starts_with(begin) ? std::atoi(answer.c_str() + begin.size()) : 0;
}
inline std::string BodyOf(const std::string& answer) {
  const auto end = answer.find("\r\n\r\n");
  return end == std::string::npos ? "" : answer.substr(end + 4);
}

class ServerTest : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    const auto page = std::filesystem::path(testing::TempDir()) / fmt::format("page-{}", getpid());
    std::filesystem::create_directories(page);
    for (const char* name : {"index.html", "a.js", "b.mjs", "c.css", "d.svg", "ignored.exe"})
      std::ofstream(page / name) << "text of " << name;
    catalogue_ = std::make_unique<Catalogue>(ReadCatalogue("configs", page));
    std::filesystem::remove_all(page);
  }
  static void TearDownTestSuite() { catalogue_.reset(); }

  void Start(ServerOptions options = {}) {
    options.port = 0;
    server_ = std::make_unique<Server>(*catalogue_, options);
    thread_ = std::thread([this] { server_->Run(); });
  }
  void Stop() {
    if (!thread_.joinable()) return;
    server_->Stop();
    thread_.join();
  }
  void TearDown() override { Stop(); }

  int port() const { return server_->port(); }
  std::string HostHeader() const { return fmt::format("Host: 127.0.0.1:{}\r\n", port()); }
  std::string PostText(const std::string& path, const std::string& body) const {
    return fmt::format(
        "POST {} HTTP/1.1\r\n{}Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{}",
        path, HostHeader(), body.size(), body);
  }
  // Sends the bytes and returns the answer.
  std::string Raw(const std::string& bytes) const {
    RawClient client(port());
    client.Send(bytes);
    return client.Receive();
  }
  std::string Post(const std::string& path, const std::string& body) const {
    return Raw(PostText(path, body));
  }
  // The number of questions that are worked on, once it is `wanted` or ten seconds are over: heavy work stands behind
  // whatever else a busy machine does.
  int Working(int wanted) const {
    constexpr int kMilliseconds = 10'000;
    for (int i = 0; i < kMilliseconds && server_->Working() != wanted; ++i)
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    return server_->Working();
  }

  static std::unique_ptr<Catalogue> catalogue_;
  std::unique_ptr<Server> server_;
  std::thread thread_;
};
inline std::unique_ptr<Catalogue> ServerTest::catalogue_;

// A search of a fraction of a second, and one that takes minutes.
inline Json SmallStudy() {
  return Json::parse(R"({
    "law": "performance-law-2024", "gamma": 1.1,
    "template": {"vocab": 32000, "head_dim": 128, "kv_heads": 8, "gated_ffn": true},
    "space": {"layers": {"from": 16, "to": 80, "step": 8}, "hidden": [1024, 2048, 4096],
              "ffn": {"from": 2048, "to": 28672, "step": 2048}, "experts": [1, 8], "experts_active": [1, 2],
              "experts_shared": [0, 1], "tokens": "budget"},
    "budget": {"accelerator": "h100-sxm", "count": 256, "days": 20, "mfu": 0.4, "max_tokens": "20T"},
    "training": {"data_parallel": 32, "tensor_parallel": 8, "zero": 1, "micro_batch": 1, "context": 4096},
    "inference": {"accelerator": "h100-sxm", "count": 8, "batch": 32, "context": 8192, "dtype": "bf16",
                  "kv_dtype": "bf16", "serve_tokens": "1e13"},
    "constraints": {"total_params": {"max": "100B"}, "kv_bytes_per_token": {"max": 400000}},
    "objective": "mmlu", "domain": "any", "method": "certified", "top": 5})");
}
inline Json LongStudy(const Catalogue& catalogue) {
  Json study =
      Json::parse(catalogue.configs.at("studies/moe-every-integer.json"), nullptr, true, true);
  study["pareto"] = {"mmlu", "active_params", "total_params"};
  return study;
}

}  // namespace perflaw
