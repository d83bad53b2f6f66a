// What standard output gets, by --format, on a terminal and in a pipe.
#include <gtest/gtest.h>
#include <pty.h>
#include <sys/ioctl.h>

#include <algorithm>
#include <array>
#include <regex>
#include <set>

#include "search/io/table_file.hpp"
#include "search/io/utf8_text.hpp"
#include "tests/program.hpp"

namespace perflaw {
namespace {

constexpr char kEscape = '\033';

class Terminal : public Program {
 protected:
  // The program on a terminal of so many columns, what it shows there (line ends as in a pipe) and its status.
  static Outcome Show(const std::string& arguments, const std::string& environment = "",
                      unsigned short columns = 200) {
    winsize size{};
    size.ws_row = 50;
    size.ws_col = columns;
    const std::string line =
        fmt::format("exec env -u NO_COLOR -u COLUMNS -u LC_ALL -u LC_CTYPE LANG=C.UTF-8 {} '{}' {}",
                    environment, std::getenv("PERFLAW"), arguments);
    int terminal = -1;
    const pid_t child = forkpty(&terminal, nullptr, nullptr, &size);
    if (child == 0) {
      execl("/bin/sh", "sh", "-c", line.c_str(), nullptr);
      _exit(127);
    }
    Outcome outcome;
    std::array<char, 4096> buffer{};
    for (ssize_t n = 0; (n = read(terminal, buffer.data(), buffer.size())) > 0;)
      outcome.out.append(buffer.data(), static_cast<std::size_t>(n));
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
            "invert configs/cases/gpt-4.json --draws 4096"};
  }
};

std::string WithoutColour(const std::string& text) {
  return std::regex_replace(text, std::regex("\033\\[[0-9;]*m"), "");
}

// Seconds and rates differ from run to run.
std::string Steady(const std::string& text) {
  return std::regex_replace(text, std::regex(R"([0-9.]+ s[;,]|[0-9.]+[KMB]? points/s)"), "");
}

// The lines as words, pictures, rules of tables and empty lines left out.
std::vector<std::string> Words(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with("| ---")) continue;
    // Unescaped, a cell's bar is a blank; nothing that these commands print has one of its own.
    line = std::regex_replace(line, std::regex(R"(\\(.))"), "$1");
    line = std::regex_replace(line, std::regex(R"([| ]+)"), " ");
    line = std::regex_replace(line, std::regex("^ | $"), "");
    if (!line.empty()) lines.push_back(line);
  }
  return lines;
}

// A picture is from its first line, the title above the axis, to its last.
std::string WithoutPicture(const std::string& text) {
  return std::regex_replace(
      text,
      std::regex("\n +[A-Za-z_]+( \\(log\\))?\n[^\n]*┤[^]*?└[^\n]*\n[^\n]*\n[^\n]*\n( +●[^\n]*\n| "
                 "+·[^\n]*\n)?"),
      "\n");
}

TEST_F(Terminal, JsonIsTheJsonOfTheFormat) {
  for (const std::string& command : Commands()) {
    const Outcome flag = Pipe(command + " --json"), format = Pipe(command + " --format json");
    ASSERT_EQ(flag.status, 0) << command << flag.err;
    Json a = flag.json(), b = format.json();
    for (Json* json : {&a, &b}) {
      for (const char* key : {"seconds", "points_per_second"}) json->erase(key);
    }
    EXPECT_EQ(a, b) << command;
    EXPECT_EQ(Pipe(command + " --json --format json").status, 0) << command;
  }
}

TEST_F(Terminal, CsvHoldsTheRowsOfTheJson) {
  const struct {
    std::size_t command;
    const char *rows, *key, *column;
  } cases[] = {
      {0, "/best", "mmlu", "mmlu"},          {0, "/best", "total_params", "total_params"},
      {3, "/rows", "mmlu_raw", "mmlu_raw"},  {3, "/rows", "mmlu_reported", "mmlu_reported"},
      {5, "/curve", "expected", "expected"}, {6, "/series/0/points", "tokens", "tokens"}};
  const std::vector<std::string> commands = Commands();
  for (const auto& c : cases) {
    const std::string& command = commands[c.command];
    const Json rows = Pipe(command + " --json").json().at(Json::json_pointer(c.rows));
    const CsvTable table = ParseCsv(Pipe(command + " --format csv").out, command);
    ASSERT_GE(table.rows.size(), rows.size()) << command;
    const auto at = std::find(table.header.begin(), table.header.end(), c.column);
    ASSERT_NE(at, table.header.end()) << command << c.column;
    const auto column = static_cast<std::size_t>(at - table.header.begin());
    for (std::size_t i = 0; i < rows.size(); ++i)
      EXPECT_EQ(std::stod(table.rows[i][column]), rows[i].at(c.key).get<double>()) << command;
  }
}

