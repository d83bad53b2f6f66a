// Configs that users mangle: an answer that adds up, or an error that says what is wrong. Never a crash.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <random>

#include "engine/cache.hpp"
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

// The count of each kind of layer alone, and of what stands beside the layers.
Count SumByKind(const Architecture& a) {
  Architecture rest = a;
  for (LayerKind& kind : rest.layers) kind.count = 0;
  const Count beside = CountParams(rest).Total();
  Count sum = beside;
  for (std::size_t k = 0; k < a.layers.size(); ++k) {
    Architecture alone = rest;
    alone.layers[k].count = a.layers[k].count;
    sum += CountParams(alone).Total() - beside;
  }
  return sum;
}

TEST(Mutants, AreAnsweredOrRefusedInWords) {
  // Of the library and as they were published.
  std::vector<Json> configs;
  for (const GoldenFamily& family : GoldenFamilies()) {
    if (configs.size() < 100 && !family.name.starts_with("other")) configs.push_back(family.config);
  }
  ASSERT_EQ(configs.size(), 100u);
  for (const auto& entry : std::filesystem::directory_iterator("configs/models"))
    configs.push_back(ParseJson(ReadFile(entry.path()), entry.path()));
  ASSERT_GE(configs.size(), 160u);
  Random random(15);
  int read = 0, refused = 0;
  for (int trial = 0; trial < Trials(6000); ++trial) {
    const std::string text =
        Mutant(configs[static_cast<std::size_t>(trial) % configs.size()], random);
    try {
      const Architecture a = ParseConfig(text).architecture;
      ASSERT_FALSE(Validate(a)) << text;
      const ParamCounts counts = CountParams(a);
      ASSERT_GT(counts.Total(), 0) << text;
      ASSERT_LE(counts.Active(), counts.Total()) << text;
      ASSERT_EQ(counts.Total(), SumByKind(a)) << text;
      const CacheValues cache = CacheOf(a, 4096);
      ASSERT_GE(cache.growing + cache.windowed + cache.per_sequence, 0) << text;
      ASSERT_GE(cache.windowed, cache.held_of_windowed) << text;
      ++read;
    } catch (const InputError& error) {
      // "file: key = value: rule", of a malformed text "file: where: rule".
      const std::string message = error.what(), file = "dir/config.json: ";
      ASSERT_TRUE(message.starts_with(file)) << message;
      const std::size_t key = message.find_first_of(":=", file.size());
      ASSERT_NE(key, std::string::npos) << message;
      ASSERT_GT(key, file.size()) << message;
      const std::size_t rule = message.rfind(": ");
      ASSERT_GT(rule, file.size()) << message;
      ASSERT_GT(message.size(), rule + 4) << message;
      ASSERT_NO_THROW(Json(message).dump()) << "is no text";
      ++refused;
    }
  }
  EXPECT_GT(read, Trials(900));
  EXPECT_GT(refused, Trials(2100));
}

}  // namespace
}  // namespace perflaw
