// What the README and docs/ show is what the program prints and draws.
#include <regex>
#include <vector>

#include "engine/block_fields.hpp"
#include "tests/program/program.hpp"

namespace perflaw {
namespace {

// "$ command", then the lines that it prints, all indented by four blanks.
struct Shown {
  std::string command, output;
};

std::vector<Shown> CommandsOf(const fs::path& page) {
  std::vector<Shown> commands;
  bool open = false;
  std::istringstream text(Slurp(page));
  for (std::string line; std::getline(text, line);) {
    const bool block = line.starts_with("    ");
    const std::string inside = block ? line.substr(4) : "";
    open = open && block;
    if (inside.starts_with("$")) open = false;
    for (const std::string program : {"$ ./dev run", "$ build/release/perflaw"}) {
      if (!inside.starts_with(program)) continue;
      commands.push_back({inside.substr(program.size()), ""});
      open = true;
    }
    if (open && !inside.starts_with("$")) commands.back().output += inside + "\n";
  }
  return commands;
}

// Relative links, without what follows a '#'.
std::vector<std::string> LinksOf(const fs::path& page) {
  std::vector<std::string> links;
  const std::string text = Slurp(page);
  const std::regex link(R"(\]\(([^)#: ]+)(#[^)]*)?\))");
  for (std::sregex_iterator at(text.begin(), text.end(), link), end; at != end; ++at)
    links.push_back((*at)[1]);
  return links;
}

// Seconds differ from run to run.
std::string Steady(const std::string& text) {
  return std::regex_replace(text, std::regex(R"([0-9.]+ s;)"), "");
}

class Docs : public Program {
 protected:
  // The project as a reader has it, in a folder where commands may write.
  void SetUp() override {
    Program::SetUp();
    setenv("LC_ALL", "C.UTF-8", 1);  // pictures of characters
    for (const char* part : {"configs", "results"})
      fs::create_directory_symlink(fs::current_path() / part, folder_ / part);
    for (const char* part : {"build", "docs/pictures"}) fs::create_directories(folder_ / part);
  }

  // Runs the page's commands in their order, each beside what it shows.
  void Check(const fs::path& page, std::size_t least) {
    const std::vector<Shown> commands = CommandsOf(page);
    EXPECT_GE(commands.size(), least) << page;
    for (const Shown& shown : commands) {
      const fs::path err = folder_ / "err", out = folder_ / "out";
      const int code =
          std::system(fmt::format("cd '{}' && ( '{}'{} ) >'{}' 2>'{}' </dev/null", folder_.string(),
                                  std::getenv("PERFLAW"), shown.command, out.string(), err.string())
                          .c_str());
      EXPECT_EQ(code, 0) << page << shown.command << Slurp(err);
      EXPECT_EQ(Steady(Slurp(out)), Steady(shown.output)) << page << shown.command;
    }
  }
};

TEST_F(Docs, LinksLeadSomewhere) {
  std::size_t links = 0;
  std::vector<fs::path> pages = {"README.md", "CONTRIBUTING.md", "CHANGELOG.md"};
  for (const auto& entry : fs::directory_iterator("docs"))
    if (entry.path().extension() == ".md") pages.push_back(entry.path());
  for (const fs::path& page : pages) {
    for (const std::string& link : LinksOf(page)) {
      EXPECT_TRUE(fs::exists(page.parent_path() / link)) << page << ": " << link;
      ++links;
    }
  }
  EXPECT_GE(links, 20u);
}

// The page's files, blocks of "```json NAME", are written before its commands run.
TEST_F(Docs, AFamilyOfOnesOwnIsAddedAsThePageSays) {
  const std::string page = Slurp("docs/families.md");
  const std::regex file("```json (\\S+)\n([^`]*)```");
  int files = 0;
  for (std::sregex_iterator at(page.begin(), page.end(), file), end; at != end; ++at, ++files) {
    const fs::path path = folder_ / (*at)[1].str();
    fs::create_directories(path.parent_path());
    std::ofstream(path) << (*at)[2];
  }
  EXPECT_EQ(files, 2);
  Check("docs/families.md", 2);
  for (const BlockName& block : kBlockNames)
    EXPECT_NE(page.find(fmt::format("| `{}` |", block.key)), std::string::npos) << block.key;
}

TEST_F(Docs, ReadmeShowsWhatIsPrinted) { Check("README.md", 6); }

// Each tutorial's pictures stand in docs/pictures as its own commands draw them.
TEST_F(Docs, TutorialsShowWhatIsPrintedAndDrawn) {
  for (const char* page : {"docs/architect.md", "docs/training-team.md", "docs/analyst.md"}) {
    Check(page, 3);
    std::istringstream text(Slurp(page));
    int pictures = 0;
    for (std::string line; std::getline(text, line);) {
      std::smatch match;
      if (!std::regex_search(line, match, std::regex(R"(!\[[^\]]+\]\((pictures/[^)]+)\))")))
        continue;
      const std::string name = match[1];
      EXPECT_EQ(Slurp(folder_ / "docs" / name), Slurp(fs::path("docs") / name)) << page << name;
      EXPECT_FALSE(Slurp(folder_ / "docs" / name).empty()) << name;
      ++pictures;
    }
    EXPECT_GE(pictures, 1) << page;
  }
}

}  // namespace
}  // namespace perflaw
