#include "search/io/text/files.hpp"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>

#include "search/io/text/inputs.hpp"
#include "tests/studies.hpp"

namespace perflaw {
namespace {

namespace fs = std::filesystem;

std::string EmptyFolder(const std::string& name) {
  const std::string folder = TempPath(name);
  fs::remove_all(folder);
  fs::create_directories(folder);
  return folder;
}

std::vector<std::string> NamesIn(const std::string& folder) {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(folder))
    names.push_back(entry.path().filename().string());
  return names;
}

// No file may grow past `bytes` while this lives: what a full disk does, for root too.
class FullDisk {
 public:
  explicit FullDisk(rlim_t bytes) {
    old_handler_ = std::signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &old_);
    const rlimit tight{bytes, old_.rlim_max};
    setrlimit(RLIMIT_FSIZE, &tight);
  }
  ~FullDisk() {
    setrlimit(RLIMIT_FSIZE, &old_);
    std::signal(SIGXFSZ, old_handler_);
  }

 private:
  rlimit old_{};
  void (*old_handler_)(int) = nullptr;
};

std::string WriteFailure(const std::string& path, const std::string& content) {
  try {
    WriteFile(path, content);
  } catch (const InputError&) {
    ADD_FAILURE() << "a failing machine is no wrong input";
  } catch (const std::runtime_error& error) {
    return error.what();
  }
  ADD_FAILURE() << "nothing failed";
  return "";
}

