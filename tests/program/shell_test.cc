// Completions and manual pages, as shells and readers use them.
#include <gtest/gtest.h>

#include <regex>
#include <set>

#include "tests/program/program.hpp"

namespace perflaw {
namespace {

using Words = std::vector<std::string>;

class Shell : public Program {
 protected:
  static bool IsThere(const std::string& tool) {
    return std::system(("command -v " + tool + " >/dev/null 2>&1").c_str()) == 0;
  }
  // What a shell line prints, and its status.
  Outcome Run(const std::string& line) const {
    const fs::path out = folder_ / "shell-out", err = folder_ / "shell-err";
    const int code = std::system(
        fmt::format("{{ {}\n}} >'{}' 2>'{}' </dev/null", line, out.string(), err.string()).c_str());
    return {WEXITSTATUS(code), Slurp(out), Slurp(err)};
  }
  std::string Script(const std::string& shell) const {
    return Write("perflaw." + shell, Call("completion " + shell).out);
  }

  // A shell finds the program as its user does.
  static std::string Path() {
    return fmt::format("PATH='{}':\"$PATH\" ",
                       fs::path(std::getenv("PERFLAW")).parent_path().string());
  }

  // What bash offers for the last of the words, which may be a part of one.
  std::set<std::string> Complete(const Words& words) const {
    std::string quoted;
    for (const std::string& word : words) quoted += " '" + word + "'";
    const std::string program = Write(
        "complete.sh", fmt::format("source '{}'\nCOMP_WORDS=(perflaw{})\nCOMP_CWORD={}\n_perflaw\n"
                                   "printf '%s\\n' \"${{COMPREPLY[@]}}\"\n",
                                   Script("bash"), quoted, words.size()));
    const Outcome run = Run(Path() + "bash '" + program + "'");
    EXPECT_EQ(run.status, 0);
    EXPECT_EQ(run.err, "");
    std::set<std::string> offered;
    std::istringstream lines(run.out);
    for (std::string line; std::getline(lines, line);)
      if (!line.empty()) offered.insert(line);
    return offered;
  }

  // The names of the commands, by the program's own help.
  Words Commands() const {
    const std::string help = Call("--help").out;
    const std::regex entry("\n  ([a-z]+) ");
    const std::string list = help.substr(help.find("Subcommands:"));
    Words names;
    for (auto at = std::sregex_iterator(list.begin(), list.end(), entry);
         at != std::sregex_iterator(); ++at) {
      if ((*at)[1] != "perflaw") names.push_back((*at)[1]);
    }
    return names;
  }

