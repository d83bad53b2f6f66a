#include "search/io/text/subprocess.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <stdexcept>

namespace perflaw {
namespace {

TEST(Subprocess, TextsGoInAndComeOutWhole) {
  // Far more than a pipe holds, both ways at once.
  std::string text;
  for (int i = 0; i < 500'000; ++i) text += std::to_string(i) + "\n";
  text += '\0';
  const Finished done = RunProgram({"cat"}, text);
  EXPECT_EQ(done.status, 0);
  EXPECT_TRUE(done.out == text);
  EXPECT_EQ(done.err, "");
  EXPECT_EQ(RunProgram({"sh", "-c", "cat >&2"}, "to the other").err, "to the other");
}

TEST(Subprocess, NothingIsReadFromTheTerminal) { EXPECT_EQ(RunProgram({"cat"}).out, ""); }

TEST(Subprocess, ArgumentsAreNoShell) {
  EXPECT_EQ(RunProgram({"printf", "%s|", "a b", "$HOME", "'; exit 3"}).out, "a b|$HOME|'; exit 3|");
}

TEST(Subprocess, EndsWithTheProgramsStatusOrSignal) {
  EXPECT_EQ(RunProgram({"sh", "-c", "exit 7"}).status, 7);
  EXPECT_EQ(RunProgram({"sh", "-c", "kill -9 $$"}).status, 128 + 9);
}

TEST(Subprocess, RunsInTheFolder) {
  const std::string folder =
      std::filesystem::canonical(std::filesystem::temp_directory_path()).string();
  EXPECT_EQ(RunProgram({"pwd", "-P"}, "", folder).out, folder + "\n");
}

TEST(Subprocess, NamesTheProgramThatIsNotThere) {
  try {
    RunProgram({"no-such-program-of-perflaw"});
    FAIL();
  } catch (const std::runtime_error& error) {
    EXPECT_NE(std::string(error.what()).find("no-such-program-of-perflaw"), std::string::npos);
  }
}

}  // namespace
}  // namespace perflaw
