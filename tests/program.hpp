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

#include "search/io/json.hpp"

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
