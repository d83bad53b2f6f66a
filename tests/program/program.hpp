// Runs the program from outside, as a user does.
#pragma once

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include "search/io/text/json.hpp"

namespace perflaw {

namespace fs = std::filesystem;

inline std::string Slurp(const fs::path& path) {
  std::ifstream in(path);
  std::stringstream text;
  text << in.rdbuf();
  return text.str();
}

struct Outcome {
  int status = -1;
  std::string out, err;
  Json json() const { return ParseJson(out, "standard output"); }
};

class Program : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::path(testing::TempDir()) /
              fmt::format("program-{}-{}", getpid(),
                          testing::UnitTest::GetInstance()->current_test_info()->name());
    fs::create_directories(folder_);
  }
  void TearDown() override { fs::remove_all(folder_); }

  // `before` is a shell prefix, as "timeout 1"; standard output goes to `device` when given; `variable` names the
  // environment variable that holds the program.
  Outcome Call(const std::string& arguments, const std::string& before = "",
               const std::string& device = "", const char* variable = "PERFLAW") const {
    const char* program = std::getenv(variable);
    EXPECT_NE(program, nullptr);
    const fs::path out = folder_ / "out", err = folder_ / "err";
    const std::string target = device.empty() ? out.string() : device;
    const int code = std::system(fmt::format("{} '{}' {} >'{}' 2>'{}' </dev/null", before, program,
                                             arguments, target, err.string())
                                     .c_str());
    return {WIFEXITED(code) ? WEXITSTATUS(code) : 128 + WTERMSIG(code), Slurp(out), Slurp(err)};
  }
  std::string Write(const std::string& name, const std::string& text) const {
    std::ofstream(folder_ / name) << text;
    return (folder_ / name).string();
  }

  // The main job on another lattice.
  std::string MainJob(const std::string& layers_step, const std::string& ffn_step,
                      const std::string& hidden_step = "1024") const {
    std::string text = Slurp("configs/studies/1024xh100-30d.json");
    const auto put = [&](const std::string& from, const std::string& to) {
      const auto at = text.find(from);
      EXPECT_NE(at, std::string::npos) << from;
      if (at != std::string::npos) text.replace(at, from.size(), to);
    };
    put(R"("to": 126, "step": 2)", R"("to": 124, "step": )" + layers_step);
    put(R"("to": 65536, "step": 128)", R"("to": 65536, "step": )" + ffn_step);
    put(R"("to": 16384, "step": 1024)", R"("to": 16384, "step": )" + hidden_step);
    return Write("study.json", text);
  }

  // The arguments of a search that takes one thread at least so many seconds on this machine, and its result.
  std::pair<std::string, Json> SearchOf(double seconds) const {
    const std::pair<const char*, const char*> steps[] = {{"4", "128"}, {"4", "16"}, {"4", "2"},
                                                         {"2", "2"},   {"2", "1"},  {"1", "1"}};
    for (const auto& [layers, ffn] : steps) {
      const std::string arguments =
          fmt::format("search '{}' --method exhaustive --json --threads 1", MainJob(layers, ffn));
      const Outcome run = Call(arguments);
      EXPECT_EQ(run.status, 0) << run.err;
      if (run.json().at("seconds").get<double>() >= seconds) return {arguments, run.json()};
    }
    ADD_FAILURE() << "no study takes " << seconds << " s";
    return {"search absent.json", Json::object()};
  }

  fs::path folder_;
};

// A study of 9 x 8 x 14 dense points; the argument stands in for its `space.layers`.
inline std::string Study(const std::string& layers = R"({"from": 16, "to": 80, "step": 8})",
                         const std::string& more = "") {
  return R"({"template": {"vocab": 32000, "head_dim": 128, "kv_heads": 8, "gated_ffn": true},
             "space": {"layers": )" +
         layers + R"(, "hidden": {"from": 1024, "to": 8192, "step": 1024},
                       "ffn": {"from": 2048, "to": 28672, "step": 2048}, "tokens": "budget"},
             "budget": {"accelerator": "h100-sxm", "count": 256, "days": 20, "mfu": 0.4, "max_tokens": "20T"},
             "domain": "any", "top": 5)" +
         more + "}";
}

// What holds in common for every result, and the volatile keys cut off.
inline Json Canonical(Json result) {
  for (const char* key : {"seconds", "threads", "ranks", "points_per_second"}) {
    EXPECT_TRUE(result.contains(key)) << key;
    result.erase(key);
  }
  return result;
}

}  // namespace perflaw
