// The program on a terminal and in a pipe.
#pragma once

#include <gtest/gtest.h>
#include <pty.h>
#include <sys/ioctl.h>

#include <array>
#include <functional>
#include <regex>
#include <string>
#include <vector>

#include "tests/program/program.hpp"

namespace perflaw {

inline constexpr char kEscape = '\033';

class Terminal : public Program {
 protected:
  // What may be done to a program by what its terminal shows so far.
  using Watcher = std::function<void(pid_t program, const std::string& shown)>;

  // The program on a terminal of so many columns, what it shows there (line ends as in a pipe) and its status.
  static Outcome Show(const std::string& arguments, const std::string& environment = "",
                      unsigned short columns = 200, const Watcher& watch = {}) {
    winsize size{};
    size.ws_row = 50;
    size.ws_col = columns;
    const std::string line = fmt::format(
        "exec env -u NO_COLOR -u COLUMNS -u LC_ALL -u LC_CTYPE LANG=C.UTF-8 TERM=xterm {} '{}' {}",
        environment, std::getenv("PERFLAW"), arguments);
    int terminal = -1;
    const pid_t child = forkpty(&terminal, nullptr, nullptr, &size);
    if (child == 0) {
      execl("/bin/sh", "sh", "-c", line.c_str(), nullptr);
      _exit(127);
    }
    Outcome outcome;
    std::array<char, 4096> buffer{};
    for (ssize_t n = 0; (n = read(terminal, buffer.data(), buffer.size())) > 0;) {
      outcome.out.append(buffer.data(), static_cast<std::size_t>(n));
      if (watch) watch(child, outcome.out);
    }
    int code = 0;
    EXPECT_EQ(waitpid(child, &code, 0), child);
    close(terminal);
    outcome.status = WIFEXITED(code) ? WEXITSTATUS(code) : 128 + WTERMSIG(code);
    outcome.out = std::regex_replace(outcome.out, std::regex("\r\n"), "\n");
    return outcome;
  }

  Outcome Pipe(const std::string& arguments, const std::string& environment = "") const {
    return Call(arguments,
                "env -u NO_COLOR -u COLUMNS -u LC_ALL -u LC_CTYPE LANG=C.UTF-8 " + environment);
  }

  std::string FrontStudy() const {
    return Write("front.json", Study(R"({"from": 16, "to": 80, "step": 8})",
                                     R"(, "pareto": ["mmlu", "total_params"])"));
  }

  // Scores as the law has them plus what `add` has for each, as a curve.
  std::string Curve(const std::vector<double>& add) const {
    const Json points =
        Call(fmt::format("curve --model llama-3.1-8b --vary tokens=1T..8T --points {} --json",
                         add.size()))
            .json()
            .at("series")[0]
            .at("points");
    std::string text = "tokens,mmlu\n";
    for (std::size_t i = 0; i < add.size(); ++i) {
      text += fmt::format("{},{}\n", points[i].at("tokens").get<double>(),
                          points[i].at("mmlu").get<double>() + add[i]);
    }
    return Write("curve.csv", text);
  }

  // Every command that has formats, on small inputs.
  std::vector<std::string> Commands() const {
    return {"search '" + FrontStudy() + "'",
            "search '" + Write("plain.json", Study()) + "' --why layers=16,hidden=1024,ffn=2048",
            "predict --model llama-3.1-8b --tokens 15T",
            "predict --table configs/tables/performance-law-table1.csv",
            "count --model deepseek-v3",
            "health '" + Curve({0.3, -0.2, 0.1, 0, -0.1, 0.2}) + "' --model llama-3.1-8b",
            "curve --model llama-3.1-8b --vary tokens=1T..100T --gamma 1,1.9 --points 9",
            "invert configs/cases/gpt-4.json --draws 4096",
            "audit configs/tables/performance-law-table1.csv",
            "compare llama-3.1-8b mixtral-8x7b --accelerator h100-sxm --count 8",
            "expand configs/expansions/7b-to-70b.json",
            "list families",
            "fit configs/tables/performance-law-table1.csv",
            "size fit configs/tables/sample-benchmark-scores.csv --benchmark score --nonnegative",
            "size predict --benchmark omniscience_accuracy --score 0.3"};
  }
};

// Seconds and rates differ from run to run.
inline std::string Steady(const std::string& text) {
  return std::regex_replace(text, std::regex(R"([0-9.]+ s[;,]|[0-9.]+[KMB]? points/s)"), "");
}

}  // namespace perflaw
