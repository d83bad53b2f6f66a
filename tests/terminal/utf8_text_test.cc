#include "search/terminal/utf8_text.hpp"

#include <gtest/gtest.h>

#include <random>

namespace perflaw {
namespace {

// Unicode 15, EastAsianWidth.txt and the general categories.
TEST(Utf8Text, WidthIsThatOfATerminal) {
  EXPECT_EQ(DisplayWidth(""), 0u);
  EXPECT_EQ(DisplayWidth("llama"), 5u);
  EXPECT_EQ(DisplayWidth("Größe"), 5u);
  EXPECT_EQ(DisplayWidth("通义千问"), 8u);
  EXPECT_EQ(DisplayWidth("가나"), 4u);
  EXPECT_EQ(DisplayWidth("ｆｕｌｌ"), 8u);
  EXPECT_EQ(DisplayWidth("🦙"), 2u);
  EXPECT_EQ(DisplayWidth("e\u0301"), 1u);  // e and a combining accent
  EXPECT_EQ(DisplayWidth("│●─"), 3u);
}

TEST(Utf8Text, PrintableKeepsWhatCanBeSeen) {
  for (const char* text : {"", "llama 3.1", "Größe 通义 🦙", "a|b\\c"}) {
    EXPECT_EQ(Printable(text), text);
  }
}

TEST(Utf8Text, PrintableLeavesNoControlAndNoBrokenBytes) {
  EXPECT_EQ(Printable("\033[31mred\033[0m"), "?[31mred?[0m");
  EXPECT_EQ(Printable("a\nb\tc\rd\x7f"), "a?b?c?d?");
  EXPECT_EQ(Printable("\u009b31m"), "?31m");  // CSI in one character
  EXPECT_EQ(Printable("a\u202eb"), "a?b");    // right to left from here
  EXPECT_EQ(Printable("\xff\xfe"), "??");
  EXPECT_EQ(Printable("\xc0\x80"), "??");            // overlong
  EXPECT_EQ(Printable("\xed\xa0\x80"), "???");       // a surrogate
  EXPECT_EQ(Printable("\xf4\x90\x80\x80"), "????");  // beyond Unicode
  EXPECT_EQ(Printable("\xe9\x80"), "??");            // cut
}

TEST(Utf8Text, RandomBytesBecomeTextOfOneWidth) {
  std::mt19937 random(1);
  std::uniform_int_distribution<int> byte(0, 255), length(0, 12);
  for (int trial = 0; trial < 20000; ++trial) {
    std::string text(static_cast<std::size_t>(length(random)), ' ');
    for (char& c : text) c = static_cast<char>(byte(random));
    const std::string shown = Printable(text);
    ASSERT_EQ(Printable(shown), shown);
    ASSERT_EQ(DisplayWidth(shown), DisplayWidth(Printable(shown)));
    ASSERT_LE(shown.size(), text.size());
    for (const char c : shown) ASSERT_FALSE(c >= 0 && c < 0x20) << shown;
  }
}

}  // namespace
}  // namespace perflaw