TEST(ReadFile, GivesEveryByte) {
  std::string bytes;
  for (int i = 0; i < 200'000; ++i) bytes += static_cast<char>(i * 7919 % 256);
  EXPECT_EQ(ReadFile(TempFile("bytes", bytes)), bytes);
  EXPECT_EQ(ReadFile(TempFile("empty", "")), "");
}

TEST(ReadFile, RefusesWhatCannotBeRead) {
  const std::string gone = TempPath("gone");
  ExpectParts(Refusal([&] { ReadFile(gone); }), {gone, "No such file"});
  ExpectParts(Refusal([&] { ReadFile(testing::TempDir()); }), {testing::TempDir(), "directory"});
  ExpectParts(Refusal([&] { ReadFile(TempFile("file", "x") + "/below"); }), {"below"});
  ExpectParts(Refusal([&] { ReadFile(""); }), {"No such file"});
}

TEST(ReadFile, StopsAt64MebibytesEvenWithoutAnEnd) {
  ExpectParts(Refusal([] { ReadFile("/dev/zero"); }), {"/dev/zero", "64 MiB"});
  const std::string path = TempFile("large", "");
  fs::resize_file(path, 64 << 20);
  EXPECT_EQ(ReadFile(path).size(), 64u << 20);
  fs::resize_file(path, (64 << 20) + 1);
  ExpectParts(Refusal([&] { ReadFile(path); }), {path, "64 MiB"});
  fs::remove(path);
}

TEST(WriteFile, ReplacesTheWholeFileAndLeavesNothingElse) {
  const std::string folder = EmptyFolder("folder"), path = folder + "/out.json";
  for (const std::string& content :
       {std::string(1'000'000, 'a'), std::string("short"), std::string()}) {
    WriteFile(path, content);
    EXPECT_EQ(ReadFile(path), content);
    EXPECT_EQ(NamesIn(folder), std::vector<std::string>{"out.json"});
  }
}

TEST(WriteFile, KeepsTheOldFileWhenTheDiskIsFull) {
  const std::string folder = EmptyFolder("folder"), path = folder + "/out.json";
  WriteFile(path, "old");
  {
    const FullDisk full(1000);
    ExpectParts(WriteFailure(path, std::string(100'000, 'x')), {path});
  }
  EXPECT_EQ(ReadFile(path), "old");
  EXPECT_EQ(NamesIn(folder), std::vector<std::string>{"out.json"});
}

TEST(WriteFile, FailsByNameWhereNothingCanBeWritten) {
  const std::string file = TempFile("file", "x"), missing = TempPath("missing") + "/out.json";
  ExpectParts(WriteFailure(missing, "x"), {missing, "No such file"});
  ExpectParts(WriteFailure(file + "/out.json", "x"), {file, "Not a directory"});
  ExpectParts(WriteFailure("/proc/out.json", "x"), {"/proc/out.json"});
  const std::string folder = EmptyFolder("folder");
  fs::create_directories(folder + "/out.json/full");
  ExpectParts(WriteFailure(folder + "/out.json", "x"), {"out.json"});
  EXPECT_EQ(NamesIn(folder), std::vector<std::string>{"out.json"});
}

TEST(WriteFile, KeepsTheOldFileInAReadOnlyFolder) {
  const std::string folder = EmptyFolder("folder"), path = folder + "/out.json";
  WriteFile(path, "old");
  fs::permissions(folder, fs::perms::owner_read | fs::perms::owner_exec);
  // Permissions do not bind root.
  if (geteuid() != 0) WriteFailure(path, "new");
  fs::permissions(folder, fs::perms::owner_all);
  if (geteuid() == 0) GTEST_SKIP() << "root writes anywhere";
  EXPECT_EQ(ReadFile(path), "old");
}

TEST(FindConfig, FindsNamesAndTakesPathsAsTheyStand) {
  EXPECT_TRUE(fs::exists(FindConfig("laws", "performance-law-2024", "f", "law")));
  EXPECT_TRUE(fs::exists(FindConfig("hardware", "h100-sxm", "f", "law")));
  EXPECT_EQ(FindConfig("laws", "./my/law", "f", "law"), "./my/law");
  EXPECT_EQ(FindConfig("laws", "law.json", "f", "law"), "law.json");
}

TEST(FindConfig, ListsWhatThereIsForAnUnknownName) {
  ExpectParts(Refusal([] { FindConfig("hardware", "h1000", "s.json", "budget.accelerator"); }),
              {"s.json: budget.accelerator = \"h1000\"", "h100-sxm", "perflaw list hardware"});
  ExpectParts(Refusal([] { FindConfig("laws", "", "s.json", "law"); }),
              {"law = \"\"", "performance-law-2024"});
}

// A hub's name looks like a path, which it is where there is such a folder.
TEST(FindConfig, SaysThatNothingIsFetchedFromAHub) {
  const auto find = [](const std::string& name) {
    return FindConfig("models", name, "command line", "--model");
  };
  ExpectParts(Refusal([&] { find("Qwen/Qwen3-32B"); }),
              {"command line: --model = \"Qwen/Qwen3-32B\"", "nothing is fetched from a hub",
               "qwen3-32b", "`perflaw list models`"});
  EXPECT_EQ(find("no/such/folder"), "no/such/folder");
  EXPECT_EQ(find("configs/models/qwen3-32b.json"), "configs/models/qwen3-32b.json");
  const std::string folder = TempPath("hub") + "/model";
  fs::create_directories(folder);
  std::ofstream(folder + "/config.json") << "{}";
  EXPECT_EQ(find(folder), folder + "/config.json");
}

// FIPS 180-2, appendix B, and the empty message.
TEST(Sha256, AgreesWithTheStandardsExamples) {
  EXPECT_EQ(Sha256("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(Sha256("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"),
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  EXPECT_EQ(Sha256(std::string(1'000'000, 'a')),
            "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
  EXPECT_EQ(Sha256(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

std::string FingerprintOf(const std::vector<std::string>& contents) {
  Inputs inputs;
  for (std::size_t i = 0; i < contents.size(); ++i)
    inputs.Read(TempFile("input" + std::to_string(i), contents[i]));
  return inputs.Sha256();
}

TEST(FileInputs, FingerprintTellsContentsOrderAndBordersApart) {
  EXPECT_EQ(FingerprintOf({}), Sha256(""));
  EXPECT_EQ(FingerprintOf({"ab", "c"}), Sha256("2:ab1:c"));
  EXPECT_NE(FingerprintOf({"ab", "c"}), FingerprintOf({"a", "bc"}));
  EXPECT_NE(FingerprintOf({"ab", "c"}), FingerprintOf({"c", "ab"}));
  EXPECT_NE(FingerprintOf({"ab"}), FingerprintOf({"ab", ""}));
}

}  // namespace
}  // namespace perflaw
