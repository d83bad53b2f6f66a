#include "search/terminal/printout.hpp"

#include <gtest/gtest.h>

namespace perflaw {
namespace {

Printout Sample() {
  Printout printout;
  printout.Line("healthy", Tone::kGood);
  printout.Lines("  one reason\n  another\n");
  TextTable table({"tokens", "measured"});
  table.Add({"1.00T", "50.1"}, Tone::kGood);
  table.Add({"10.0T", "9.0"});
  printout.Table(std::move(table));
  printout.Picture({"tokens", "mmlu", {{"measured", {{1, 50.1}, {10, 9}}}}});
  printout.Echo({"a note"}, {"gamma = 1"});
  printout.Warnings({"beyond the law"});
  return printout;
}

TEST(Printout, TextIsPlainWithoutColour) {
  const std::string text = Sample().Text({});
  EXPECT_EQ(text.find('\033'), std::string::npos);
  EXPECT_EQ(text.substr(0, text.find("  mmlu")),
            "healthy\n  one reason\n  another\ntokens  measured\n 1.00T      50.1\n 10.0T       "
            "9.0\n   ");
  EXPECT_TRUE(text.ends_with("note: a note\ndefault: gamma = 1\nwarning: beyond the law\n"))
      << text;
}

TEST(Printout, ColourMarksVerdictHeadingBestAndWarning) {
  const std::string text = Sample().Text({true, true, 80});
  for (const char* part : {"\033[32mhealthy\033[0m\n", "\033[1mtokens  measured\033[0m\n",
                           "\033[32m 1.00T      50.1\033[0m\n", "\n 10.0T       9.0\n",
                           "\033[33mwarning: beyond the law\033[0m\n"}) {
    EXPECT_NE(text.find(part), std::string::npos) << part << text;
  }
}

TEST(Printout, MarkdownIsParagraphsAndTables) {
  EXPECT_EQ(Sample().Markdown(),
            "healthy\n\none reason\n\nanother\n\n"
            "| tokens | measured |\n| ---: | ---: |\n| 1.00T | 50.1 |\n| 10.0T | 9.0 |\n\n"
            "note: a note\n\ndefault: gamma = 1\n\nwarning: beyond the law\n");
}

TEST(Printout, MarkdownShowsTextAsItStands) {
  Printout printout;
  printout.Line("# a *b* `c` <d> e_f _g_ 1|2");
  printout.Line("");
  printout.Line("- no list");
  EXPECT_EQ(printout.Markdown(), "\\# a \\*b\\* \\`c\\` \\<d> e_f \\_g\\_ 1\\|2\n\n\\- no list\n");
}

TEST(Printout, NothingFromAFileMovesTheCursor) {
  Printout printout;
  printout.Line("model \033[2J");
  TextTable table({"model"});
  table.Add({"\033]0;title\a"});
  printout.Table(std::move(table));
  printout.Picture({"x\033", "y\033", {{"s\033", {{1, 1}}}, {"t\033", {{2, 2}}}}});
  EXPECT_EQ(printout.Text({false, true, 80}).find('\033'), std::string::npos);
  EXPECT_EQ(printout.Markdown().find('\033'), std::string::npos);
}

}  // namespace
}  // namespace perflaw
