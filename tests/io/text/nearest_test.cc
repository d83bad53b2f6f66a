#include "search/io/text/nearest.hpp"

#include <gtest/gtest.h>

namespace perflaw {
namespace {

TEST(EditDistance, CountsLetters) {
  EXPECT_EQ(EditDistance("", ""), 0u);
  EXPECT_EQ(EditDistance("abc", ""), 3u);
  EXPECT_EQ(EditDistance("kitten", "sitting"), 3u);
  EXPECT_EQ(EditDistance("lama", "llama"), 1u);
}

TEST(NearestNames, AreThoseThatWereMeant) {
  const std::vector<std::string> names = {"b200", "h20", "h100-nvl", "h100-sxm", "l40s", "gb200"};
  EXPECT_EQ(NearestNames("h1000", names, 2), (std::vector<std::string>{"h100-nvl", "h100-sxm"}));
  EXPECT_EQ(NearestNames("b20", names, 1), (std::vector<std::string>{"b200"}));
  EXPECT_EQ(NearestNames("x", {}, 3), std::vector<std::string>{});
}

TEST(OneOfNames, ListsFewAndNamesTheNearestOfMany) {
  EXPECT_EQ(OneOfNames("laws", "x", {"a", "b"}), "one of the laws: a, b");
  std::vector<std::string> many;
  for (char c = 'a'; c <= 'z'; ++c) many.emplace_back(3, c);
  EXPECT_EQ(
      OneOfNames("models", "ccd", many),
      "one of the models; the nearest are ccc, ddd, aaa, and `perflaw list models` shows all");
}

}  // namespace
}  // namespace perflaw
