// What a terminal gets: colours, pictures, aligned columns.
#include "tests/program/terminal.hpp"

#include <algorithm>
#include <cmath>
#include <set>
#include <sstream>

#include "search/terminal/utf8_text.hpp"

namespace perflaw {
namespace {

std::string WithoutColour(const std::string& text) {
  return std::regex_replace(text, std::regex("\033\\[[0-9;]*m"), "");
}

TEST_F(Terminal, ATerminalGetsTheSameWithColour) {
  for (const std::string& command : Commands()) {
    const Outcome shown = Show(command), piped = Pipe(command);
    EXPECT_EQ(shown.status, piped.status);
    EXPECT_EQ(Steady(WithoutColour(shown.out)), Steady(piped.out)) << command;
    for (const char* plain : {"--format csv", "--format markdown", "--json"})
      EXPECT_EQ(Show(command + " " + plain).out.find(kEscape), std::string::npos)
          << command << plain;
    // A heading, where there is a table: of one prediction there is a line.
    const bool table = !command.starts_with("size predict");
    EXPECT_EQ(shown.out.find("\033[1m") != std::string::npos, table) << command;
    EXPECT_EQ(Steady(Show(command, "NO_COLOR=1").out), Steady(piped.out)) << command;
  }
}

TEST_F(Terminal, NoColorCountsWhenItIsNotEmpty) {
  EXPECT_NE(Show("count --model deepseek-v3", "NO_COLOR=").out.find(kEscape), std::string::npos);
  EXPECT_EQ(Show("count --model deepseek-v3", "NO_COLOR=0").out.find(kEscape), std::string::npos);
}

TEST_F(Terminal, TerminalsWithoutEscapesGetNone) {
  for (const char* terminal : {"TERM=dumb", "TERM=", "-u TERM"})
    EXPECT_EQ(Show("count --model deepseek-v3", terminal).out.find(kEscape), std::string::npos)
        << terminal;
}

// A file's text is quoted, and must not reach the terminal as more than text.
TEST_F(Terminal, ErrorsHoldNoEscapesOfAFile) {
  const std::string study =
      Write("study.json", Study("[16]", R"(, "\u001b[31mred\u001b]0;title\u0007": 1)"));
  const Outcome run = Show("search '" + study + "'");
  EXPECT_EQ(run.status, 2);
  EXPECT_NE(run.out.find("[31mred"), std::string::npos) << run.out;
  EXPECT_EQ(run.out.find_first_of("\033\a"), std::string::npos) << run.out;
}

TEST_F(Terminal, NamesOfATableHoldNoEscapes) {
  const std::string table = Write("models.csv",
                                  "model,layers,hidden,ffn,tokens_trillion,total_params_billion,"
                                  "mmlu_reported\n\"\033]0;x\a\",32,4096,14336,15,8,66\n");
  const Outcome run = Show("audit '" + table + "'", "NO_COLOR=1");
  EXPECT_EQ(run.status, 0) << run.out;
  EXPECT_NE(run.out.find("?]0;x?"), std::string::npos) << run.out;
  EXPECT_EQ(run.out.find_first_of("\033\a"), std::string::npos) << run.out;
}

TEST_F(Terminal, TheBestAndWarningsStandOut) {
  const std::string text = Show("search '" + FrontStudy() + "'").out;
  EXPECT_TRUE(std::regex_search(text, std::regex("\n\033\\[32m1 [^\n]*\033\\[0m\n2 "))) << text;
  const std::string outside = Show("predict --model llama-3.1-8b --tokens 4000T").out;
  EXPECT_TRUE(std::regex_search(outside, std::regex("\n\033\\[33mwarning: [^\n]*\033\\[0m\n")))
      << outside;
}

TEST_F(Terminal, VerdictsHaveTheirColours) {
  const struct {
    std::vector<double> add;
    const char* begin;
  } cases[] = {{{0.3, -0.2, 0.1, 0, -0.1, 0.2, 0.1, -0.2}, "\033[32mhealthy\033[0m\n"},
               {{-20, -20.2, -20.1, -20, -19.9, -20.2, -20, -20.1}, "\033[33msuspect\033[0m\n"},
               {{0, 0.1, -0.1, 0, -6, -12, -18, -24}, "\033[31mabnormal\033[0m\n"}};
  for (const auto& c : cases) {
    const std::string text = Show("health '" + Curve(c.add) + "' --model llama-3.1-8b").out;
    EXPECT_TRUE(text.starts_with(c.begin)) << text;
  }
}

TEST_F(Terminal, PicturesAreOfFrontsAndCurves) {
  for (const std::string& command : Commands()) {
    const std::string text = Pipe(command).out;
    const bool pictured = command.starts_with("search '" + FrontStudy()) ||
                          command.starts_with("health") || command.starts_with("curve");
    EXPECT_EQ(text.find("┤") != std::string::npos, pictured) << command << text;
  }
}

// As many marks as different cells, the best at the top: the front's first metric is maximised.
TEST_F(Terminal, AFrontsPictureHoldsItsDesigns) {
  const std::string command = "search '" + FrontStudy() + "'";
  const Json result = Pipe(command + " --json").json();
  const std::string text = Pipe(command, "LC_ALL=C").out;
  const auto value = [](const Json& row, const char* key) { return row.at(key).get<double>(); };
  double lo[2] = {1e30, 1e30}, hi[2] = {0, 0};
  const char* keys[] = {"total_params", "mmlu"};
  for (const Json& row : result.at("front")) {
    for (std::size_t d = 0; d < 2; ++d) {
      lo[d] = std::min(lo[d], value(row, keys[d]));
      hi[d] = std::max(hi[d], value(row, keys[d]));
    }
  }
  const bool logarithmic = hi[0] / lo[0] > 20;
  std::set<std::pair<long, long>> cells;
  for (const Json& row : result.at("front")) {
    double x = (value(row, keys[0]) - lo[0]) / (hi[0] - lo[0]);
    if (logarithmic) x = std::log(value(row, keys[0]) / lo[0]) / std::log(hi[0] / lo[0]);
    const double y = (value(row, keys[1]) - lo[1]) / (hi[1] - lo[1]);
    cells.emplace(std::lround(59 * x), std::lround(14 * y));
  }
  std::istringstream lines(text);
  std::string line;
  while (std::getline(lines, line) && line.find_first_not_of(' ') != line.find("mmlu")) {
  }
  const std::size_t axis = line.find("mmlu");
  std::set<std::pair<long, long>> shown;
  for (long row = 14; row >= 0 && std::getline(lines, line); --row) {
    for (std::size_t i = axis + 1; i < line.size(); ++i) {
      if (line[i] != ' ') shown.emplace(static_cast<long>(i - axis - 1), row);
      if (line[i] == 'o') {
        EXPECT_EQ(row, 14) << text;
      }
    }
  }
  EXPECT_EQ(shown, cells) << text;
  EXPECT_GT(cells.size(), 10u);
  EXPECT_EQ(text.find("total_params (log)") != std::string::npos, logarithmic) << text;
}

TEST_F(Terminal, OtherLocalesGetAscii) {
  for (const std::string& command : Commands()) {
    for (const char* locale : {"LC_ALL=C", "LC_ALL=POSIX", "LC_CTYPE=en_US.ISO-8859-1", "LANG="}) {
      const std::string text = Pipe(command, locale).out;
      EXPECT_TRUE(std::all_of(text.begin(), text.end(),
                              [](char c) { return c == '\n' || (c >= ' ' && c < 127); }))
          << locale << text;
    }
  }
  const std::string curve = "curve --model llama-3.1-8b --vary tokens=1T..2T --points 3";
  EXPECT_NE(Pipe(curve, "LC_ALL=C LC_ALL=de_DE.utf8").out.find("┤"), std::string::npos);
}

TEST_F(Terminal, PicturesFitTheTerminalOrAreLeftOut) {
  const std::string curve = "curve --model llama-3.1-8b --vary tokens=1T..2T --points 3";
  const auto widest_of_picture = [](const std::string& text) {
    std::istringstream lines(text);
    std::size_t widest = 0;
    for (std::string line; std::getline(lines, line);) {
      if (line.find("│") != std::string::npos || line.find("└") != std::string::npos)
        widest = std::max(widest, DisplayWidth(line));
    }
    return widest;
  };
  EXPECT_EQ(widest_of_picture(Show(curve).out), widest_of_picture(Pipe(curve).out));
  for (const unsigned short columns : std::array<unsigned short, 2>{40, 50}) {
    EXPECT_EQ(widest_of_picture(Show(curve, "", columns).out), columns);
    EXPECT_EQ(widest_of_picture(Show(curve, fmt::format("COLUMNS={}", columns)).out), columns);
  }
  EXPECT_EQ(widest_of_picture(Show(curve, "", 20).out), 0u);
  for (const char* nonsense :
       {"COLUMNS=0", "COLUMNS=-5", "COLUMNS=wide", "COLUMNS=1e300", "COLUMNS=nan"})
    EXPECT_EQ(widest_of_picture(Show(curve, nonsense).out), widest_of_picture(Pipe(curve).out))
        << nonsense;
  // A pipe has no columns.
  EXPECT_EQ(Pipe(curve, "COLUMNS=20").out, Pipe(curve).out);
}

TEST_F(Terminal, NamesOfOtherScriptsStayAligned) {
  const std::string table =
      Write("models.csv",
            "model,layers,hidden,ffn,tokens_trillion,total_params_billion\n"
            "通义千问,32,4096,14336,15,8\nGröße,80,8192,28672,15,70\na|b,80,8192,28672,1,70\n");
  const Outcome run = Pipe("predict --table '" + table + "'");
  std::istringstream lines(run.out);
  std::string line;
  std::getline(lines, line);
  const std::size_t edge = line.find("MMLU") + 4;
  for (const char* name : {"通义千问", "Größe", "a|b"}) {
    ASSERT_TRUE(std::getline(lines, line));
    EXPECT_TRUE(line.starts_with(name));
    // Two decimals end under the heading.
    const std::size_t score = line.find('.') + 3;
    EXPECT_EQ(DisplayWidth(line.substr(0, score)), edge) << run.out;
  }
  const std::string markdown = Pipe("predict --format markdown --table '" + table + "'").out;
  EXPECT_NE(markdown.find("| a\\|b |"), std::string::npos) << markdown;
}

}  // namespace
}  // namespace perflaw
