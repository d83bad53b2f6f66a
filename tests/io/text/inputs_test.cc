#include "search/io/text/inputs.hpp"

#include <gtest/gtest.h>

#include "search/base/error.hpp"
#include "search/io/text/files.hpp"
#include "search/io/text/json.hpp"

namespace perflaw {
namespace {

const NamedTexts kConfigs = {{"laws/a.json", "A"}, {"laws/b.json", "B"}, {"models/c.json", "C"}};

TEST(Inputs, SealedTheyKnowTheirTextsAlone) {
  Inputs inputs(kConfigs);
  EXPECT_EQ(inputs.Read(inputs.Find("laws", "b", "f", "law")), "B");
  EXPECT_EQ(inputs.Read(inputs.Find("models", "c", "f", "model")), "C");
  // All of these exist on the disk or would by some spelling.
  for (const char* name :
       {"/etc/passwd", "../../etc/passwd", "c", "laws/a", "a.json",
        "configs/laws/performance-law-2024.json", "performance-law-2024", "", "../laws/a", "./a"}) {
    EXPECT_THROW(inputs.Find("laws", name, "f", "law"), InputError) << name;
    EXPECT_THROW(inputs.Read(name), InputError) << name;
  }
}

TEST(Inputs, AWrongNameIsToldWhatThereIs) {
  const Inputs inputs(kConfigs);
  try {
    inputs.Find("laws", "x", "request", "law");
    FAIL();
  } catch (const InputError& error) {
    EXPECT_STREQ(error.what(), "request: law = \"x\": must be one of the laws: a, b");
  }
}

TEST(Inputs, AddedTextsComeFirst) {
  Inputs inputs(kConfigs);
  inputs.Add("study", "S");
  EXPECT_EQ(inputs.Find("models", "study", "f", "k"), "study");
  EXPECT_EQ(inputs.Read("study"), "S");
}

TEST(Inputs, TheFingerprintIsOfWhatWasReadWhereverItCameFrom) {
  const std::string path = "configs/laws/performance-law-2024.json";
  Inputs disk;
  disk.Read(path);
  const NamedTexts configs = {{"laws/performance-law-2024.json", ReadFile(path)}};
  Inputs sealed(configs);
  sealed.Add("unread", "x");
  sealed.Read(sealed.Find("laws", "performance-law-2024", "f", "law"));
  EXPECT_EQ(disk.Sha256(), sealed.Sha256());
  sealed.Read("unread");
  EXPECT_NE(disk.Sha256(), sealed.Sha256());
}

}  // namespace
}  // namespace perflaw
