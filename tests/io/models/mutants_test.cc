// Configs that users mangle: an answer that adds up, or an error that says what is wrong. Never a crash.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <random>

#include "engine/count.hpp"
#include "search/base/error.hpp"
#include "tests/io/models/golden_families.hpp"
#include "tests/io/models/model_files.hpp"

namespace perflaw {
namespace {

using Random = std::mt19937_64;
std::size_t Below(Random& random, std::size_t end) { return random() % end; }

// An object of the config, at its root or below.
Json* AnObject(Json& config, Random& random) {
  std::vector<Json*> objects = {&config};
  for (auto& item : config.items()) {
    if (item.value().is_object() && !item.value().empty()) objects.push_back(&item.value());
  }
  return objects[Below(random, objects.size())];
}

Json Junk(Random& random) {
  switch (Below(random, 14)) {
    case 0:
      return nullptr;
    case 1:
      return 0;
    case 2:
      return -3;
    case 3:
      return 1LL << 40;
    case 4:
      return 9.5e300;
    case 5:
      return 2.5;
    case 6:
      return "many";
    case 7:
      return Json::array();
    case 8:
      return Json::array({1, "x", nullptr});
    case 9:
      return Json::object();
    case 10:
      return {{"hidden_size", 12}, {"num_heads", {{"a", 1}}}};
    case 11:
      return true;
    case 12:
      return false;
    default:
      return static_cast<Count>(Below(random, 100'000));
  }
}

std::string Mutant(Json config, Random& random) {
  for (std::size_t changes = 1 + Below(random, 3); changes > 0; --changes) {
    Json& object = *AnObject(config, random);
    if (object.empty()) break;
    auto at = object.begin();
    std::advance(at, static_cast<std::ptrdiff_t>(Below(random, object.size())));
    const std::string key = at.key();
    switch (Below(random, 6)) {
      case 0:
        object.erase(key);
        break;
      case 1:
        object[key + "_size"] = at.value();
        break;
      case 2: {
        auto other = object.begin();
        std::advance(other, static_cast<std::ptrdiff_t>(Below(random, object.size())));
        const Json value = other.value();
        object[key] = value;
        break;
      }
      case 3:
        if (object[key].is_array() && !object[key].empty()) {
          object[key].erase(Below(random, object[key].size()));
          break;
        }
        [[fallthrough]];
      default:
        object[key] = Junk(random);
    }
  }
  std::string text = config.dump();
  if (Below(random, 25) == 0) text.resize(Below(random, text.size()));
  return text;
}

TEST(Mutants, AreAnsweredOrRefusedInWords) {
  std::vector<Json> configs;
  for (const GoldenFamily& family : GoldenFamilies()) {
    if (configs.size() < 100 && !family.name.starts_with("other")) configs.push_back(family.config);
  }
  ASSERT_EQ(configs.size(), 100u);
  Random random(15);
  int read = 0, refused = 0;
  for (int trial = 0; trial < 3000; ++trial) {
    const std::string text = Mutant(configs[static_cast<std::size_t>(trial) % 100], random);
    try {
      const Architecture a = ParseConfig(text).architecture;
      ASSERT_FALSE(Validate(a)) << text;
      const ParamCounts counts = CountParams(a);
      ASSERT_GT(counts.Total(), 0) << text;
      ASSERT_LE(counts.Active(), counts.Total()) << text;
      ++read;
    } catch (const InputError& error) {
      // "file: key = value: rule"
      const std::string message = error.what();
      ASSERT_TRUE(message.starts_with("dir/config.json: ")) << message;
      ASSERT_GT(message.size(), std::string("dir/config.json: k: is").size()) << message;
      ASSERT_GE(std::count(message.begin(), message.end(), ':'), 2) << message;
      ++refused;
    }
  }
  EXPECT_GT(read, 300);
  EXPECT_GT(refused, 700);
}

}  // namespace
}  // namespace perflaw