TEST_F(Terminal, CsvOfASearchIsItsFile) {
  const std::string file = (folder_ / "best.csv").string();
  const Outcome run = Pipe("search '" + FrontStudy() + "' --format csv --out '" + file + "'");
  EXPECT_EQ(run.out, Slurp(file));
  EXPECT_EQ(ParseCsv(run.out, "out").rows.size(), 5u);
}

TEST_F(Terminal, CsvOfCountAndInvertNamesBlocksAndIntervals) {
  const Json count = Pipe("count --model deepseek-v3 --json").json();
  Count total = 0, active = 0;
  for (const auto& row :
       ParseCsv(Pipe("count --model deepseek-v3 --format csv").out, "count").rows) {
    total += std::stoll(row[1]);
    active += std::stoll(row[2]);
  }
  EXPECT_EQ(total, count.at("total_params").get<Count>());
  EXPECT_EQ(active, count.at("active_params").get<Count>());
  const std::string invert = "invert configs/cases/gpt-4.json --draws 4096";
  const Json intervals = Pipe(invert + " --json").json().at("intervals");
  const CsvTable table = ParseCsv(Pipe(invert + " --format csv").out, "invert");
  EXPECT_EQ(table.header,
            (std::vector<std::string>{"name", "q05", "q25", "q50", "q75", "q95", "identified"}));
  ASSERT_EQ(table.rows.size(), intervals.size());
  for (const auto& row : table.rows) {
    if (row[0] == "released") continue;
    EXPECT_EQ(std::stod(row[3]), intervals.at(row[0]).at("q50").get<double>()) << row[0];
  }
}

TEST_F(Terminal, MarkdownSaysWhatTheTableSays) {
  for (const std::string& command : Commands()) {
    const Outcome table = Pipe(command), markdown = Pipe(command + " --format markdown");
    ASSERT_EQ(markdown.status, 0) << markdown.err;
    EXPECT_EQ(Words(Steady(markdown.out)), Words(Steady(WithoutPicture(table.out)))) << command;
    EXPECT_EQ(markdown.out.find("┤"), std::string::npos);
    // Every row of a table has as many cells as its header.
    std::istringstream lines(markdown.out);
    std::ptrdiff_t bars = 0;
    for (std::string line; std::getline(lines, line);) {
      const std::string plain = std::regex_replace(line, std::regex(R"(\\.)"), "");
      const auto found = std::count(plain.begin(), plain.end(), '|');
      if (found > 0 && bars > 0) {
        EXPECT_EQ(found, bars) << line;
      }
      bars = found;
    }
  }
}

TEST_F(Terminal, RefusesFormatsThatAreNoneOrContradict) {
  for (const std::string& command : Commands()) {
    for (const char* flags : {" --format xml", " --format CSV", " --format ''",
                              " --format table --json", " --json --format csv", " --format"}) {
      const Outcome run = Pipe(command + flags);
      EXPECT_EQ(run.status, 2) << command << flags;
      EXPECT_EQ(run.out, "") << command << flags;
      EXPECT_NE(run.err.find("--format"), std::string::npos) << run.err;
    }
  }
}

TEST_F(Terminal, NothingFeasibleIsNoRows) {
  const std::string study = Write("none.json", Study(R"({"from": 16, "to": 80, "step": 8})",
                                                     R"(, "constraints": {"mmlu": {"min": 99}})"));
  const Outcome csv = Pipe("search '" + study + "' --format csv");
  EXPECT_EQ(csv.status, 3);
  EXPECT_EQ(csv.out, "");
  EXPECT_NE(csv.err.find("no rows"), std::string::npos) << csv.err;
  for (const char* format : {"table", "markdown"}) {
    const Outcome run = Pipe("search '" + study + "' --format " + format);
    EXPECT_EQ(run.status, 3);
    EXPECT_NE(run.out.find("Nothing is feasible"), std::string::npos) << run.out;
  }
  EXPECT_EQ(Pipe("search '" + study + "' --format json").json().at("status"), "infeasible");
}

