// What standard output gets, by --format.
#include <algorithm>
#include <csignal>
#include <regex>
#include <set>
#include <sstream>

#include "search/io/text/csv.hpp"
#include "tests/program/terminal.hpp"

namespace perflaw {
namespace {

class Formats : public Terminal {};

// The lines as words, pictures, rules of tables and empty lines left out.
std::vector<std::string> WordsOf(const std::string& text) {
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

TEST_F(Formats, JsonIsTheJsonOfTheFormat) {
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

TEST_F(Formats, CsvHoldsTheRowsOfTheJson) {
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

TEST_F(Formats, CsvOfASearchIsItsFile) {
  const std::string file = (folder_ / "best.csv").string();
  const Outcome run = Pipe("search '" + FrontStudy() + "' --format csv --out '" + file + "'");
  EXPECT_EQ(run.out, Slurp(file));
  EXPECT_EQ(ParseCsv(run.out, "out").rows.size(), 5u);
}

TEST_F(Formats, CsvOfCountAndInvertNamesBlocksAndIntervals) {
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

// Every name that is listed can be given where such a name is asked for.
TEST_F(Formats, ListNamesWhatIsShipped) {
  for (const char* kind : {"models", "families", "hardware", "laws", "studies", "cases"}) {
    const std::string command = fmt::format("list {}", kind);
    const Json items = Pipe(command + " --json").json().at("items");
    const CsvTable table = ParseCsv(Pipe(command + " --format csv").out, command);
    std::set<std::string> files, names;
    for (const auto& entry : fs::directory_iterator(fmt::format("configs/{}", kind)))
      files.insert(entry.path().stem().string());
    ASSERT_EQ(table.rows.size(), items.size()) << kind;
    for (std::size_t i = 0; i < items.size(); ++i) {
      EXPECT_EQ(items[i].at("name"), table.rows[i].at(0)) << kind;
      names.insert(table.rows[i].at(0));
    }
    EXPECT_EQ(names, files) << kind;
  }
  const Outcome unknown = Pipe("list things");
  EXPECT_EQ(unknown.status, 2);
  EXPECT_NE(unknown.err.find("models"), std::string::npos) << unknown.err;
}

TEST_F(Formats, MarkdownSaysWhatTheTableSays) {
  for (const std::string& command : Commands()) {
    const Outcome table = Pipe(command), markdown = Pipe(command + " --format markdown");
    ASSERT_EQ(markdown.status, 0) << markdown.err;
    EXPECT_EQ(WordsOf(Steady(markdown.out)), WordsOf(Steady(WithoutPicture(table.out)))) << command;
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

TEST_F(Formats, RefusesFormatsThatAreNoneOrContradict) {
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

TEST_F(Formats, NothingFeasibleIsNoRows) {
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

TEST_F(Formats, APipeNeverGetsAnEscape) {
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

TEST_F(Formats, AClosedOrFullOutputIsAnError) {
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

// Standard output in a file, progress on a terminal, which tells when there is something to interrupt.
TEST_F(Formats, AnInterruptedSearchPrintsWhatItFoundInEveryFormat) {
  std::string text = Study(R"({"from": 1, "to": 1000, "step": 1})");
  const std::string narrow = R"({"from": 2048, "to": 28672, "step": 2048})";
  text.replace(text.find(narrow), narrow.size(), R"({"from": 1, "to": 1000000, "step": 1})");
  const std::string study = Write("long.json", text), out = (folder_ / "result").string();
  for (const std::string format : {"table", "csv", "markdown"}) {
    bool sent = false;
    const auto interrupt = [&sent](pid_t program, const std::string& shown) {
      if (sent || !std::regex_search(shown, std::regex("[1-9][0-9.]*[KMBT]? points/s"))) return;
      sent = kill(program, SIGINT) == 0;
    };
    const Outcome run =
        Show(fmt::format("search '{}' --method exhaustive --threads 1 --format {} >'{}'", study,
                         format, out),
             "", 200, interrupt);
    EXPECT_TRUE(sent);
    EXPECT_EQ(run.status, 130) << run.out;
    const std::string found = Slurp(out);
    if (format == "csv") {
      EXPECT_FALSE(ParseCsv(found, out).rows.empty());
    } else {
      EXPECT_TRUE(found.starts_with("interrupted")) << found;
    }
  }
}

}  // namespace
}  // namespace perflaw