  // The long options of a command, by its own help.
  std::set<std::string> Options(const std::string& command) const {
    const std::string help = Call(command + " --help").out;
    const std::regex option("\n  (?:-[a-z],)?(--[a-z0-9-]+)");
    std::set<std::string> names;
    for (auto at = std::sregex_iterator(help.begin(), help.end(), option);
         at != std::sregex_iterator(); ++at)
      names.insert((*at)[1]);
    return names;
  }
};

using Set = std::set<std::string>;

TEST_F(Shell, BashCompletesCommandsOptionsAndChoices) {
  EXPECT_TRUE(Complete({"se"}).contains("search"));
  EXPECT_FALSE(Complete({"se"}).contains("size"));
  EXPECT_EQ(Complete({"search", "--me"}), Set{"--method"});
  EXPECT_EQ(Complete({"search", "--format", ""}), (Set{"table", "csv", "json", "markdown"}));
  EXPECT_EQ(Complete({"search", "--format", "=", "m"}), Set{"markdown"});
  EXPECT_EQ(Complete({"search", "--format", "="}), (Set{"table", "csv", "json", "markdown"}));
  EXPECT_EQ(Complete({"search", "study.json", "--method", "c"}), Set{"certified"});
  EXPECT_EQ(Complete({"size", ""}), (Set{"fit", "predict"}));
  EXPECT_EQ(Complete({"size", "fit", "--non"}), Set{"--nonnegative"});
  EXPECT_EQ(Complete({"size", "predict", "--non"}), Set{});
  EXPECT_EQ(Complete({"completion", ""}), (Set{"bash", "zsh", "fish"}));
  EXPECT_EQ(Complete({"man", "hea"}), Set{"health"});
  EXPECT_EQ(Complete({"search", "--top", ""}), Set{});
  // A value that reads as a command is none.
  EXPECT_EQ(Complete({"search", "--out", "fit", "--meth"}), Set{"--method"});
}

TEST_F(Shell, BashCompletesFilesAndPresets) {
  EXPECT_EQ(Complete({"search", "configs/st"}),
            (Set{"configs/studies", "configs/study.schema.json"}));
  EXPECT_EQ(
      Complete({"search", "--out", "configs/studies/author"}),
      (Set{"configs/studies/authors-planner.json", "configs/studies/authors-planner-full.json"}));
  EXPECT_EQ(Complete({"search", "--export", "configs/st"}), Set{"configs/studies"});
  EXPECT_EQ(Complete({"predict", "--law", "performance"}),
            (Set{"performance-law-2024", "performance-law-2026"}));
  EXPECT_TRUE(Complete({"compare", "llama-3.1-8b", "mixtral"}).contains("mixtral-8x7b"));
  EXPECT_TRUE(Complete({"compare", "llama-3.1-8b", "--accelerator", "h1"}).contains("h100-sxm"));
  Write("a file.csv", "");
  EXPECT_EQ(Complete({"audit", folder_.string() + "/a"}), Set{(folder_ / "a file.csv").string()});
}

TEST_F(Shell, BashKnowsEveryCommandAndOption) {
  const Words commands = Commands();
  ASSERT_GE(commands.size(), 14u);
  EXPECT_EQ(Complete({""}), Set(commands.begin(), commands.end()));
  for (const std::string& command : commands) {
    Set expected = Options(command);
    EXPECT_TRUE(expected.contains("--help")) << command;
    EXPECT_EQ(Complete({command, "--"}), expected) << command;
  }
}

TEST_F(Shell, EveryShellReadsItsScript) {
  EXPECT_EQ(Run("bash -n '" + Script("bash") + "'").status, 0);
  for (const std::string shell : {"zsh", "fish"}) {
    const std::string script = Script(shell);
    EXPECT_NE(Slurp(script).find(" __complete -- "), std::string::npos) << shell;
    if (!IsThere(shell)) continue;
    const Outcome run = Run(shell + " -n '" + script + "'");
    EXPECT_EQ(run.status, 0) << run.err;
  }
}

// What the scripts ask, and shells other than bash show beside each candidate.
TEST_F(Shell, CandidatesComeWithTheirDescriptions) {
  EXPECT_NE(Call("__complete -- se").out.find("search\tthe best architectures"), std::string::npos);
  EXPECT_NE(Call("__complete -- search --top").out.find("--top\thow many to list\n"),
            std::string::npos);
  EXPECT_EQ(Call("__complete -- search --format=m").out, "--format=markdown\n");
  EXPECT_EQ(Call("__complete -- search --export ''").out, ":folders\n");
  EXPECT_EQ(Call("__complete -- search --top ''").out, "");
  EXPECT_EQ(Call("__complete -- size predict --benchmark fit --non").out, "");
  EXPECT_EQ(Call("__complete").out, Call("__complete -- ''").out);
  EXPECT_EQ(Call("--help").out.find("__complete"), std::string::npos);
}

TEST_F(Shell, FishCompletes) {
  if (!IsThere("fish")) GTEST_SKIP() << "no fish here";
  const std::string script = Script("fish");
  const auto complete = [&](const std::string& line) {
    return Run(Path() +
               fmt::format("fish --no-config -c 'source {}; complete -C \"{}\"' | cut -f 1 | sort "
                           "| tr '\\n' ' '",
                           script, line))
        .out;
  };
  EXPECT_EQ(complete("perflaw search --me"), "--method ");
  EXPECT_EQ(complete("perflaw search --format "), "csv json markdown table ");
  EXPECT_EQ(complete("perflaw size "), "fit predict ");
  EXPECT_EQ(complete("perflaw predict --law perf"), "performance-law-2024 performance-law-2026 ");
  EXPECT_EQ(complete("perflaw search configs/studies/authors-planner-"),
            "configs/studies/authors-planner-full.json ");
}

TEST_F(Shell, RefusesOtherShellsAndCommands) {
  EXPECT_EQ(Call("completion tcsh").status, 2);
  EXPECT_EQ(Call("completion").status, 2);
  EXPECT_EQ(Call("man nothing").status, 2);
  EXPECT_EQ(Call("completion bash", "", "/dev/full").status, 1);
}

// The text of a page with roff's escapes taken back.
std::string Plain(std::string page) {
  page = std::regex_replace(page, std::regex(R"(\\f[BIR])"), "");
  page = std::regex_replace(page, std::regex(R"(\\-)"), "-");
  page = std::regex_replace(page, std::regex(R"(\\&)"), "");
  return std::regex_replace(page, std::regex(R"(\\e)"), "\\");
}

TEST_F(Shell, ManualPagesHaveTheirPartsInOrder) {
  Words pages = Commands();
  pages.emplace_back();
  for (const std::string& command : pages) {
    const Outcome run = Call("man " + command);
    ASSERT_EQ(run.status, 0) << run.err;
    std::size_t at = 0;
    for (const char* part : {".TH ", ".SH NAME\n", ".SH SYNOPSIS\n", ".SH DESCRIPTION\n",
                             ".SH OPTIONS\n", ".SH EXIT STATUS\n", ".SH SEE ALSO\n"}) {
      const std::size_t next = run.out.find(part);
      ASSERT_NE(next, std::string::npos) << command << part;
      EXPECT_GE(next, at) << command << part;
      at = next;
    }
    if (command != "serve") {
      EXPECT_NE(run.out.find(".SH EXAMPLES\n"), std::string::npos) << command;
    }
  }
}

// What man(7) does not know, groff would pass over in silence.
TEST_F(Shell, ManualPagesAreWellFormed) {
  Words pages = Commands();
  pages.emplace_back();
  const std::regex kFont(R"(\\f([BIR]))");
  const Set macros = {".TH", ".SH", ".SS", ".PP", ".TP", ".BR", ".nf", ".fi", ".RS", ".RE"};
  for (const std::string& command : pages) {
    const std::string page = Call("man " + command).out;
    std::istringstream lines(page);
    int filled = 0, indented = 0;
    std::string previous;
    for (std::string line; std::getline(lines, line); previous = line) {
      EXPECT_FALSE(line.empty()) << command;
      EXPECT_FALSE(line.starts_with("'")) << line;
      if (line.starts_with('.')) {
        EXPECT_TRUE(macros.contains(line.substr(0, line.find(' ')))) << line;
      }
      filled += line == ".nf" ? 1 : line == ".fi" ? -1 : 0;
      indented += line == ".RS" ? 1 : line == ".RE" ? -1 : 0;
      // A backslash begins one of these, and a font that begins ends on its line.
      const std::string rest = std::regex_replace(line, std::regex(R"(\\(f[BIR]|-|&|e))"), "");
      EXPECT_EQ(rest.find('\\'), std::string::npos) << line;
      std::string fonts;
      for (std::sregex_iterator f(line.begin(), line.end(), kFont); f != std::sregex_iterator();
           ++f)
        fonts += (*f)[1];
      EXPECT_TRUE(std::regex_match(fonts, std::regex("([BI]R)*"))) << line;
      if (previous == ".TP") {
        EXPECT_FALSE(line.starts_with('.')) << line;
      }
    }
    EXPECT_EQ(filled, 0);
    EXPECT_EQ(indented, 0);
    if (!IsThere("groff")) continue;
    const Outcome run = Run("groff -man -ww -z '" + Write("page.1", page) + "'");
    EXPECT_EQ(run.status, 0);
    EXPECT_EQ(run.err, "") << command;
  }
}

TEST_F(Shell, ManualPagesNameEveryOptionAndStatus) {
  for (const std::string& command : Commands()) {
    const std::string page = Plain(Call("man " + command).out);
    for (const std::string& option : Options(command))
      EXPECT_NE(page.find(option), std::string::npos) << command << option;
    for (const char* status : {"\n0\n", "\n1\n", "\n2\n", "\n3\n", "\n4\n", "\n130\n"})
      EXPECT_NE(page.find(status), std::string::npos) << command;
  }
  const std::string all = Plain(Call("man").out);
  for (const std::string& command : Commands())
    EXPECT_NE(all.find(".TP\n" + command + "\n"), std::string::npos) << command;
}

TEST_F(Shell, ManualPagesSayChoicesDefaultsAndExclusions) {
  const std::string predict = Plain(Call("man predict").out),
                    health = Plain(Call("man health").out);
  EXPECT_NE(predict.find("One of table, csv, json, markdown. Default: table."), std::string::npos)
      << predict;
  EXPECT_NE(predict.find("Default: performance-law-2024."), std::string::npos) << predict;
  EXPECT_TRUE(std::regex_search(predict, std::regex("--tokens TOKENS\n[^\n]*Not with --table\\.")))
      << predict;
  EXPECT_NE(health.find("One of suspect, abnormal."), std::string::npos) << health;
  EXPECT_TRUE(std::regex_search(
      health, std::regex("--reference FILE ?\\.?\\.?\\.?\n[^\n]*several times\\.")))
      << health;
  EXPECT_NE(Plain(Call("man search").out).find("perflaw search [OPTIONS] study\n"),
            std::string::npos);
  EXPECT_NE(Plain(Call("man curve").out).find("perflaw curve --vary AXIS=FROM..TO [OPTIONS]\n"),
            std::string::npos);
  EXPECT_NE(Plain(Call("man compare").out).find("Needs --accelerator."), std::string::npos);
  EXPECT_NE(Plain(Call("man size").out).find(".SS predict\n"), std::string::npos);
}

TEST_F(Shell, ExamplesOfTheManualRun) {
  // These write where the example says, take long or need the reader's own files.
  const Set left_out = {"completion", "health", "man", "report", "reproduce", "serve"};
  int ran = 0;
  for (const std::string& command : Commands()) {
    if (left_out.contains(command)) continue;
    std::istringstream lines(Plain(Call("man " + command).out));
    for (std::string line; std::getline(lines, line);) {
      if (!line.starts_with("perflaw " + command + " ") ||
          line.find("[OPTIONS]") != std::string::npos)
        continue;
      EXPECT_EQ(line.find(" -- "), std::string::npos);
      const Outcome run = Call(line.substr(std::string("perflaw ").size()));
      EXPECT_EQ(run.status, 0) << line << run.err;
      ++ran;
    }
  }
  EXPECT_GE(ran, 15);
}

}  // namespace
}  // namespace perflaw