TEST_F(Terminal, APipeNeverGetsAnEscape) {
  const std::string table = Write("models.csv",
                                  "model,layers,hidden,ffn,tokens_trillion,total_params_"
                                  "billion\n\"\033[31mred\033]0;x\a\",32,4096,14336,15,8\n");
  std::vector<std::string> commands = Commands();
  commands.push_back("predict --table '" + table + "'");
  for (const std::string& command : commands) {
    for (const char* format : {"table", "markdown", "json"}) {
      const Outcome run =
          Pipe(command + " --format " + format,
               "TERM=xterm-256color COLORTERM=truecolor FORCE_COLOR=1 CLICOLOR_FORCE=1");
      EXPECT_EQ(run.status, 0) << run.err;
      EXPECT_EQ(run.out.find(kEscape), std::string::npos) << command << format;
    }
  }
}

TEST_F(Terminal, ATerminalGetsTheSameWithColour) {
  for (const std::string& command : Commands()) {
    const Outcome shown = Show(command), piped = Pipe(command);
    EXPECT_EQ(shown.status, piped.status);
    EXPECT_EQ(Steady(WithoutColour(shown.out)), Steady(piped.out)) << command;
    for (const char* plain : {"--format csv", "--format markdown", "--json"})
      EXPECT_EQ(Show(command + " " + plain).out.find(kEscape), std::string::npos)
          << command << plain;
    EXPECT_NE(shown.out.find("\033[1m"), std::string::npos) << command;  // a heading
    EXPECT_EQ(Steady(Show(command, "NO_COLOR=1").out), Steady(piped.out)) << command;
  }
}

TEST_F(Terminal, NoColorCountsWhenItIsNotEmpty) {
  EXPECT_NE(Show("count --model deepseek-v3", "NO_COLOR=").out.find(kEscape), std::string::npos);
  EXPECT_EQ(Show("count --model deepseek-v3", "NO_COLOR=0").out.find(kEscape), std::string::npos);
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
  const std::vector<std::string> commands = Commands();
  const bool pictured[] = {true, false, false, false, false, true, true, false};
  for (std::size_t i = 0; i < commands.size(); ++i) {
    const std::string text = Pipe(commands[i]).out;
    EXPECT_EQ(text.find("┤") != std::string::npos, pictured[i]) << commands[i] << text;
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

TEST_F(Terminal, AClosedOrFullOutputIsAnError) {
  for (const char* format : {"table", "csv", "json", "markdown"}) {
    for (const std::string& target : {std::string(">&-"), std::string(">/dev/full")}) {
      const int code = std::system(
          fmt::format("'{}' count --model deepseek-v3 --format {} {} 2>'{}'",
                      std::getenv("PERFLAW"), format, target, (folder_ / "err").string())
              .c_str());
      EXPECT_EQ(WEXITSTATUS(code), 1) << format << target;
      EXPECT_NE(Slurp(folder_ / "err").find("standard output"), std::string::npos)
          << format << target;
    }
  }
}

TEST_F(Terminal, AnInterruptedSearchPrintsWhatItFoundInEveryFormat) {
  std::string text = Study(R"({"from": 1, "to": 1000, "step": 1})");
  const std::string narrow = R"({"from": 2048, "to": 28672, "step": 2048})";
  text.replace(text.find(narrow), narrow.size(), R"({"from": 1, "to": 1000000, "step": 1})");
  const std::string study = Write("long.json", text);
  for (const std::string format : {"table", "csv", "markdown"}) {
    const Outcome run =
        Call("search '" + study + "' --method exhaustive --threads 1 --format " + format,
             "timeout --foreground --preserve-status -s INT 1");
    EXPECT_EQ(run.status, 130) << run.err;
    if (format == "csv") {
      EXPECT_EQ(ParseCsv(run.out, "out").rows.size(), 5u);
    } else {
      EXPECT_TRUE(run.out.starts_with("interrupted")) << run.out;
    }
  }
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
